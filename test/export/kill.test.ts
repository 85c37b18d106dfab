// Gateways that die while they send, at any moment: nothing is lost, and only what was on its way then comes again, whole and in order.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../kit/arrivals.ts';
import { type House, type HttpReceiver, openHouse, seqsOf, startHttp, upTo } from './kit.ts';

let house: House;
let there: HttpReceiver;
const children: ChildProcess[] = [];

const gateway = async (me: string): Promise<ChildProcess> => {
  const program = join(import.meta.dirname, 'gatewayProcess.ts');
  const child = spawn(process.execPath, [program, house.redis.socketPath, there.url, me], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout ?? child, 'data');
  return child;
};
const kill = async (child: ChildProcess): Promise<void> => {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};

beforeEach(async () => {
  house = await openHouse();
  there = await startHttp(async () => {
    await wait(5);
    return { status: 200 };
  });
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) await kill(child);
  await house.close();
  await there.close();
});

test('killed in turn at odd moments while acts are written: everything arrives, repeats are batches that were on their way', async () => {
  const total = 300;
  let turn = 0;
  let kills = 0;
  let one = await gateway('gw_0');
  const writing = house.acts(total);
  while (kills < 6) {
    await wait(60 + kills * 23);
    await kill(one);
    kills += 1;
    turn += 1;
    one = await gateway(`gw_${turn}`);
  }
  await writing;
  const all = (): number[] => there.posts.flatMap(({ body }) => seqsOf(body));
  await until(() => new Set(all()).size === total, 20_000);
  expect([...new Set(all())]).toEqual(upTo(total));
  // Without a crash nothing comes twice: at most one batch of seven for each of them.
  expect(all().length - total).toBeLessThanOrEqual(kills * 7);
  for (const { body } of there.posts) {
    const [first = 0] = seqsOf(body);
    expect(seqsOf(body)).toEqual(seqsOf(body).map((_, index) => first + index));
  }
}, 60_000);
