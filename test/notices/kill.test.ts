// Gateways that die: in the middle of a message, and at any moment. Nothing is lost, and a repeat is known by its id.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../kit/arrivals.ts';
import { type House, openHouse } from './house.ts';
import { type Receiver, startReceiver } from './kit.ts';

let house: House;
let there: Receiver;
const children: ChildProcess[] = [];
let hang = false;

const gateway = async (me: string): Promise<ChildProcess> => {
  const program = join(import.meta.dirname, 'postmanProcess.ts');
  const child = spawn(process.execPath, [program, house.redis.socketPath, there.url, me], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout ?? child, 'data');
  return child;
};
const kill = async (child: ChildProcess) => {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};
type Body = { data: { notices: { subject: { id: string } }[] } };
const subjects = () =>
  there.received.flatMap(({ body }) => (JSON.parse(body) as Body).data.notices.map(({ subject }) => subject.id));

beforeEach(async () => {
  hang = false;
  house = await openHouse();
  there = await startReceiver((res) => (hang ? undefined : void res.writeHead(204).end()));
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) await kill(child);
  await house.close();
  await there.close();
});

test('a gateway killed while the receiver thinks: the next one sends the same parcel, under the same id', async () => {
  const first = await gateway('gw_1');
  await house.settled();
  hang = true;
  await house.ask('gra_1');
  await until(() => there.received.length === 1);
  await kill(first);
  hang = false;
  await gateway('gw_2');
  await until(() => there.received.length === 2, 10_000);
  const [before, after] = there.received;
  expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
  expect(after?.body).toBe(before?.body);
});

test('two gateways, killed in turn at odd moments while people ask: every ask is told, repeats have their id', async () => {
  let turn = 0;
  let [one, two] = await Promise.all([gateway('gw_a'), gateway('gw_b')]);
  await house.settled();
  const wanted: string[] = [];
  const asking = (async () => {
    for (let index = 0; index < 120; index += 1) {
      wanted.push(`gra_${index}`);
      await house.ask(`gra_${index}`);
      await wait(15);
    }
  })();
  for (let round = 0; round < 4; round += 1) {
    await wait(150 + round * 37);
    await kill(one);
    [one, two] = [two, await gateway(`gw_${++turn}`)];
  }
  await asking;
  await until(() => new Set(subjects()).size === wanted.length, 15_000);
  expect(new Set(subjects())).toEqual(new Set(wanted));
  // Whatever came twice came as the same parcel.
  const parcels = new Map<string, Set<string>>();
  for (const { headers, body } of there.received) {
    const id = String(headers['webhook-id']);
    for (const { subject } of (JSON.parse(body) as Body).data.notices)
      parcels.set(subject.id, (parcels.get(subject.id) ?? new Set()).add(id));
  }
  expect([...parcels.values()].filter((ids) => ids.size > 1)).toEqual([]);
  expect(two.exitCode).toBeNull();
}, 60_000);
