// The Cedar schema, made from the vocabulary: what policies can speak of. A policy that names an action or a fact which is not
// here does not load. Actions stand in groups by risk (read, low, high, destructive; act: the last three) and by kind (the
// part before the first dot: device, profile, admin, ...).
// unknown.write and device.channel are in no group: no permit for a group may ever reach them.

import type { Risk } from '../kernel/action.ts';

export type KnownAction = { readonly name: string; readonly risk: Risk };

/** What people do in the portal. In no group: a permit for a kind of act on consoles gives no right here. */
export const PORTAL_ACTIONS = [
  'access.ask',
  'access.approve',
  'access.review',
  'freeze.change',
  'policy.view',
  'recording.view',
] as const;

/** Actions that no group holds, whatever the vocabulary says of their risk. */
const ALONE = new Set(['unknown.write', 'device.channel']);
/** In its group by risk only. */
const KINDLESS = 'unknown';

const RISKS: readonly Risk[] = ['read', 'low', 'high', 'destructive'];
const SAID_OF_RISK: Readonly<Record<Risk, string>> = {
  read: 'changes nothing',
  low: 'changes something easily undone',
  high: 'hurts until it is undone',
  destructive: 'cannot be undone, or puts the whole fleet or console at risk',
};

const HEAD = `// Made from the vocabulary of the packs; do not edit. A pack may raise the risk of one request above that of its action's
// group: then context.risk decides, not the group.

// A group of the identity provider, as it stands in the groups claim.
entity Group;
// Who asks: \`issuer#subject\`.
entity Person in [Group];
// A console behind the gateway, by its id in the configuration.
entity Console;
// Sallyport's own portal.
entity Portal;

type Facts = {
  // read, low, high or destructive: as the pack says for this request, never below the group of the action
  risk: String,
  // how many different things the request hits, of any kind
  targets: Long,
  // how many devices it hits: the true number where the console was asked, else as many as it names
  devices: Long,
  // seconds since this session's last confirmation with a passkey, rounded up; absent when there was none within the hour
  stepUpAge?: Long,
  // this session's own person signed exactly this request with a passkey
  signed: Bool,
  // an active grant of this person covers this action on all its targets
  granted: Bool,
  // how many other people signed exactly this request
  approvals: Long,
  // what is left of the tightest budget that the act counts against: open, low or spent
  budget: String,
  // acts of this kind are frozen on this console, by a breaker or by a person
  lockdown: Bool,
  // the body is streamed and nobody looks inside
  opaque: Bool,
  // one request that carries several, or that names more than one target
  bulk: Bool,
  // what the identity provider says of the person's own device; unknown when it says nothing
  posture: String,
  // names of the configured networks that the client's address is in
  networks: Set<String>,
  // in the console's time zone, 1 (Monday) to 7
  day: Long,
  // in the console's time zone, 0 to 23
  hour: Long,
  // whole minutes since the login, rounded up
  sessionAge: Long,
  // person or machine
  lane: String,
  // page, exchanges or silent
  recorded: String,
};
`;

const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ');
const kindOf = (name: string): string => name.split('.', 1)[0] ?? name;

/**
 * The schema's text; the same actions in any order give the same text.
 * @param actions every action of the vocabulary
 * @throws Error when a kind or an action has a name that stands for something else already
 */
export function generateSchema(actions: readonly KnownAction[]): string {
  const sorted = [...new Map(actions.map((action) => [action.name, action])).values()].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const names = new Set(sorted.map(({ name }) => name));
  const kinds = kindsOf(actions);
  const taken = new Set<string>([...RISKS, 'act', ...PORTAL_ACTIONS]);
  for (const name of [...kinds, ...names])
    if (taken.has(name))
      throw new Error(`the vocabulary uses the name ${name}, which stands for something else already`);
  for (const kind of kinds)
    if (names.has(kind)) throw new Error(`the vocabulary has an action ${kind} and actions of the kind ${kind}`);

  const lines = [HEAD, '// Groups by risk', 'action "act";'];
  for (const risk of RISKS)
    lines.push(`// ${SAID_OF_RISK[risk]}`, `action "${risk}"${risk === 'read' ? '' : ' in ["act"]'};`);
  if (kinds.length > 0) lines.push('', '// Groups by kind', `action ${quoted(kinds)};`);
  lines.push('', '// On consoles');
  const onConsole = 'appliesTo { principal: Person, resource: Console, context: Facts };';
  for (const { name, risk } of sorted) {
    const groups = ALONE.has(name) ? [] : kindOf(name) === KINDLESS ? [risk] : [risk, kindOf(name)];
    const within = groups.length === 0 ? '' : ` in [${quoted(groups)}]`;
    lines.push(`action ${JSON.stringify(name)}${within} ${onConsole}`);
  }
  for (const name of [...ALONE].sort()) if (!names.has(name)) lines.push(`action ${JSON.stringify(name)} ${onConsole}`);
  lines.push(
    '',
    '// In the portal',
    `action ${quoted(PORTAL_ACTIONS)}`,
    '  appliesTo { principal: Person, resource: Portal, context: Facts };',
  );
  return `${lines.join('\n')}\n`;
}

/** Every action that the schema has. */
export const namesInSchema = (actions: readonly KnownAction[]): readonly string[] => [
  ...new Set([...actions.map(({ name }) => name), ...ALONE, ...PORTAL_ACTIONS]),
];

/** Every group of actions. */
export const groupsInSchema = (actions: readonly KnownAction[]): readonly string[] => [
  ...RISKS,
  'act',
  ...kindsOf(actions),
];

function kindsOf(actions: readonly KnownAction[]): readonly string[] {
  const kinds = actions.filter(({ name }) => !ALONE.has(name)).map(({ name }) => kindOf(name));
  return [...new Set(kinds)].filter((kind) => kind !== KINDLESS).sort();
}
