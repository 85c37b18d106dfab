// POST /.sallyport/record: events of a page's recorder, on their way into the session's recording. Bounded in size, in rate and
// in how many are under way; checked for shape, never interpreted. It is in nobody's way: when it fails, the page's track
// falls silent, and that is all.
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type Clock, monotonic } from '../../kernel/clock.ts';
import { type DomBatch, DomBatches } from '../../portal/contract/pageRecording.ts';
import { type PagesAlive, recordsPages } from '../pagesAlive.ts';
import { ReservedProblem } from './answer.ts';
import { createPageIntake } from './pageIntake.ts';
import { speakerOf } from './pageRoute.ts';
import type { Routes } from './route.ts';

export type DomTold = Omit<DomBatch, 'part'> & {
  readonly id: string;
  readonly at: number;
  readonly session: string;
  readonly console: string;
  /** gateway's clock minus the browser's, ms */
  readonly offset: number;
  readonly part?: { readonly at: number; readonly of: number };
};

export type RecordRouteParts = {
  readonly pages: Pick<PagesAlive, 'beat'>;
  /** Resolves when written. @throws RecordingUnavailable */
  readonly recordDom: (line: DomTold) => Promise<void>;
  /** for lines of the recording */
  readonly clock: Clock;
};

/** bytes on the wire, and of the JSON text */
export const MOST_BODY = 512 * 1024;
const MOST_TEXT = 2 * 1024 * 1024;
/** requests of one session under way at a time */
const MOST_AT_ONCE = 4;
/** ms after which a page's beat is told to everybody again */
const BEAT_EVERY = 3000;

const unzip = promisify(gunzip);
const Batches = DomBatches.strict();

export function recordRoutes({ pages, recordDom, clock }: RecordRouteParts): Routes {
  const underWay = new Map<string, number>();
  const intake = createPageIntake(monotonic);

  return {
    record: {
      method: 'POST',
      async run(known, { req, res }) {
        const { session, console } = known;
        if (!recordsPages(console)) throw new ReservedProblem('not.found');
        const open = underWay.get(session.id) ?? 0;
        if (open >= MOST_AT_ONCE) throw new ReservedProblem('too.many');
        underWay.set(session.id, open + 1);
        try {
          const text = await readText(req);
          const { page, doc, now, batches } = parsed(text);
          const speaker = speakerOf(known, { page, doc });
          const key = `${session.id} ${console.id} ${page} ${doc}`;
          if (intake.heardAgo(key) > BEAT_EVERY) {
            if (!(await pages.beat(speaker))) {
              intake.forget(key);
              throw new ReservedProblem('not.found');
            }
            intake.heard(key);
          }
          const at = clock.now();
          const about = { id: page, at, session: session.id, console: console.id, offset: Math.round(at - now) };
          // All are checked before one is written.
          const counted = batches.map((batch) => ({ batch, count: eventsIn(batch) }));
          if (!intake.fits(session.id, key, text.length)) throw new ReservedProblem('too.many');
          for (const { batch, count } of counted) {
            if (!intake.isNew(key, batch, count)) continue;
            const { part, ...rest } = batch;
            await written(recordDom({ ...rest, ...about, ...(part === undefined ? {} : { part }) }));
            intake.took(key, batch, count);
          }
          res.writeHead(204).end();
        } finally {
          const left = (underWay.get(session.id) ?? 1) - 1;
          if (left > 0) underWay.set(session.id, left);
          else underWay.delete(session.id);
        }
      },
    },
  };
}

async function written(line: Promise<void>): Promise<void> {
  try {
    await line;
  } catch {
    throw new ReservedProblem('recording.unavailable');
  }
}

const invalid = (at: string, what: string) => new ReservedProblem('input.invalid', { faults: [{ at, what }] });

async function readText(req: IncomingMessage): Promise<string> {
  const type = req.headers['content-type'] ?? '';
  const coding = req.headers['content-encoding'];
  if (!/^application\/json(\s*;\s*charset=utf-8)?$/i.test(type)) throw invalid('content-type', 'Send application/json');
  if (coding !== undefined && coding !== 'gzip') throw invalid('content-encoding', 'Send gzip or nothing');
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MOST_BODY) throw new ReservedProblem('body.too_large');
    parts.push(part);
  }
  try {
    const sent = Buffer.concat(parts);
    // On a thread of its own, and never more than was asked for.
    const bytes = coding === 'gzip' ? await unzip(sent, { maxOutputLength: MOST_TEXT }) : sent;
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('', 'This cannot be read');
  }
}

function parsed(text: string): DomBatches {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('', 'This is not JSON');
  }
  const result = Batches.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues[0]?.path.join('.') ?? '', 'This is not what a recorder sends');
}

/** How many events are in it; a piece counts as the one that it is of. @throws ReservedProblem when they cannot be events */
function eventsIn({ events, part }: Pick<DomBatch, 'events' | 'part'>): number {
  if (part !== undefined) return 1;
  let list: unknown;
  try {
    list = JSON.parse(events);
  } catch {
    throw invalid('events', 'This is not JSON');
  }
  if (!Array.isArray(list) || list.length === 0 || !list.every(isEvent)) throw invalid('events', 'These are no events');
  return list.length;
}

/** The seven kinds of rrweb's events, a moment, and something about it. */
function isEvent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { type, timestamp, data } = value as { type?: unknown; timestamp?: unknown; data?: unknown };
  const known = typeof type === 'number' && Number.isInteger(type) && type >= 0 && type <= 6;
  return (
    known && typeof timestamp === 'number' && Number.isFinite(timestamp) && typeof data === 'object' && data !== null
  );
}
