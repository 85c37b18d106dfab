// Which recordings there are, out of the ledger alone: so that what is deleted is decided by what was proven, not by what an
// index or a folder says.
import type { LedgerSource } from '../evidence/ledgerSource.ts';
import { textOf, toldBy } from '../evidence/selection.ts';
import type { RecordedSession } from './rules.ts';

export type KeptChunk = {
  /** `<run>-<number>` */
  readonly part: string;
  readonly chunk: number;
  readonly sha256: string;
  readonly bytes: number;
};
export type KeptSession = RecordedSession & {
  readonly person: string | null;
  /** those that were not deleted, in order */
  readonly chunks: readonly KeptChunk[];
  /** false: it may still be going on */
  readonly over: boolean;
};

export const chunkName = ({ part, chunk }: { readonly part: string; readonly chunk: number }): string =>
  `${part}/${String(chunk).padStart(6, '0')}`;

type Gathering = {
  person: string | null;
  readonly consoles: Set<string>;
  /** some chunk does not tell its consoles */
  unknown: boolean;
  dangerous: boolean;
  until: number;
  readonly chunks: Map<string, KeptChunk>;
  /** parts that have not told their end */
  readonly open: Set<string>;
  ended: boolean;
};

/** Sessions with at least one chunk that was not deleted. */
export async function recordedSessions(ledger: Pick<LedgerSource, 'entries'>): Promise<KeptSession[]> {
  const sessions = new Map<string, Gathering>();
  const of = (id: string): Gathering => {
    let found = sessions.get(id);
    if (!found) {
      found = {
        person: null,
        consoles: new Set(),
        unknown: false,
        dangerous: false,
        until: 0,
        chunks: new Map(),
        open: new Set(),
        ended: false,
      };
      sessions.set(id, found);
    }
    return found;
  };
  for await (const { event, at } of ledger.entries()) {
    const { kind, session: told, actor, console, facts } = toldBy(event);
    const id = kind === 'recording.chunk' || kind === 'retention.deleted' ? textOf(facts.session) || told : told;
    if (id === '') continue;
    if (kind === 'recording.chunk') {
      const session = of(id);
      const chunk = {
        part: textOf(facts.part),
        chunk: Number(facts.chunk),
        sha256: textOf(facts.sha256),
        bytes: Number(facts.bytes ?? 0),
      };
      session.chunks.set(chunkName(chunk), chunk);
      session.until = Math.max(session.until, typeof facts.to === 'number' ? facts.to : at);
      if (facts.end === 'more') session.open.add(chunk.part);
      else session.open.delete(chunk.part);
      if (Array.isArray(facts.consoles)) for (const one of facts.consoles) session.consoles.add(String(one));
      else session.unknown = true;
    } else if (kind === 'retention.deleted') {
      for (const one of Array.isArray(facts.chunks) ? facts.chunks : [])
        of(id).chunks.delete(textOf((one as { name?: unknown } | null)?.name));
    } else {
      const session = of(id);
      if (kind === 'login.succeeded') session.person = actor;
      if (kind === 'session.ended') session.ended = true;
      if (console !== '') session.consoles.add(console);
      if (kind === 'act.intent' && facts.risk !== 'low' && facts.risk !== 'read') session.dangerous = true;
      session.person ??= actor === '' ? null : actor;
    }
  }
  return [...sessions]
    .filter(([, { chunks }]) => chunks.size > 0)
    .map(([session, { person, consoles, unknown, dangerous, until, chunks, open, ended }]) => ({
      session,
      person,
      consoles: unknown ? null : [...consoles],
      dangerous,
      until,
      chunks: [...chunks.values()].sort((a, b) => (chunkName(a) < chunkName(b) ? -1 : 1)),
      over: ended || open.size === 0,
    }));
}
