// Proposals as YAML that can be pasted into a pack: what loads stands there as it is, what does not is a comment that says why.
import { parse, stringify } from 'yaml';
import { compilePack } from '../../proxy/recognise/compilePack.ts';
import type { Packs } from '../../proxy/recognise/loadPacks.ts';
import type { PackFormat, Vocabulary } from '../../proxy/recognise/packFormat.ts';
import { createRecogniser } from '../../proxy/recognise/recognise.ts';
import type { Kinds, Proposal } from './propose.ts';
import { whatIs } from './unknown.ts';

export const GUESSED = '# guessed, look at it';

export type Written = {
  /** lines to stand below `kinds:`, two blanks deep */
  readonly kinds: readonly string[];
  readonly entries: readonly string[];
  readonly proposed: number;
  /** those that stand there as comments */
  readonly left: number;
};

/** @param raw the pack, as `readYaml` gives it */
export async function writeProposals(
  proposals: readonly Proposal[],
  kinds: Kinds,
  raw: PackFormat,
  vocabulary: Vocabulary,
): Promise<Written> {
  const texts = new Map(proposals.map((proposal) => [proposal.id, entryLines(proposal)]));
  const faults = new Map<string, string>();
  let sound = proposals;
  let pack = compilePack('', vocabulary).pack;
  // A faulty one may make others faulty, and hides what else is wrong: again, until nothing is.
  for (;;) {
    const added = sound.flatMap(({ id }) => parse((texts.get(id) ?? []).join('\n')) as unknown[]);
    const whole = { ...raw, kinds: { ...raw.kinds, ...usedKinds(kinds, sound) }, entries: [...raw.entries, ...added] };
    const compiled = compilePack(stringify(whole, { lineWidth: 0, aliasDuplicateObjects: false }), vocabulary);
    pack = compiled.pack;
    const before = sound.length;
    for (const { what } of compiled.faults) {
      const [, id, why = ''] = /^entry ([a-z0-9-]+): (.*)$/s.exec(what) ?? [];
      if (id !== undefined && texts.has(id) && !faults.has(id)) faults.set(id, why.replace(/ \(line \d+\)/, ''));
    }
    sound = sound.filter(({ id }) => !faults.has(id));
    if (compiled.faults.length === 0) break;
    if (sound.length === before) {
      // Something else is wrong with them all: nothing may stand there that does not load.
      for (const { id } of sound) faults.set(id, compiled.faults[0]?.what ?? 'does not load');
      sound = [];
      break;
    }
  }
  const packs: Packs = { all: new Map([[pack.id, pack]]), vocabulary, faults: [], action: () => null };
  const recogniser = createRecogniser(packs);
  const entries: string[] = [];
  for (const proposal of proposals) {
    const { id, group, notes } = proposal;
    const fault = faults.get(id);
    const count = group.members.length;
    entries.push('', `  # ${count} ${count === 1 ? 'request' : 'requests'}`, ...notes.map((note) => `  # ${note}`));
    const lines = (texts.get(id) ?? []).map((line) => `  ${line}`);
    if (fault !== undefined) {
      entries.push(`  # not proposed: ${oneLine(fault)}`, ...lines.map((line) => `  # ${line.slice(2)}`));
      continue;
    }
    let matched = 0;
    let unread = 0;
    for (const { unknown } of group.members) {
      if (unknown.seen.body === null) unread += 1;
      else {
        const found = await whatIs(unknown.seen, pack.id, recogniser);
        if (typeof found !== 'string' && found.action.entry !== null) matched += 1;
      }
    }
    if (unread > 0) entries.push(`  # the bodies of ${unread} are not known: this rests on their paths only`);
    if (matched + unread < count) entries.push(`  # ${count - matched - unread} of these it does not describe yet`);
    entries.push(...lines);
  }
  const used = Object.entries(usedKinds(kinds, sound));
  return {
    kinds: used.flatMap(([name, format]) => [...besideNote(name, raw), `  ${name}: ${flow(format)} ${GUESSED}`]),
    entries,
    proposed: sound.length,
    left: faults.size,
  };
}

/** Grants and budgets go by kind: the same things under two kinds would count apart. */
function besideNote(name: string, raw: PackFormat): string[] {
  const own = Object.keys(raw.kinds).find((kind) => name.startsWith(`${kind}_`));
  return own === undefined
    ? []
    : [`  # these ids do not look like the ${own} of this pack: if they are, widen that kind instead`];
}

function usedKinds({ added }: Kinds, proposals: readonly Proposal[]): Record<string, Record<string, unknown>> {
  const text = proposals
    .map(({ request, targets, title }) => `${request} ${title} ${targets.map(({ kind, all }) => `{${kind}} {${all}}`)}`)
    .join(' ');
  return Object.fromEntries([...added].filter(([name]) => new RegExp(`[{: ]${name}\\}`).test(text)));
}

function entryLines({
  id,
  group,
  request,
  guess,
  risk,
  query,
  body,
  targets,
  redact,
  volatile,
  title,
}: Proposal): string[] {
  const { upgrade, of } = group;
  const lines = [`- id: ${id} ${GUESSED}`];
  const add = (name: string, value: unknown, guessed = false): void => {
    lines.push(`  ${name}: ${flow(value)}${guessed ? ` ${GUESSED}` : ''}`);
  };
  if (request !== null) add('request', request);
  if (of !== null) add('of', of);
  lines.push(`  action: ${guess.action} ${GUESSED}: ${oneLine(guess.because)}`);
  add('risk', risk, true);
  if (upgrade && of === null) add('upgrade', true);
  if (query !== null) add('query', query);
  if (body !== null) add('body', body);
  if (targets.length > 0) add('targets', targets, true);
  if (title !== null) add('title', title);
  if (redact.length > 0) add('redact', redact);
  if (volatile.length > 0) add('volatile', volatile, true);
  return lines;
}

const oneLine = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 300);

/** YAML on one line. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => `${flow(name)}: ${flow(member)}`);
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  if (typeof value !== 'string') return String(value);
  const plain = /^[A-Za-z/][\w/.-]*(\/\*)?$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return plain ? value : `'${value.replaceAll("'", "''")}'`;
}
