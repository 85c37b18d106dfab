// Which entries of the ledger speak of a session, a grant, a hold or an incident. Three passes over all of it: what is about
// the thing itself; the whole story of every grant, hold and exchange that these name; the keys of everybody in it. So each
// signature, each act and each outcome in an archive can be judged without what is not in it.
import type { About } from './about.ts';
import type { LedgerSource, SealedEntry } from './ledgerSource.ts';

export type ChunkRef = {
  readonly session: string;
  readonly part: string;
  readonly chunk: number;
  readonly sha256: string;
};

export type Chosen = {
  /** in the order of the ledger */
  readonly entries: readonly (SealedEntry & { readonly told: Told })[];
  readonly chunks: readonly ChunkRef[];
  /** chunks that the ledger says were deleted, as `<session>/<part>/<chunk>` */
  readonly deleted: ReadonlySet<string>;
  /** digests of the policy sets that acts were decided by */
  readonly policySets: ReadonlySet<string>;
};

type Facts = { readonly [name: string]: unknown };
/** An event as far as it is looked at here. */
export type Told = {
  readonly kind: string;
  readonly actor: string;
  readonly actorName: string;
  readonly session: string;
  readonly exchange: string;
  readonly console: string;
  readonly facts: Facts;
};

/** Looking at things is told in the ledger too, and says nothing about what was looked at. */
const VIEWS: ReadonlySet<string> = new Set([
  'sessions.listed',
  'recording.viewed',
  'evidence.exported',
  'evidence.sent',
]);
/** Recordings around a single act begin and end so much before and after it, ms. */
const AROUND = 60_000;

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const factsOf = (value: unknown): Facts =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Facts) : {};

export function toldBy(event: string): Told {
  let value: Facts;
  try {
    value = factsOf(JSON.parse(event));
  } catch {
    value = {};
  }
  return {
    kind: textOf(value.kind),
    actor: textOf(value.actor),
    actorName: textOf(value.actorName),
    session: textOf(value.session),
    exchange: textOf(value.exchange),
    console: textOf(value.console),
    facts: factsOf(value.facts),
  };
}

/** @returns null when nothing in the ledger is about it */
export async function choose(ledger: LedgerSource, about: About): Promise<Chosen | null> {
  const chosen = new Map<number, SealedEntry & { readonly told: Told }>();
  const [grants, holds, exchanges, people] = [
    new Set<string>(),
    new Set<string>(),
    new Set<string>(),
    new Set<string>(),
  ];
  /** what of which session's recording is wanted */
  const spans = new Map<string, [from: number, to: number][]>();
  const want = (entry: SealedEntry, told: Told): void => {
    chosen.set(entry.index, { ...entry, told });
    people.add(told.actor);
  };
  const note = (set: Set<string>, value: unknown): void => {
    if (typeof value === 'string' && value !== '') set.add(value);
  };

  for await (const entry of ledger.entries()) {
    const told = toldBy(entry.event);
    if (!isAbout(about, entry, told)) continue;
    want(entry, told);
    note(grants, told.facts.grant);
    note(holds, told.facts.hold);
    note(exchanges, told.exchange);
    if (told.session !== '' && !told.kind.startsWith('grant.')) spanOf(spans, about, told.session, entry.at);
  }
  if (chosen.size === 0) return null;

  const chunks: ChunkRef[] = [];
  const deleted = new Set<string>();
  for await (const entry of ledger.entries()) {
    const told = toldBy(entry.event);
    const { kind, facts } = told;
    const session = textOf(facts.session) || told.session;
    if (kind === 'recording.chunk') {
      if (!overlaps(spans.get(session), facts)) continue;
      want(entry, told);
      const { part, chunk, sha256 } = facts;
      chunks.push({ session, part: textOf(part), chunk: Number(chunk), sha256: textOf(sha256) });
    } else if (kind.startsWith('retention.') && spans.has(session)) {
      want(entry, told);
      if (kind === 'retention.deleted') for (const name of namesOf(facts.chunks)) deleted.add(`${session}/${name}`);
    } else if (storyOf(told, grants, holds, exchanges)) {
      want(entry, told);
      // The outcome of an act stands behind its intent, so one look is enough.
      note(exchanges, told.exchange);
    }
  }

  for await (const entry of ledger.entries()) {
    const told = toldBy(entry.event);
    if (told.kind.startsWith('passkey.') && people.has(told.actor)) want(entry, told);
  }
  const entries = [...chosen.values()].sort((a, b) => a.index - b.index);
  const policySets = new Set(entries.map(({ told }) => textOf(told.facts.policySet)).filter((set) => set !== ''));
  return { entries, chunks, deleted, policySets };
}

function isAbout(about: About, { at }: SealedEntry, { kind, actor, session, facts }: Told): boolean {
  if (about.kind === 'incident') return actor === about.person && at >= about.from && at <= about.to;
  if (VIEWS.has(kind) || kind === 'recording.chunk') return false;
  return about.kind === 'session' ? session === about.id : facts[about.kind] === about.id;
}

function spanOf(spans: Map<string, [number, number][]>, about: About, session: string, at: number): void {
  const known = spans.get(session) ?? [];
  spans.set(session, known);
  const last = known.at(-1);
  if (about.kind === 'session') known[0] ??= [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  else if (about.kind === 'incident') known[0] ??= [about.from, about.to];
  else if (last && at - AROUND <= last[1]) last[1] = at + AROUND;
  else known.push([at - AROUND, at + AROUND]);
}

/** A chunk that tells no time is taken along: better one too many. */
const overlaps = (spans: readonly (readonly [number, number])[] | undefined, { from, to }: Facts): boolean =>
  spans?.some(
    ([first, last]) => !(typeof from === 'number' && from > last) && !(typeof to === 'number' && to < first),
  ) ?? false;

function storyOf(
  { kind, exchange, facts }: Told,
  grants: Set<string>,
  holds: Set<string>,
  exchanges: Set<string>,
): boolean {
  if (kind.startsWith('grant.')) return grants.has(textOf(facts.grant));
  if (kind.startsWith('hold.')) return holds.has(textOf(facts.hold));
  if (!kind.startsWith('act.') && kind !== 'request.refused' && kind !== 'request.observed') return false;
  // Of a hold every act counts: it may be used once. Of a grant only the acts that this is about.
  return exchanges.has(exchange) || (kind === 'act.intent' && holds.has(textOf(facts.hold)));
}

const namesOf = (chunks: unknown): string[] =>
  Array.isArray(chunks) ? chunks.map((chunk) => textOf(factsOf(chunk).name)).filter((name) => name !== '') : [];
