// The index that reviewers search: derived from the recordings by a worker thread (indexWorker.ts), so that nothing in the
// request path waits for SQLite. Measured on the reads bench while it was kept on the main thread: 20 % of the gateway's CPU
// and stalls of 10 to 40 ms at each commit. The main thread only notes which parts have grown, tells the worker at most every
// 100 ms, and reads the database through a connection of its own.
import { existsSync } from 'node:fs';
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import type { Mentions } from '../journal/journal.redis.ts';
import type { ChunkFacts } from '../recording/chunkText.ts';
import type { LineContent } from '../recording/lines.ts';
import { createRecordingReader, NoIdentity, parsedLines } from '../recording/reader.ts';
import { isBroken, openDatabase, removeDatabase } from './database.ts';
import { type History, historyOf } from './history.ts';
import { findMentions, journalPosition } from './mentions.ts';
import * as queries from './queries.ts';
import { createReader } from './reader.ts';
import { IndexRebuilding, rebuildPercent } from './rebuilding.ts';
import { createReplayEvents, type ReplayEvents } from './replayEvents.ts';
import { createReplayIndex, type ReplayIndex } from './replayIndex.ts';
import type { SearchPage, SearchWish } from './search.ts';
import { createSearchLink } from './searchLink.ts';
import type { SuggestField, Suggestion } from './suggest.ts';
import { asError, createWorkerLink, type StartWorker } from './workerLink.ts';

const TELL_EVERY = 100;
const DETAIL_MESSAGES = 1000;
const PROGRESS_EVERY = 250;

export type ExchangeRecord = { readonly row: queries.ExchangeRow; readonly lines: readonly LineContent[] };

export type SessionIndex = {
  /** Takes in what earlier runs left out, in the background. */
  start(): void;
  /** false: there is no identity, so nothing of recordings is known here but what the journal says */
  readonly readable: boolean;
  /** A part of a recording has so many lines now. Quick, never throws. */
  grew(part: string, lines: number): void;
  /** A chunk is finished, by this process or another. Quick, never throws. */
  finished(chunk: Pick<ChunkFacts, 'session' | 'part' | 'chunk' | 'first' | 'lines'>): void;
  /** Resolves when everything written so far is taken in, or when that failed: then complete() is false. */
  settled(): Promise<void>;
  /** Forgets all and reads every recording again. */
  rebuild(): Promise<void>;
  /** How far taking in what was recorded before is, 0 to 99; null: nothing is missing, or nobody knows. */
  progress(): number | null;
  /** false while recordings have lines that the index does not */
  complete(): boolean;
  /** All of these that read @throw IndexRebuilding while recordings that are there are missing in it. */
  search(wish: SearchWish, cursor: string | null): Promise<SearchPage>;
  suggest(field: SuggestField, typed: string): Promise<Suggestion[]>;
  listSessions(filter: queries.SessionFilter, cursor: string | null): ReturnType<typeof queries.listSessions>;
  getSession(id: string): queries.SessionRow | null;
  listExchanges(
    session: string,
    kind: queries.ExchangeKind,
    cursor: string | null,
  ): ReturnType<typeof queries.listExchanges>;
  /** The row and its recorded lines; null: there is no such exchange. @throws NoIdentity, or when the recording was taken away */
  getExchange(session: string, exchange: string): Promise<ExchangeRecord | null>;
  /** What a person has done since a moment, ms, as far as the index has taken it in. */
  history(person: string, console: string, action: string, since: number): History;
  /** Pages, requests and looks of a session for its replay. */
  readonly replay: ReplayIndex;
  readonly replayEvents: ReplayEvents;
  /** which journal entries speak of what; for createJournal */
  mentions: Mentions;
  /** Within a second. What is not taken in by then is at the next start. */
  close(): Promise<void>;
};

export type SessionIndexDeps = {
  /** the database, `<data>/index.sqlite` */
  file: string;
  /** the folder of the recordings */
  dir: string;
  /** age identities; null: recordings cannot be read here */
  identities: readonly string[] | null;
  onError: (error: unknown) => void;
  /** default: the worker of this folder */
  startWorker?: StartWorker;
};

/** @throws when the folder of the database cannot be written */
export function createSessionIndex({ file, dir, identities, onError, startWorker }: SessionIndexDeps): SessionIndex {
  // The last one to close a database removes its write-ahead log.
  const unclean = existsSync(`${file}-wal`);
  openDatabase(file).close();

  let grown = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let told = 0;
  let taken = 0;
  let renewal = 0;
  let started = false;
  let closed = false;

  const recordings = createRecordingReader({ dir, identities });
  const reader = createReader({ file, onBroken: () => link.tell({ kind: 'broken', renewal }) });
  const searching = createSearchLink({ file });
  /** A file that breaks under a search is told like any other. */
  const searched = async <T>(result: Promise<T>): Promise<T> => {
    try {
      return await result;
    } catch (error) {
      if (!isBroken(error)) throw error;
      link.tell({ kind: 'broken', renewal });
      throw new IndexRebuilding(0);
    }
  };
  const link = createWorkerLink({
    data: { file, dir, identities, unclean },
    startWorker,
    onError,
    onStarted() {
      // The first one is told to look by start(); one that follows another does not know what that one was told.
      if (started) look();
      started = true;
    },
    onMessage(message) {
      if (message.kind === 'taken') taken = message.n;
      else if (message.kind === 'fault') onError(asError(message.fault));
      else {
        // Begun anew, or another worker: what was taken in before says nothing of it.
        if (message.renewal !== renewal) taken = -1;
        renewal = message.renewal;
        reader.reopen();
        searching.reopen();
      }
    },
  });
  function look(): void {
    told += 1;
    link.tell({ kind: 'scan', n: told });
  }
  const tell = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (grown.size === 0) return;
    told += 1;
    link.tell({ kind: 'grew', n: told, parts: grown });
    grown = new Map();
  };

  const finished: SessionIndex['finished'] = ({ session, part, chunk, first, lines }) => {
    if (closed) return;
    tell();
    link.tell({ kind: 'finished', part: `${session}/${part}`, chunk, lines: first + lines });
  };

  return {
    start: look,
    readable: recordings.readable,
    finished,
    grew(part, lines) {
      if (closed) return;
      grown.set(part, lines);
      timer ??= setTimeout(tell, TELL_EVERY).unref();
    },
    async settled() {
      tell();
      await link.ask({ do: 'settle' });
    },
    async rebuild() {
      tell();
      await link.ask({ do: 'rebuild' });
    },
    progress() {
      try {
        return reader.read(rebuildPercent);
      } catch {
        return null;
      }
    },
    complete: () => grown.size === 0 && taken === told,
    search: (wish, cursor) => searched(searching.search(wish, cursor)),
    suggest: (field, typed) => searched(searching.suggest(field, typed)),
    listSessions: (filter, cursor) => reader.readWhole((database) => queries.listSessions(database, filter, cursor)),
    getSession: (id) => reader.readWhole((database) => queries.getSession(database, id)),
    listExchanges: (session, kind, cursor) =>
      reader.readWhole((database) => queries.listExchanges(database, session, kind, cursor)),
    async getExchange(session, exchange) {
      const found = reader.readWhole((database) => queries.findExchange(database, session, exchange, DETAIL_MESSAGES));
      if (!found) return null;
      if (!recordings.readable) throw new NoIdentity();
      const byChunk = Map.groupBy(found.lines, ({ part, chunk }) => `${chunk} ${part}`);
      const read = await Promise.all(
        [...byChunk.values()].map(async (places) => {
          const [{ part, chunk } = { part: '', chunk: 0 }] = places;
          const wanted = new Set(places.map(({ n }) => n));
          const lines: LineContent[] = [];
          const { lines: bytes } = await recordings.text(part, chunk);
          for (const line of parsedLines(bytes)) if (wanted.has(line.n)) lines.push(line);
          if (lines.length < wanted.size) throw new Error(`${part}, chunk ${chunk}: lines are missing`);
          return lines;
        }),
      );
      return { row: found.row, lines: read.flat() };
    },
    history: (person, console, action, since) =>
      reader.readWhole((database) => historyOf(database, { person, console, action, since })),
    replay: createReplayIndex(reader.readWhole),
    replayEvents: createReplayEvents(recordings),
    mentions: {
      position: () => reader.read(journalPosition),
      add: async (entries) => {
        await link.ask({ do: 'addMentions', entries });
        for (const entry of entries) {
          const chunk = entry.event.includes('"recording.chunk"') ? chunkIn(entry.event) : null;
          if (chunk !== null) finished(chunk);
        }
      },
      clear: () => link.ask({ do: 'clearMentions' }),
      find: (subjects, limit) => reader.read((database) => findMentions(database, subjects, limit)),
    },
    async close() {
      tell();
      closed = true;
      reader.close();
      await searching.close();
      await link.close();
    },
  };
}

/** What a journal entry says of a chunk, whichever process finished it; null: it does not. */
function chunkIn(event: string): Pick<ChunkFacts, 'session' | 'part' | 'chunk' | 'first' | 'lines'> | null {
  try {
    const { kind, facts } = JSON.parse(event) as { kind?: unknown; facts?: { [name: string]: unknown } };
    const { session, part, chunk, first, lines } = facts ?? {};
    if (kind !== 'recording.chunk' || typeof session !== 'string' || typeof part !== 'string') return null;
    if (typeof chunk !== 'number' || typeof first !== 'number' || typeof lines !== 'number') return null;
    return { session, part, chunk, first, lines };
  } catch {
    return null;
  }
}

/** What a rebuilding from the command line brings along. */
export type RebuildMore = {
  /** hears how far it is, 0 to 99, now and then */
  readonly onProgress?: (percent: number) => void;
  /** the sealed journal, from its first entry on, in pages */
  readonly journal?: AsyncIterable<readonly JournalEntry[]>;
};

/** For the command line and tests: builds the index of a folder anew. @throws what went wrong */
export async function rebuildIndex(
  dir: string,
  dbFile: string,
  identities: readonly string[] | null,
  { onProgress, journal }: RebuildMore = {},
): Promise<void> {
  removeDatabase(dbFile);
  const faults: unknown[] = [];
  const deleted = new Set<string>();
  const index = createSessionIndex({ dir, file: dbFile, identities, onError: (error) => faults.push(error) });
  try {
    const watch = setInterval(() => onProgress?.(index.progress() ?? 0), PROGRESS_EVERY);
    await index.rebuild().finally(() => clearInterval(watch));
    for await (const entries of journal ?? []) {
      for (const { event } of entries) for (const chunk of deletedIn(event)) deleted.add(chunk);
      await index.mentions.add(entries);
    }
    await index.settled();
  } finally {
    await index.close();
  }
  // A chunk that retention deleted is missing rightly, where the store refused to delete others of its part.
  const fault = faults.find((one) => !deleted.has(missingIn(one)));
  if (fault !== undefined) throw fault;
}

/** `<part>/<chunk>` that the fault says is missing; '' for another fault */
function missingIn(fault: unknown): string {
  const [, part, chunk] = /^(\S+), chunk (\d+): it is missing$/.exec((fault as Error | null)?.message ?? '') ?? [];
  return part === undefined ? '' : `${part}/${Number(chunk)}`;
}

/** Chunks that this entry of the journal says were deleted, as `<part>/<chunk>`. */
function deletedIn(event: string): string[] {
  if (!event.includes('"retention.deleted"')) return [];
  const { kind, facts } = JSON.parse(event) as { kind?: unknown; facts?: { session?: unknown; chunks?: unknown } };
  if (kind !== 'retention.deleted' || !Array.isArray(facts?.chunks)) return [];
  return facts.chunks.map((chunk: { readonly name?: unknown } | null) => {
    const [run = '', number = ''] = String(chunk?.name).split('/');
    return `${String(facts.session)}/${run}/${Number(number)}`;
  });
}
