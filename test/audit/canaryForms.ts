// The forms in which consoles and browsers give secrets, with a canary in the secret's place, and a search for it behind every encoding.
import fc from 'fast-check';

/** Letters in both cases and digits, so that no encoding leaves it alone, and no piece of it is a word. */
export const CANARY = 'Zq7Kx9VmT3bW';

const WORDS = fc.constantFrom(
  ...[['password'], ['new', 'password'], ['token'], ['api', 'key'], ['enrollment', 'key'], ['file', 'vault', 'key']],
  ...[['personal', 'recovery', 'key'], ['activation', 'lock', 'bypass', 'code'], ['unlock', 'token'], ['otp']],
  ...[
    ['cookie'],
    ['session', 'cookie'],
    ['wipe', 'pin'],
    ['pin', 'confirm'],
    ['client', 'secret'],
    ['scep', 'challenge'],
  ],
  ...[['pre', 'shared', 'key'], ['wifi', 'psk'], ['passcode'], ['device', 'unlock', 'code'], ['private', 'key']],
);
const upper = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
const LOOK_ALIKES: { readonly [latin: string]: string } = {
  a: 'а',
  e: 'е',
  o: 'о',
  c: 'с',
  p: 'р',
  i: 'і',
  s: 'ѕ',
  y: 'у',
};
const STYLES: readonly ((words: string[]) => string)[] = [
  (words) => words.join('_'),
  (words) => words.join('-'),
  (words) => words.map((word, at) => (at === 0 ? word : upper(word))).join(''),
  (words) => words.map(upper).join(''),
  (words) => words.join('').toUpperCase(),
  (words) => words.join('_').toUpperCase(),
  (words) => words.map(upper).join(' '),
  (words) => words.join('.'),
  (words) => words.join('_').replace(/[aeocpisy]/g, (letter) => LOOK_ALIKES[letter] ?? letter),
  (words) => words.join('\u200b'),
  (words) => Array.from(words.join(''), (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)).join(''),
];
export const name = fc.tuple(WORDS, fc.constantFrom(...STYLES)).map(([words, style]) => style(words));
export const plainName = fc.tuple(WORDS, fc.constantFrom(...STYLES.slice(0, 3))).map(([words, style]) => style(words));
const harmless = fc.constantFrom(
  'ok',
  'Ada',
  'd-0142',
  'a "quoted" one',
  'ünï',
  '2026-11-23T10:00:00Z',
  '',
  '\\',
  'x=1',
);
export const secret = fc.constantFrom(
  CANARY,
  `a ${CANARY}`,
  `${CANARY}"x`,
  `${CANARY}\\`,
  `${CANARY}&b=1`,
  `${CANARY};x`,
  `ü${CANARY}`,
);

/** JSON in which only the value of the named member is the secret. */
const tree = (named: fc.Arbitrary<string>): fc.Arbitrary<unknown> =>
  fc.tuple(named, secret, harmless).chain(([key, value, other]) =>
    fc.constantFrom<unknown>(
      ...[{ [key]: value, name: other }, { a: other, [key]: { deep: [value] } }, [{ x: 1 }, { [key]: [value, 2] }]],
      ...[{ settings: [{ name: key, value }] }, [{ key, value: [value] }], { header: key, Value: value, n: other }],
      ...[[key, value], { args: ['-x', key, value] }, { columns: ['id', key], rows: [[1, value]] }],
      ...[
        { Schema: [{ Column: 'id' }, { Column: key }], Values: [['x', value]] },
        {
          list: [
            ['id', key],
            [1, value],
          ],
        },
      ],
      ...[{ __proto__: null, device: { profile: { [key]: value, b: other } } }],
    ),
  );
export const json = (named: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(tree(named), fc.constantFrom(0, 1, '\t')).map(([value, space]) => JSON.stringify(value, null, space));

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
/** Texts that a member, a field or a message may hold. */
export const text = (named: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    json(named),
    json(named).map((one) => `{"a":1}\n${one}\n`),
    json(named).map((one) => `data: ${one}\n\n`),
    json(named).map((one) => `${one} trailing`),
    fc.tuple(named, secret).map(([key, value]) => `a=1&${encodeURIComponent(key)}=${encodeURIComponent(value)}&b=2`),
    fc
      .tuple(named, secret)
      .map(([key, value]) => `https://x.example/enroll?${encodeURIComponent(key)}=${encodeURIComponent(value)}`),
    fc
      .tuple(named, secret)
      .map(([key, value]) => `<plist><dict><key>${key}</key><string>${xml(value)}</string></dict></plist>`),
    fc.tuple(plainName, secret).map(([key, value]) => `<a><${key.replaceAll('.', '_')}>${xml(value)}</${key}></a>`),
    fc.tuple(named, secret).map(([key, value]) => `<setting name="${xml(key)}" value="${xml(value)}"/>`),
    fc.tuple(named, secret).map(([key, value]) => `id,${key}\n1,${value}\n`),
    fc.tuple(named, fc.constantFrom(CANARY, `a ${CANARY}`)).map(([key, value]) => `hello: 1\n${key}: ${value}\nbye: 2`),
    fc.tuple(named, secret).map(([key, value]) => `- name: ${key}\n  value: ${value}\n`),
    fc
      .tuple(plainName, fc.constant(CANARY))
      .map(([key, value]) => `#!/bin/sh\nexport ${key.toUpperCase()}='${value}'\nrun`),
    fc.tuple(plainName, fc.constant(CANARY)).map(([key, value]) => `run --${key.replaceAll('.', '-')} ${value} --x`),
    fc.constant(`curl -H "Authorization: Bearer ${CANARY}" https://x`),
    fc.constant(`curl https://ada:${CANARY}@x.example/`),
    fc.constant(`-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`),
  );
export const wraps: readonly ((inner: string) => string)[] = [
  (inner) => inner,
  (inner) => Buffer.from(inner).toString('base64'),
  (inner) => Buffer.from(inner).toString('base64url'),
  (inner) => Buffer.from(inner, 'utf16le').toString('base64'),
  (inner) =>
    (
      Buffer.from(inner)
        .toString('base64')
        .match(/.{1,64}/g) ?? []
    ).join('\r\n'),
  (inner) => `data:application/x-apple-aspen-config;base64,${Buffer.from(inner).toString('base64')}`,
  (inner) => Buffer.from(inner).toString('hex'),
  (inner) => encodeURIComponent(inner),
  (inner) => encodeURIComponent(encodeURIComponent(inner)),
  (inner) => JSON.stringify({ payload: inner }),
  (inner) => JSON.stringify(JSON.stringify({ payload: JSON.stringify({ inner }) })),
];
export const wrapped = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(inner, fc.constantFrom(...wraps), fc.constantFrom(...wraps))
    .map(([one, first, second]) => second(first(one)));

/** Whether the canary can be read out of it: as it is, or behind any of the encodings that somebody would try. */
export function holds(kept: string): boolean {
  const tried = new Set<string>();
  const open = [kept];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (tried.has(one) || tried.size > 400) continue;
    tried.add(one);
    if (one.includes(CANARY) || one.replaceAll('\0', '').includes(CANARY)) return true;
    const next: string[] = one.includes('\0') ? [one.replaceAll('\0', '')] : [];
    if (one.includes('%'))
      next.push(one.replace(/%([0-9a-f]{2})/gi, (_all, hex) => String.fromCharCode(Number.parseInt(hex, 16))));
    if (one.includes('\\')) next.push(one.replace(/\\(["\\/])/g, '$1').replace(/\\[rn]/g, '\n'));
    for (const [run] of one.matchAll(/[A-Za-z0-9+/_-]{16,}(?:\s+[A-Za-z0-9+/_-]+)*/g)) {
      next.push(Buffer.from(run.replace(/\s/g, ''), 'base64').toString('latin1'));
      if (/^[0-9a-f]+$/i.test(run)) next.push(Buffer.from(run, 'hex').toString('latin1'));
    }
    open.push(...next);
  }
  return false;
}
