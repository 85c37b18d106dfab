// What a pack lets the gateway ask its console by itself: what things are called, and how many devices a group has. Checked
// at load: such a question must be a request that the pack itself knows for a read, so nothing can be done by asking.

import { readTarget } from '../canonical/target.ts';
import { EMPTY_BODY } from './bodyReaders/viewBody.ts';
import { findCandidates, pick } from './candidates.ts';
import { isId } from './kinds.ts';
import type { Pack } from './pack.ts';
import type { CountQuestion, KindFormat, NameQuestion, PackFormat, Vocabulary } from './packFormat.ts';

export type Questions = {
  /** by kind */
  readonly names: ReadonlyMap<string, readonly NameQuestion[]>;
  /** by kind, or `all device` */
  readonly counts: ReadonlyMap<string, readonly CountQuestion[]>;
  /** kinds that hold devices */
  readonly groups: ReadonlySet<string>;
  /** actions that move devices: groups beside devices are where these go */
  readonly moves: ReadonlySet<string>;
};

type Question = NameQuestion | CountQuestion;

export function compileQuestions(raw: PackFormat, vocabulary: Vocabulary): Questions {
  const groups = [...Object.keys(vocabulary.kinds), ...Object.keys(raw.kinds)].filter(
    (kind) => vocabulary.kinds[kind]?.devices === true || raw.kinds[kind]?.devices === true,
  );
  const counted = Object.keys(raw.counts).filter((kind) => kind !== 'device' && !kind.startsWith('all '));
  return {
    names: new Map(Object.entries(raw.names).map(([kind, one]) => [kind, rooted(raw, one)])),
    counts: new Map(Object.entries(raw.counts).map(([kind, one]) => [kind, rooted(raw, one)])),
    groups: new Set([...groups, ...counted]),
    moves: new Set(Object.keys(vocabulary.actions).filter((name) => vocabulary.actions[name]?.into === true)),
  };
}

/** With the pack's roots and its base written out; a root with choices stands for its first. */
function rooted<One extends Question>(raw: PackFormat, list: One | readonly One[]): readonly One[] {
  return (Array.isArray(list) ? (list as readonly One[]) : [list as One]).map((one) => {
    const [, name = '', rest = ''] = /^<([a-z][a-z0-9-]*)>(.*)$/.exec(one.get) ?? [];
    const path = name === '' ? one.get : `${firstChoice(raw.roots[name] ?? '')}${rest}`;
    return { ...one, get: `${raw.base ?? ''}${path}` };
  });
}

const firstChoice = (root: string): string => root.replaceAll(/\[([^[\]|]*)[^[\]]*\]/g, '$1');

/** The question about one thing, or null: the pack has none for an id like this. */
export function questionFor<One extends Question>(
  questions: readonly One[] | undefined,
  id: string,
): { readonly question: One; readonly target: string } | null {
  const question = questions?.find(({ as }) => as !== undefined && id.startsWith(as)) ?? questions?.find(plain);
  if (question === undefined) return null;
  const bare = question.as === undefined ? id : id.slice(question.as.length);
  return { question, target: question.get.replaceAll('{id}', encodeURIComponent(bare)) };
}
const plain = ({ as }: Question): boolean => as === undefined;

export type QuestionFault = { readonly at: readonly (string | number)[]; readonly what: string };

/** What is wrong with a pack's questions. */
export function questionFaults(pack: Pack, raw: PackFormat): QuestionFault[] {
  const faults: QuestionFault[] = [];
  const check = (member: 'names' | 'counts', key: string, kind: string, questions: readonly Question[]) => {
    const at = [member, key];
    const format = raw.kinds[kind];
    if (format === undefined) return void faults.push({ at, what: `${key}: the pack has no kind ${kind}` });
    const all = key.startsWith('all ');
    for (const question of questions) {
      if (question.get.includes('{id}') === all)
        faults.push({ at, what: `${key}: ${all ? '{id} has no meaning here' : '{id} is missing'}` });
      else if (!isReadOf(pack, question, format))
        faults.push({ at, what: `${key}: ${question.get} is no request that this pack knows for a read` });
    }
  };
  for (const [kind, questions] of pack.questions.names) check('names', kind, kind, questions);
  for (const [key, questions] of pack.questions.counts) check('counts', key, key.replace(/^all /, ''), questions);
  return faults;
}

function isReadOf(pack: Pack, question: Question, format: KindFormat): boolean {
  return samplesOf(format).some((id) => {
    const target = readTarget(question.get.replaceAll('{id}', encodeURIComponent(id)), pack.allowances);
    if (!target.go) return false;
    const { segments, query } = target.value;
    const headers = [['accept', question.accept ?? 'application/json']] as const;
    const candidates = findCandidates(pack, { method: 'GET', segments, query, headers, door: 'request' });
    if ('go' in candidates) return false;
    const picked = pick(candidates.entries, EMPTY_BODY);
    return picked !== null && !('go' in picked) && picked.found.owner.risk === 'read';
  });
}

/** Ids that a kind could have: digits first, because paths often take fewer texts than the kind does. */
function samplesOf(format: KindFormat): readonly string[] {
  const lengths = [format.min, 1, 2, 8, 36].filter((length) => length >= format.min && length <= format.max);
  const texts = [
    ...(format.values ?? []),
    ...lengths.flatMap((length) => ['1', 'a'].map((char) => `${format.prefix}${char.repeat(length)}`)),
    `${format.prefix}11111111-1111-4111-8111-111111111111`,
  ];
  return texts.filter((text) => isId(format, text));
}
