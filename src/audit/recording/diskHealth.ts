// Whether recordings can be written at the moment. Unhealthy until a real write succeeds again: a probe file is written,
// because no exchange is let through to try.
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type DiskHealth = {
  /** null: fine; else what is wrong, in words */
  fault(): string | null;
  /** Tells of a write that failed. */
  failed(error: unknown): void;
  /** Looks now. Never throws. */
  check(): Promise<void>;
  stop(): void;
};

export type DiskHealthDeps = {
  dir: string;
  /** bytes that must stay free */
  minFree: number;
  /** ms between two looks */
  every: number;
  onError: (error: unknown) => void;
};

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function createDiskHealth({ dir, minFree, every, onError }: DiskHealthDeps): DiskHealth {
  let fault: string | null = 'the disk was not looked at yet';
  let writeFailed = true;
  let looking: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    const before = fault;
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await statfs(dir);
      const free = bavail * bsize;
      if (free < minFree) {
        fault = `only ${Math.floor(free / 1_048_576)} MiB are free for recordings, ${Math.ceil(minFree / 1_048_576)} are needed`;
      } else {
        if (writeFailed) {
          const probe = join(dir, `.probe-${process.pid}`);
          await writeFile(probe, 'probe\n', { mode: 0o600 });
          await rm(probe, { force: true });
          writeFailed = false;
        }
        fault = null;
      }
    } catch (error) {
      writeFailed = true;
      fault = wordsOf(error);
    }
    if (fault !== null && fault !== before) onError(new Error(`recordings: ${fault}`));
  };
  const check = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  void check();
  const timer = setInterval(check, every).unref();

  return {
    fault: () => fault,
    failed(error) {
      writeFailed = true;
      fault = wordsOf(error);
      onError(error);
    },
    check,
    stop: () => clearInterval(timer),
  };
}
