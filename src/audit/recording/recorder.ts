// Records what sessions do. The promise: `open` resolves only after the opening line was written (write(2) done), so no byte
// of a request goes upstream unrecorded; when that cannot be, it throws RecordingUnavailable and the request is refused.
// A killed process loses nothing that was written; a power cut may lose the last seconds of recordings, never of the journal.
// Must never write a secret: headers and targets are filtered here, whoever opened the recording; bodies come in redacted by
// redactBody, which needs to know what the pack says.
import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import { createDiskHealth } from './diskHealth.ts';
import { createFileWriter } from './fileWriter.ts';
import {
  bounded,
  type ExchangeClosing,
  type ExchangeOpening,
  type LineContent,
  type Message,
  oneLine,
} from './lines.ts';
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
  /** true: the next exchange can be recorded, as far as one can know */
  health(): boolean;
  /** What is wrong, in words; null: nothing. */
  fault(): string | null;
  /** Writes out what waits and closes all files. Later opens throw. */
  close(): Promise<void>;
};

/** Hears which file has which size now, after each write; must be quick and must not throw. The session index is one. */
export type GrowthListener = {
  grew(file: string, size: number): void;
};

export type RecorderDeps = {
  /** folder of the recordings; made when it is not there */
  dir: string;
  clock: Clock;
  index?: GrowthListener;
  /** bytes that must stay free on the disk; default 64 MiB */
  minFree?: number;
  /** files open at a time; default 256 */
  maxOpen?: number;
  /** bytes that may wait to be written; default 16 MiB */
  maxWaiting?: number;
  /** ms between two looks at the disk; default 2 s */
  lookEvery?: number;
  onError?: (error: unknown) => void;
};

const SESSION_ID = /^[A-Za-z0-9_-]{1,100}$/;

export function createRecorder(deps: RecorderDeps): Recorder {
  const { dir, clock, index, minFree = 64 * 1_048_576, maxOpen = 256, maxWaiting = 16 * 1_048_576 } = deps;
  const { lookEvery = 2000, onError = () => undefined } = deps;
  const disk = createDiskHealth({ dir, minFree, every: lookEvery, onError });
  const writer = createFileWriter({
    dir,
    run: newId('gw'),
    maxOpen,
    onGrown: (file, size) => index?.grew(file, size),
  });
  let closed = false;

  /** @throws RecordingUnavailable */
  const ready = (session: string): void => {
    if (closed) throw new RecordingUnavailable('the recorder is closed');
    // The name becomes a folder's name: nothing but an id of ours may.
    if (!SESSION_ID.test(session)) throw new RecordingUnavailable('this session id cannot name a recording');
    const fault = disk.fault();
    if (fault !== null) throw new RecordingUnavailable(fault);
    if (writer.waiting() > maxWaiting)
      throw new RecordingUnavailable('the disk is too slow for what is to be recorded');
  };
  const write = async (session: string, content: LineContent): Promise<void> => {
    try {
      await writer.append(session, oneLine(bounded(content)));
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
        await write(session, { type: 'close', id, at: clock.now(), ...closing }).catch(() => undefined);
      },
    };
  };

  return {
    async open(opening) {
      if (!closed && disk.fault() !== null) await disk.check();
      ready(opening.session);
      await write(opening.session, { type: 'open', ...opening });
      return recording(opening.session, opening.id);
    },
    health: () => !closed && disk.fault() === null,
    fault: () => (closed ? 'the recorder is closed' : disk.fault()),
    async close() {
      closed = true;
      disk.stop();
      await writer.close();
    },
  };
}
