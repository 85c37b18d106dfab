// Our request path in a process of its own, so that its event loop can be blocked and its memory measured.
// Argument: the upstream's origin. Answers to messages: a number blocks for so many ms, 'memory' tells what is held.
import { startGate } from '../kit/gate.ts';

const gate = await startGate({
  upstream: process.argv[2] ?? '',
  limits: { body: 60_000, answer: 60_000, stall: 60_000 },
});
process.on('message', (message: number | string) => {
  if (typeof message === 'number') for (const until = performance.now() + message; performance.now() < until; );
  else {
    globalThis.gc?.();
    process.send?.({ rss: process.memoryUsage().rss, live: gate.live.size(), recordings: gate.recordings.length });
  }
});
process.send?.(gate.port);
