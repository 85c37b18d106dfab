// Tells on stderr how far a long command is: nothing within the first second; then one line that changes on a terminal, or
// one line every five seconds elsewhere. stdout stays what the command is for.
import { monotonic } from '../kernel/clock.ts';

export type Progress = { at(done: number): void; end(): void };

const PATIENCE = 1000;

/** @param words how a number of things done reads, such as `1200 requests read` */
export function createProgress(words: (done: number) => string, now: () => number = monotonic): Progress {
  const terminal = process.stderr.isTTY === true;
  let next = now() + PATIENCE;
  let told = false;
  return {
    at(done) {
      if (now() < next) return;
      next = now() + (terminal ? 200 : 5 * PATIENCE);
      process.stderr.write(terminal ? `\r${words(done)}` : `${words(done)}\n`);
      told = true;
    },
    end() {
      if (told && terminal) process.stderr.write('\n');
    },
  };
}
