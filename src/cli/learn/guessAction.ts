// Guesses which action of the vocabulary a request is, from the words in its action field, path and method. A guess errs to
// the dangerous side: what does something to devices and has no known word is any command; and never is a change a read.
import type { Risk } from '../../kernel/action.ts';
import type { Vocabulary } from '../../proxy/recognise/packFormat.ts';
import { singular, wordsIn } from './shapes.ts';

/** Words that do something, the most telling first. `*`: what the path speaks of. */
const ACTS: readonly (readonly [RegExp, string])[] = [
  [/\b(cancel|abort)\b.*\b(wipe|erase)\b|\b(wipe|erase)\b.*\b(cancel|abort)\b/, 'device.wipe.cancel'],
  [
    /\b(enterprise|corporate|selective|corp) ?wipe\b|\b(retire|unenroll?|unmanage)\b|\bremove (mdm|management)\b/,
    'device.retire',
  ],
  [/\b(remote|device|full|factory)? ?(wipe|erase)|\bfactory ?reset\b/, 'device.wipe'],
  [/\bactivation ?lock\b/, 'device.activationlock.change'],
  [/\b(disable|stop|clear|exit)\b.*\blost ?mode\b|\blost ?mode\b.*\b(disable|stop|off)\b/, 'device.lostmode.disable'],
  [/\blost ?mode\b/, 'device.lostmode.enable'],
  [/\b(clear|reset|remove) ?pass ?code\b|\bunlock ?token\b/, 'device.passcode.clear'],
  [/\bset ?pass ?code\b/, 'device.passcode.set'],
  [/\b(device|remote|screen)? ?unlock\b/, 'device.unlock'],
  [/\b(device|remote|screen)?lock\b/, 'device.lock'],
  [/\b(reboot|restart)\b/, 'device.restart'],
  [/\bshut ?down\b|\bpower ?off\b/, 'device.shutdown'],
  [/\bwake\b/, 'device.wake'],
  [/\b(locate|track)\b/, 'device.locate'],
  [/\b(os|software|firmware) ?update\b|\bupdate ?os\b/, 'device.osupdate'],
  [/\b(run|execute|exec) ?(script|command|shell)|\bscript ?(run|execution)\b/, 'script.run'],
  [/\b(terminal|shell|vnc|rdp)\b|\bremote ?(control|session|desktop)\b/, 'remote.session'],
  [/\bimpersonate\b/, 'admin.impersonate'],
  [/\brotate\b/, 'secret.rotate'],
  [/\b(recovery ?key|bypass ?code|laps|reveal|escrow)s?\b/, 'secret.read'],
  [/\buninstall\b/, 'app.uninstall'],
  [/\b(install|deploy)\b/, '*.install'],
  [/\b(login|sign ?in)\b/, 'console.login'],
  [/\b(logout|sign ?out)\b/, 'console.logout'],
  [/\b(delete|remove|destroy|purge)\b/, '*.delete'],
  [/\b(disable|suspend|quarantine|isolate|block)\b/, '*.disable'],
  [/\b(enable|resume|unblock)\b/, '*.enable'],
  [/\b(move|transfer|reassign)\b/, '*.move'],
  [/\b(assign|unassign)\b/, '*.assign'],
  [/\bupload\b/, '*.upload'],
  [/\b(send|notify)? ?(message|notification)\b/, 'device.message'],
  [/\b(refresh|sync|check ?in)\b/, 'device.refresh'],
];
/** Words that a change may be called by, but that are weak beside the others. */
const CHANGES: readonly (readonly [RegExp, string])[] = [
  [/\b(rename|edit|update|save|modify)\b/, '*.update'],
  [/\b(create|add|new|register|import)\b/, '*.create'],
];
/** A change by its method that may only read. It is proposed as a read that is as grave as a change. */
const LOOKS = /^(search|query|filter|list|find|lookup|count|preview|get)\b/;
const NOUNS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    device: 'device computer host endpoint machine node phone tablet mac asset',
    user: 'user person people account member',
    profile: 'profile configuration configprofile',
    app: 'app application package software title',
    group: 'group smartgroup team label tag',
    policy: 'policy policie',
    script: 'script',
    admin: 'admin administrator',
    'admin.role': 'role permission privilege',
    token: 'token apikey',
    certificate: 'certificate cert',
    webhook: 'webhook hook',
    enrollment: 'enrollment enrolment',
    sso: 'sso saml oidc idp',
    directory: 'directory ldap',
    audit: 'audit log activity',
    settings: 'setting config preference option',
    secret: 'secret key passcode',
    branding: 'branding logo',
    integration: 'integration connector',
    file: 'file',
  }).flatMap(([noun, words]) => words.split(' ').map((word) => [word, noun])),
);
const METHODS: Readonly<Record<string, string>> = {
  DELETE: '*.delete',
  PUT: '*.update',
  PATCH: '*.update',
  POST: '*.create',
  MESSAGE: '*.command',
};

export type Clues = {
  readonly method: string;
  /** what stands in the action field, first; null: there is none */
  readonly field: string | null;
  /** path segments, `{}` for ids */
  readonly shape: readonly string[];
  readonly upload: boolean;
  /** a connection whose messages nobody looks at */
  readonly socket: boolean;
};
export type Guess = { readonly action: string; readonly risk: Risk; readonly because: string; readonly looks?: true };

export const RANKS: readonly Risk[] = ['read', 'low', 'high', 'destructive'];
export const graver = (a: Risk, b: Risk): Risk => (RANKS.indexOf(a) > RANKS.indexOf(b) ? a : b);

/** Whether a word is one that acts are called by. */
export const doesSomething = (word: string): boolean =>
  [...ACTS, ...CHANGES].some(([pattern]) => pattern.test(wordsIn(word)));

/** @returns the action, its risk: the vocabulary's, and at least high unless it is a GET; and the words it was told by */
export function guessAction(clues: Clues, vocabulary: Vocabulary): Guess {
  const { method, field, shape } = clues;
  const literals = shape.filter((segment) => segment !== '{}').map(wordsIn);
  const noun = nounOf(field === null ? literals : [...literals, wordsIn(field)]);
  const floor: Risk = method === 'GET' ? 'read' : 'high';
  const settle = (wanted: string, because: string): Guess => {
    const action = known(wanted, noun, vocabulary, clues);
    return { action, risk: graver(vocabulary.actions[action]?.risk ?? 'destructive', floor), because };
  };
  if (clues.socket) return settle('remote.session', 'a connection over which anything may be done');
  // In a GET only what stands at its end, or in its action field, says that it does something.
  const last = shape.at(-1);
  const texts = method === 'GET' ? [last === undefined || last === '{}' ? '' : wordsIn(last)] : literals.toReversed();
  for (const text of field === null ? texts : [wordsIn(field), ...texts])
    for (const [pattern, wanted] of ACTS) if (pattern.test(text)) return settle(wanted, `"${text}"`);
  if (method === 'GET') return settle(readOf(noun), 'a GET without a word that does something');
  const word = field === null ? (literals.at(-1) ?? '') : wordsIn(field);
  if (method !== 'DELETE' && LOOKS.test(word)) return { ...settle(readOf(noun), `"${word}"`), looks: true };
  if (clues.upload) return settle('*.upload', 'a file in it');
  for (const text of field === null ? literals.slice(-1) : [wordsIn(field)])
    for (const [pattern, wanted] of CHANGES) if (pattern.test(text)) return settle(wanted, `"${text}"`);
  // A further word behind an id, or an action field, with a word that nobody knows.
  const ends = shape.at(-1) !== '{}' && shape.at(-2) === '{}' && NOUNS[singular(literals.at(-1) ?? '')] === undefined;
  if (field !== null || (method === 'POST' && ends)) return settle('*.command', 'a word that is not known');
  return settle(METHODS[method] ?? '*.command', method);
}

function nounOf(literals: readonly string[]): string | null {
  for (const text of literals.toReversed())
    for (const word of text.split(' ').toReversed()) {
      const noun = NOUNS[singular(word)];
      if (noun !== undefined) return noun;
    }
  return null;
}

const readOf = (noun: string | null): string =>
  noun === 'device' || noun === 'user' || noun === 'app' || noun === 'audit'
    ? `${noun}.read`
    : noun === 'secret'
      ? 'secret.read'
      : noun === null || noun === 'file'
        ? 'console.read'
        : 'config.read';

/** The nearest that the vocabulary has. */
function known(wanted: string, noun: string | null, { actions }: Vocabulary, { method, shape }: Clues): string {
  const has = (name: string): boolean => actions[name] !== undefined;
  const aboutDevice = shape.some((segment) => NOUNS[singular(wordsIn(segment))] === 'device');
  const choices: string[] = [];
  if (wanted.startsWith('*.')) {
    const verb = wanted.slice(2);
    const own = noun ?? 'object';
    if (verb === 'command') choices.push('device.command.raw');
    if (verb === 'install' && own !== 'profile') choices.push('app.deploy');
    if (verb === 'delete' && own === 'profile' && aboutDevice) choices.push('profile.remove');
    if (verb === 'upload') choices.push(`${own}.upload`, 'file.upload');
    if (verb === 'create' && shape.at(-2) === '{}' && aboutDevice && own !== 'device')
      choices.push(`${own}.install`, `${own}.assign`);
    choices.push(`${own}.${verb}`, `${own}.change`, `${own}.update`);
    choices.push(aboutDevice ? 'device.command.raw' : 'object.change', 'settings.change');
  } else choices.push(wanted);
  if (method === 'GET') choices.push('console.read', 'config.read', 'device.read');
  choices.push('device.command.raw', 'object.change');
  const reserved = new Set(['unknown.read', 'unknown.write', 'device.channel', 'bulk.envelope']);
  const any = Object.entries(actions)
    .filter(([name]) => !reserved.has(name))
    .sort(([, a], [, b]) => RANKS.indexOf(b.risk) - RANKS.indexOf(a.risk));
  return choices.find(has) ?? any[0]?.[0] ?? wanted;
}
