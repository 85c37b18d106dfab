// `sallyport pack learn`: proposes entries for requests that a pack does not know, from a browser's HAR file or from recordings.
// Nothing of a request but its method, the words of its path, the names of its fields and the word in its action field
// reaches the proposal. Exit codes: 0 done, also when there is nothing to propose; 2 the file or the pack cannot be read.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLED } from '../config/load.ts';
import { readYaml } from '../proxy/recognise/compilePack.ts';
import { loadPacks, PackFaults } from '../proxy/recognise/loadPacks.ts';
import type { Pack } from '../proxy/recognise/pack.ts';
import { PackFormat } from '../proxy/recognise/packFormat.ts';
import { createRecogniser } from '../proxy/recognise/recognise.ts';
import { complainAbout } from './faults.ts';
import { type Group, groupUnknown } from './learn/group.ts';
import { RANKS } from './learn/guessAction.ts';
import { createKinds, type Proposal, propose } from './learn/propose.ts';
import { CannotRead, readSeen, type SeenRequest } from './learn/requests.ts';
import { ID } from './learn/shapes.ts';
import { sortOut } from './learn/unknown.ts';
import { writeProposals } from './learn/write.ts';
import { createProgress } from './progress.ts';
import { bold, complain, print, red } from './report.ts';

export type LearnOptions = {
  pack: string;
  packs?: string;
  /** the origin in a HAR file, or the console's id in recordings; default: the one with the most requests */
  from?: string;
  /** files with age identities, for recordings */
  identity?: string[];
  /** a file instead of stdout */
  out?: string;
};

/** @returns the exit code */
export async function packLearn(file: string, options: LearnOptions): Promise<0 | 2> {
  const dir = options.packs ?? `${BUNDLED}/packs`;
  const progress = createProgress((done) => `${done} requests looked at`);
  try {
    const packs = loadPacks(dir, { only: [options.pack] });
    const pack = packs.all.get(options.pack);
    if (pack === undefined) throw new CannotRead(`There is no pack ${options.pack} in ${dir}.`);
    const raw = PackFormat.parse(readYaml(readFileSync(join(dir, options.pack, 'pack.yaml'), 'utf8')).value);
    const seen = await readSeen(file, progress, options.identity);
    const { requests, from, elsewhere } = onlyFrom(seen.requests, options.from);
    const { unknown, known, refused } = await sortOut(requests, pack.id, createRecogniser(packs), progress);
    progress.end();

    // A message whose socket is not known itself is the socket's matter.
    const groups = groupUnknown(unknown.filter(({ method, of }) => method !== 'MESSAGE' || of !== null));
    const kinds = createKinds(raw, packs.vocabulary);
    const taken = new Set(raw.entries.flatMap((entry) => idOf(entry)));
    const wordsAt = wordsBeside(pack, groups);
    const proposals = groups
      .map((group) => propose(group, { vocabulary: packs.vocabulary, raw, kinds, wordsAt, taken }))
      .sort(gravestFirst);
    const written = await writeProposals(proposals, kinds, raw, packs.vocabulary);

    const left = [...refused].map(([reason, count]) => `${count} are refused with ${reason} and were left alone`);
    if (elsewhere > 0) left.push(`${elsewhere} went elsewhere and were left alone; choose with --from`);
    if (seen.skipped > 0) left.push(`${seen.skipped} cannot be judged (preflights, or refused before they were read)`);
    const about = [
      `# Pack ${pack.id}: ${count(requests.length)}${from === null ? '' : ` to ${from}`}; ${known} known, ${unknown.length} unknown.`,
      ...left.map((sentence) => `# Of the others, ${sentence}.`),
    ];
    const text = [...about, ...body(written), ''].join('\n');
    if (options.out === undefined) print(text.trimEnd());
    else {
      save(options.out, text);
      complain(`${written.proposed} proposed ${written.proposed === 1 ? 'entry' : 'entries'} in ${options.out}.`);
    }
    return 0;
  } catch (error) {
    progress.end();
    if (error instanceof PackFaults) complainAbout(error.faults);
    else if (error instanceof CannotRead) complain(`${red(bold('Nothing was learned.'))} ${error.message}`);
    else throw error;
    return 2;
  }
}

function body({ kinds, entries, proposed, left }: Awaited<ReturnType<typeof writeProposals>>): string[] {
  if (proposed + left === 0) return ['# Nothing to propose: the pack knows all of them.'];
  return [
    `# ${proposed} proposed ${proposed === 1 ? 'entry' : 'entries'}, the gravest first. All of it is guessed from names: look at each one, then add samples.`,
    ...(left > 0 ? [`# ${left} more stand here as comments: they do not load as they are.`] : []),
    ...(kinds.length > 0 ? ['', '# Below kinds:', ...kinds] : []),
    '',
    '# Below entries:',
    ...entries.slice(1),
  ];
}

/** @throws CannotRead */
function save(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CannotRead(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const count = (requests: number): string => `${requests} ${requests === 1 ? 'request' : 'requests'}`;

/** A browser's file has requests to many places; a pack is of one. @throws CannotRead */
function onlyFrom(requests: readonly SeenRequest[], wanted: string | undefined) {
  const counts = new Map<string, number>();
  for (const { to } of requests) counts.set(to, (counts.get(to) ?? 0) + 1);
  const from = wanted ?? [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
  if (wanted !== undefined && !counts.has(wanted)) {
    const names = [...counts.keys()].map((name) => name.replace(/[^\x20-\x7e]/g, '?')).slice(0, 20);
    throw new CannotRead(`Nothing in there went to ${wanted}. There is: ${names.join(', ') || 'nothing'}.`);
  }
  const own = requests.filter(({ to }) => to === from);
  return { requests: own, from: from?.replace(/[^\x20-\x7e]/g, '?') ?? null, elsewhere: requests.length - own.length };
}

function gravestFirst(a: Proposal, b: Proposal): number {
  return RANKS.indexOf(b.risk) - RANKS.indexOf(a.risk) || b.group.members.length - a.group.members.length;
}

const idOf = (entry: unknown): string[] =>
  typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string' ? [entry.id] : [];

/** Words that stand where an id of a shape could: such an id must not be one of them. */
function wordsBeside(pack: Pack, groups: readonly Group[]) {
  const paths = [
    ...pack.entries.flatMap(({ templates }) =>
      templates.map(({ segments }) => segments.map((segment) => ('literal' in segment ? segment.literal : ID))),
    ),
    ...groups.map(({ shape }) => shape),
  ];
  return (shape: readonly string[], place: number): readonly string[] =>
    paths.flatMap((path) => {
      const word = path[place];
      const before = path
        .slice(0, place)
        .every((segment, at) => segment === ID || shape[at] === ID || segment === shape[at]);
      return word === undefined || word === ID || word === '' || !before ? [] : [word];
    });
}
