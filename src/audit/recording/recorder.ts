// Records what sessions do. The promise: `open` resolves only after the opening line was written (write(2) done), so no byte
// of a request goes upstream unrecorded; when that cannot be, it throws RecordingUnavailable and the request is refused.
// A killed process loses nothing that was written; a power cut may lose the last minute of recordings, never of the journal.
// What is written is encrypted to recipients: this process cannot read it back unless it has an identity too.
// Must never write a secret: headers and targets are filtered here, whoever opened the recording; bodies come in redacted by
// redactBody, which needs to know what the pack says.
import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import { type ChunkFinisher, createChunkFinisher } from './chunkFinisher.ts';
import type { ChunkFacts } from './chunkText.ts';
import { createDiskHealth } from './diskHealth.ts';
import {
  bounded,
  type DomLine,
  EVENTS_LIMIT,
  type ExchangeClosing,
  type ExchangeOpening,
  type LineContent,
  type Message,
  oneLine,
  type PageLine,
} from './lines.ts';
import { createPartWriter, type PartLimits } from './partWriter.ts';
import { isSessionName } from './places.ts';
import { redactMessage } from './redact.ts';

export class RecordingUnavailable extends Error {
  override readonly name = 'RecordingUnavailable';
}

export type ExchangeRecording = {
  /** Queues one message of an upgraded connection. @throws RecordingUnavailable: the connection must be closed */
  message(message: Message): void;
  /**
   * Resolves when the closing line was written, or could not be: then health() is false and later requests are refused.
   * Never rejects, so that it can stand on every exit. A second close does nothing.
   */
  close(closing: ExchangeClosing): Promise<void>;
};

export type Recorder = {
  /** @throws RecordingUnavailable */
  open(opening: ExchangeOpening): Promise<ExchangeRecording>;
  /** Resolves when it was written. @throws RecordingUnavailable */
  page(line: PageLine): Promise<void>;
  /** Resolves when it was written. @throws RecordingUnavailable, also when there are more than EVENTS_LIMIT characters */
  dom(line: DomLine): Promise<void>;
  /** The session is over: what was recorded of it gets its end. */
  endSession(session: string): void;
  /** true: the next exchange can be recorded, as far as one can know */
  health(): boolean;
  /** What is wrong, in words; null: nothing. */
  fault(): string | null;
  /** Gives what dead runs left unfinished its end; without an identity nothing happens. @returns of how many parts */
  recover(all: boolean): Promise<number>;
  /** Resolves when every chunk that was begun to be finished is, and told. */
  settled(): Promise<void>;
  /** Writes out what waits, gives every recording its end. Later opens throw. */
  close(): Promise<void>;
};

/** Hears how many lines a part has now, after each write; must be quick and must not throw. The session index is one. */
export type GrowthListener = {
  grew(part: string, lines: number): void;
};

export type RecorderDeps = {
  /** folder of the recordings; made when it is not there */
  dir: string;
  clock: Clock;
  /** age recipients, `age1...`; each of them can read what is recorded */
  recipients: readonly string[];
  /** age identities; only to give what dead runs left its end. null: this process cannot read */
  identities: readonly string[] | null;
  /** Tells the journal of each finished chunk; rejects when it could not, and is asked again. */
  onChunk?: (facts: ChunkFacts) => Promise<unknown>;
  index?: GrowthListener;
  /** bytes that must stay free on the disk; default 64 MiB */
  minFree?: number;
  /** files open at a time; default 256 */
  maxOpen?: number;
  /** bytes that may wait to be written; default 16 MiB */
  maxWaiting?: number;
  /** ms between two looks at the disk; default 2 s */
  lookEvery?: number;
  /** sizes and times of chunks and parts */
  limits?: Partial<PartLimits>;
  /** default: the worker of this folder */
  startWorker?: Parameters<typeof createChunkFinisher>[0]['startWorker'];
  onError?: (error: unknown) => void;
};

/** A chunk that could not be finished for so long means that nothing more should be recorded like this, ms. */
const BEHIND = 10 * 60_000;
/** ms that chunks get to be finished when the gateway stops; what is left is recovered at the next start */
const CLOSE = 10_000;

export function createRecorder(deps: RecorderDeps): Recorder {
  const { dir, clock, index, minFree = 64 * 1_048_576, maxOpen = 256, maxWaiting = 16 * 1_048_576 } = deps;
  const { lookEvery = 2000, onError = () => undefined } = deps;
  const disk = createDiskHealth({ dir, minFree, every: lookEvery, onError });
  const finisher: ChunkFinisher = createChunkFinisher({
    data: { dir, recipients: deps.recipients, identities: deps.identities },
    onChunk: deps.onChunk ?? (() => Promise.resolve()),
    onError,
    ...(deps.startWorker === undefined ? {} : { startWorker: deps.startWorker }),
  });
  const writer = createPartWriter({
    ...{ dir, run: newId('gw'), clock, maxOpen, finisher },
    ...(deps.limits === undefined ? {} : { limits: deps.limits }),
    onGrown: (part, lines) => index?.grew(part, lines),
  });
  let closed = false;

  const faultNow = (): string | null =>
    disk.fault() ?? (finisher.behind() > BEHIND ? 'recordings could not be finished for ten minutes' : null);
  /** @throws RecordingUnavailable */
  const ready = (session: string): void => {
    if (closed) throw new RecordingUnavailable('the recorder is closed');
    // The name becomes a folder's name: nothing but an id of ours may.
    if (!isSessionName(session)) throw new RecordingUnavailable('this session id cannot name a recording');
    const fault = faultNow();
    if (fault !== null) throw new RecordingUnavailable(fault);
    if (writer.waiting() > maxWaiting)
      throw new RecordingUnavailable('the disk is too slow for what is to be recorded');
  };
  const write = async (session: string, content: LineContent, when: 'now' | 'soon' = 'now'): Promise<void> => {
    try {
      await writer.append(session, oneLine(bounded(content)), when);
    } catch (cause) {
      disk.failed(cause);
      throw new RecordingUnavailable(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  };

  const recording = (session: string, id: string): ExchangeRecording => {
    let ended = false;
    let broken = false;
    return {
      message(message) {
        if (ended || broken || closed) throw new RecordingUnavailable('this recording has ended');
        if (writer.waiting() > maxWaiting) throw new RecordingUnavailable('the disk is too slow for these messages');
        const text = message.text === null ? null : redactMessage(message.text);
        write(session, { type: 'message', id, at: clock.now(), ...message, text }).catch(() => {
          broken = true;
        });
      },
      async close(closing) {
        if (ended) return;
        ended = true;
        await write(session, { type: 'close', id, at: clock.now(), ...closing }, 'soon').catch(() => undefined);
      },
    };
  };

  const looked = async (session: string): Promise<void> => {
    if (!closed && disk.fault() !== null) await disk.check();
    ready(session);
  };

  return {
    async open(opening) {
      await looked(opening.session);
      await write(opening.session, { type: 'open', ...opening });
      return recording(opening.session, opening.id);
    },
    async page(line) {
      await looked(line.session);
      await write(line.session, { type: 'page', ...line });
    },
    async dom(line) {
      if (line.events.length > EVENTS_LIMIT) throw new RecordingUnavailable('too much of a page at once');
      await looked(line.session);
      await write(line.session, { type: 'dom', ...line });
    },
    endSession: writer.endSession,
    health: () => !closed && faultNow() === null,
    fault: () => (closed ? 'the recorder is closed' : faultNow()),
    recover: finisher.recover,
    settled: finisher.settled,
    async close() {
      closed = true;
      disk.stop();
      await writer.close();
      await finisher.close(CLOSE);
      writer.leave();
    },
  };
}
