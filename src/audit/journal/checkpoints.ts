// Writes down outside Redis, with fsync, what the journal's head was: at most once a second, only when it moved. A journal
// that is cut or rewritten later differs from it (trap 26). Lines are only ever added: a head that went back is written
// too, so that the evidence of a roll-back stays.
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import type { Checkpoint } from '../verify/checkpoint.ts';
import type { Journal } from './journal.redis.ts';

export const CHECKPOINT_EVERY = 1000;

export type CheckpointDeps = {
  /** the file, `<data>/checkpoints.jsonl` */
  file: string;
  journal: Pick<Journal, 'head'>;
  clock: Clock;
  /** ms between two looks at the head */
  every?: number;
  /** hears of a head that could not be read or written down, and of a journal that went back */
  onError: (error: unknown) => void;
};

export type Checkpoints = {
  start(): void;
  /** Writes the head now, when it moved. Never throws: failures go to onError. */
  take(): Promise<void>;
  /** Stops the timer and takes a last one. */
  stop(): Promise<void>;
};

export function createCheckpoints({
  file,
  journal,
  clock,
  every = CHECKPOINT_EVERY,
  onError,
}: CheckpointDeps): Checkpoints {
  let last: { seq: number; hash: string } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let turn: Promise<void> = Promise.resolve();

  const take = async (): Promise<void> => {
    last ??= await lastOf(file);
    const { seq, hash } = await journal.head();
    if (seq === last.seq && hash === last.hash) return;
    if (seq < last.seq) onError(new Error(`journal: its head went back from entry ${last.seq} to ${seq}`));
    if (seq > 0) await appendDurably(file, { seq, hash, at: clock.now() });
    last = { seq, hash };
  };
  /** One after the other, never two at once. */
  const queued = (): Promise<void> => {
    turn = turn.then(take).catch(onError);
    return turn;
  };
  const loop = async (): Promise<void> => {
    await queued();
    if (!stopped) timer = setTimeout(loop, every).unref();
  };
  return {
    start: () => void loop(),
    take: queued,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await queued();
    },
  };
}

async function lastOf(file: string): Promise<{ seq: number; hash: string }> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const line =
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .trimEnd()
      .split('\n')
      .at(-1) ?? '';
  if (line === '') return { seq: 0, hash: '' };
  try {
    const { seq, hash } = JSON.parse(line) as Checkpoint;
    return { seq, hash };
  } catch {
    return { seq: 0, hash: '' };
  }
}

async function appendDurably(file: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a+', 0o600);
  try {
    // A line that a crash tore must not swallow this one: end it first.
    const { size } = await handle.stat();
    const end = Buffer.alloc(1);
    if (size > 0) await handle.read(end, 0, 1, size - 1);
    const torn = size > 0 && end[0] !== 0x0a;
    await handle.appendFile(`${torn ? '\n' : ''}${JSON.stringify(checkpoint)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
