// What reached the console: its own log is the proof, whatever the gateway says.
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { ReceivedRequest } from '../../demo/console/requestLog.ts';
import type { Stack } from './stack.ts';

type Log = Pick<Stack, 'received'>;

/**
 * What the gateway asked the console by itself, to tell people names and numbers: a GET of what the pack says, on a connection
 * of its own, for plain JSON. A client's read never looks like that: it goes out on a kept connection.
 */
export function isQuestion({ method, target, headers }: ReceivedRequest): boolean {
  const value = (name: string) => headers.find(([known]) => known.toLowerCase() === name)?.[1];
  const own = value('accept') === 'application/json' && value('accept-encoding') === 'identity';
  const asks = /^\/api\/devices(\/d-\d+|\?size=1)$/.test(target);
  return method === 'GET' && asks && own && value('connection') === 'close';
}
const ofClients = (received: readonly ReceivedRequest[]) => received.filter((request) => !isQuestion(request));

/** Runs `act` and proves that nothing of it reached the console. */
export async function nothingArrives<T>(stack: Log, act: () => Promise<T>): Promise<T> {
  const before = stack.received.length;
  const result = await act();
  // A request that was sent on nevertheless needs a moment on its way.
  await wait(30);
  expect(ofClients(stack.received.slice(before)).map(({ method, target }) => `${method} ${target}`)).toEqual([]);
  return result;
}

/** Runs `act` and gives what reached the console meanwhile. */
export async function arrivals<T>(stack: Log, act: () => Promise<T>): Promise<[T, readonly ReceivedRequest[]]> {
  const before = stack.received.length;
  const result = await act();
  await wait(30);
  return [result, ofClients(stack.received.slice(before))];
}

/** Waits until `truth` holds. @throws when it does not within `ms` */
export async function until(truth: () => boolean | Promise<boolean>, ms = 5000): Promise<void> {
  for (const end = performance.now() + ms; !(await truth()); await wait(10))
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${truth}`);
}
