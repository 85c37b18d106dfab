// The stream under /.sallyport/events as a page may misuse it: opened and never read.
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { type Change, createEvents } from '../../src/proxy/reserved/events.ts';
import { aSession } from '../kit/gate.ts';

test('a page that opens the stream and never reads is cut off; nothing gathers for it', () => {
  const listeners = new Set<(change: Change) => void>();
  const events = createEvents({
    onChange(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    track: () => () => undefined,
  });
  let waiting = 0;
  let destroyed = false;
  const res = Object.assign(new EventEmitter(), {
    writeHead: () => undefined,
    write(text: string) {
      waiting += text.length;
      res.writableLength = waiting;
    },
    writableLength: 0,
    end: () => undefined,
    destroy() {
      destroyed = true;
    },
  });
  const known = { session: aSession(), console: { id: 'acme' } };
  const open = () =>
    events.open(new EventEmitter() as IncomingMessage, res as unknown as ServerResponse, known, async () => true);
  open();
  const refused = { kind: 'refused', session: 'ses_ada', console: 'acme', problem: { title: 'x'.repeat(10_000) } };
  for (let times = 0; times < 10; times += 1) for (const hear of listeners) hear(refused);
  expect(destroyed, 'a burst is none').toBe(false);
  for (let times = 0; times < 100; times += 1) for (const hear of listeners) hear(refused);
  expect(destroyed).toBe(true);
  expect(listeners.size).toBe(0);
  expect(waiting).toBeLessThan(300_000);
  // Its place is free again.
  for (let times = 0; times < 8; times += 1) open();
  expect(open).toThrow();
});
