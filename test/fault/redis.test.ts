// Redis killed, hanging, away, emptied: nothing goes on that it did not confirm, and everything comes back by itself.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TRUSTED_FOR } from '../../src/redis/pulse.ts';
import { until } from '../kit/arrivals.ts';
import { admin, approver, device, granted, type Person } from '../kit/people.ts';
import { freePort } from '../kit/stack.ts';
import { openSocket, openStream } from '../kit/streams.ts';
import { createUserAgent } from '../kit/userAgent.ts';
import { accepts, type House, startHouse, uncaught } from './house.ts';
import { journalOf, redisAt, verified } from './journal.ts';

/** ms on top of a limit that a busy machine may need */
const SLACK = 400;
const COMMAND_TIMEOUT = 250;

type Heard = {
  readonly what: string;
  readonly sent: number;
  readonly at: number;
  readonly status: number;
  reason: string;
};

/** Every act has a body of its own. */
let nth = 0;

/** Reads and locks, one after the other in each of six lanes, until told to stop. */
function load(house: House, ada: Person) {
  const heard: Heard[] = [];
  let stop = false;
  const ask = async (what: 'read' | 'act', path: string) => {
    const sent = performance.now();
    nth += 1;
    const answer =
      what === 'read' ? await ada.call('GET', path) : await ada.call('POST', path, { message: `under load ${nth}` });
    const reason = String(answer.headers['x-sallyport-refused'] ?? '');
    heard.push({ what, sent, at: performance.now(), status: answer.status, reason });
  };
  const lane = async (what: 'read' | 'act') => {
    while (!stop) {
      await ask(what, what === 'read' ? '/api/devices/d-0142' : `/api/devices/d-0${150 + (nth % 100)}/lock`);
      await wait(8);
    }
  };
  const lanes = ['read', 'read', 'read', 'act', 'act', 'act'].map((what) => lane(what as 'read' | 'act'));
  const acts = () => house.received.filter(({ target }) => target.endsWith('/lock'));
  return {
    heard,
    acts,
    async end() {
      stop = true;
      await Promise.all(lanes);
    },
  };
}

const sentSince = (heard: readonly Heard[], at: number) => heard.filter(({ sent }) => sent >= at);
const refused = ({ status }: Heard) => status === 503;
const well = ({ status }: Heard) => status < 400 || status === 409;
const UNAVAILABLE = ['state.unavailable', 'journal.unavailable'];

describe('the embedded redis-server', () => {
  let house: House;
  let ada: Person;
  beforeAll(async () => {
    house = await startHouse();
    ada = await admin(house, 'ada');
    expect((await ada.stepUp()).status).toBe(200);
  });
  afterAll(() => house.close());

  test('killed under load: refused at once, nothing unjudged goes on, back within two seconds by itself', async () => {
    const told: string[] = [];
    for (let cycle = 0; cycle < 3; cycle += 1) {
      const running = load(house, ada);
      await until(() => running.heard.filter(well).length > 30);
      const pid = await house.redisPid();
      const before = running.acts().length;
      process.kill(pid, 'SIGKILL');
      const killed = performance.now();
      await until(() => running.heard.some((one) => one.at > killed && refused(one)));
      await until(
        () => sentSince(running.heard, killed).filter((one) => one.what === 'act' && well(one)).length > 3,
        10_000,
      );
      await until(() => sentSince(running.heard, killed).filter((one) => one.what === 'read' && well(one)).length > 3);
      await running.end();

      const first = running.heard.filter((one) => one.at > killed && refused(one))[0];
      const back = Math.min(
        ...sentSince(running.heard, killed)
          .filter((one) => one.what === 'act' && well(one))
          .map(({ at }) => at),
      );
      const bad = running.heard.filter((one) => one.at > killed && !well(one));
      expect([...new Set(bad.map(({ status }) => status))]).toEqual([503]);
      expect(bad.map(({ reason }) => reason).filter((reason) => !UNAVAILABLE.includes(reason))).toEqual([]);
      // Reads may rest on what was confirmed within the last 250 ms, and on nothing older.
      const gone = sentSince(running.heard, killed + TRUSTED_FOR + SLACK).filter((one) => one.at < back);
      expect(gone.filter((one) => one.what === 'read' && well(one) && one.at < back - 300)).toEqual([]);
      expect(back - killed).toBeLessThan(2000 + SLACK);
      expect((first?.at ?? Number.POSITIVE_INFINITY) - killed).toBeLessThan(50 + SLACK);
      told.push(
        `first refusal ${Math.round((first?.at ?? 0) - killed)} ms, back ${Math.round(back - killed)} ms, ${bad.length} refused`,
      );
      expect(running.acts().length).toBeGreaterThan(before);
    }
    const intents = (await journalOf(house.redisSocket)).filter(({ kind }) => kind === 'act.intent');
    const digests = new Set(intents.map(({ facts }) => facts.bodyDigest));
    const acts = house.received.filter(({ target }) => target.endsWith('/lock'));
    expect(acts.filter(({ body }) => !digests.has(body.sha256))).toEqual([]);
    expect(new Set(acts.map(({ body }) => body.sha256)).size, 'each once').toBe(acts.length);
    expect(await verified(house.dataDir)).toMatchObject({ code: 0, ok: true, faults: [] });
    console.log(`redis killed: ${told.join('; ')}; ${acts.length} acts arrived, ${intents.length} intents`);
  });

  test('emptied: everybody is signed out, open connections end, grants are void, nothing crashes', async () => {
    const grace = await approver(house);
    await granted(ada, grace, { targets: [device('d-0142')], uses: 5 });
    const socket = await openSocket(ada.agent, `${house.addresses.console}/ws/events`);
    const stream = await openStream(ada.agent, `${house.addresses.console}/api/stream`);
    expect(stream.status).toBe(200);
    const client = await redisAt(house.redisSocket);
    await client.command('FLUSHALL');
    const flushed = performance.now();
    await until(() => socket.endedAt() !== undefined && stream.endedAt() !== undefined);
    const ended = Math.max(socket.endedAt() ?? 0, stream.endedAt() ?? 0) - flushed;
    expect(ended).toBeLessThan(250 + SLACK);
    const before = house.received.length;
    expect((await ada.call('GET', '/api/devices/d-0142')).status).toBe(401);
    expect((await ada.call('POST', '/api/devices/d-0142/wipe', { pin: '123456' })).status).toBe(401);
    expect((await ada.read('/api/grants?view=mine')).status).toBe(401);
    expect((await grace.read('/api/me')).status).toBe(401);
    expect(house.received.length).toBe(before);
    await client.close();
    const again = await admin(house, 'ada');
    const mine = (await again.read('/api/grants?view=mine')).json<{ grants: { state: string }[] }>().grants;
    expect(mine.filter(({ state }) => state === 'active')).toEqual([]);
    expect((await again.call('POST', '/api/devices/d-0142/wipe', { pin: '123456' })).json()).toMatchObject({
      reason: 'grant.required',
    });
    // What was lost is not hidden: the ledger tells of a journal that was longer.
    const report = await verified(house.dataDir);
    expect([report.code, report.ok]).toEqual([1, false]);
    expect(house.gateway.alive()).toBe(true);
    expect(uncaught(house.gateway)).toEqual([]);
    console.log(`redis emptied: connections ended ${Math.round(ended)} ms later`);
  });
});

test('an embedded redis-server stopped without dying: refused within the command’s time, and back when it goes on', async () => {
  const house = await startHouse({ settings: `redis: { commandTimeout: ${COMMAND_TIMEOUT}ms }\n` });
  const ada = await admin(house, 'ada');
  expect((await ada.stepUp()).status).toBe(200);
  const running = load(house, ada);
  await until(() => running.heard.filter(well).length > 30);
  const pid = await house.redisPid();
  process.kill(pid, 'SIGSTOP');
  const stopped = performance.now();
  try {
    await wait(2500);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  const resumed = performance.now();
  const arrivedMeanwhile = house.received.length;
  await until(
    () => sentSince(running.heard, resumed).filter((one) => one.what === 'act' && well(one)).length > 3,
    10_000,
  );
  await running.end();
  const meanwhile = running.heard.filter((one) => one.sent > stopped + TRUSTED_FOR && one.at < resumed);
  expect(meanwhile.length).toBeGreaterThan(20);
  expect(meanwhile.filter((one) => !refused(one))).toEqual([]);
  expect(meanwhile.filter(({ reason }) => !UNAVAILABLE.includes(reason))).toEqual([]);
  const slowest = Math.max(...meanwhile.map(({ sent, at }) => at - sent));
  // one command for the session, one for what is written down
  expect(slowest).toBeLessThan(2 * COMMAND_TIMEOUT + SLACK);
  const back = Math.min(
    ...sentSince(running.heard, resumed)
      .filter(well)
      .map(({ at }) => at),
  );
  expect(back - resumed).toBeLessThan(2000);
  expect(arrivedMeanwhile).toBeGreaterThan(0);
  const intents = (await journalOf(house.redisSocket)).filter(({ kind }) => kind === 'act.intent');
  const digests = new Set(intents.map(({ facts }) => facts.bodyDigest));
  const acts = house.received.filter(({ target }) => target.endsWith('/lock'));
  expect(acts.filter(({ body }) => !digests.has(body.sha256))).toEqual([]);
  // The loop gets to what Redis did late: it ran some of what was refused. Nothing of that may have gone on.
  expect(new Set(acts.map(({ body }) => body.sha256)).size).toBe(acts.length);
  expect(await verified(house.dataDir)).toMatchObject({ code: 0, ok: true, faults: [] });
  console.log(
    `redis stopped: slowest refusal ${Math.round(slowest)} ms of ${meanwhile.length}; back ${Math.round(back - resumed)} ms after it went on`,
  );
  await house.close();
});

describe('a Redis of its own (redis.url)', () => {
  test('away at the start: the gateway starts and refuses, and serves when Redis comes', async () => {
    const redisPort = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'sp-redis-'));
    let redis: ChildProcess | undefined;
    const house = await startHouse({
      settings: `redis: { url: "redis://127.0.0.1:${redisPort}", commandTimeout: 1s }\n`,
    });
    try {
      const visitor = createUserAgent();
      const page = await visitor.visit(`${house.addresses.portal}/login?to=/`);
      expect([page.status, page.headers['x-sallyport-refused']]).toEqual([503, 'state.unavailable']);
      expect(page.headers['content-type']).toContain('text/html');
      expect(page.text()).toContain('Sallyport cannot check your access at the moment');
      const api = await visitor.send(`${house.addresses.console}/api/devices`, {
        headers: { cookie: `__Host-sallyport=${'A'.repeat(43)}` },
      });
      expect([api.status, api.json().reason]).toEqual([503, 'state.unavailable']);
      expect(house.received).toEqual([]);

      // biome-ignore format: one setting a line reads worse
      redis = spawn('redis-server', ['--port', String(redisPort), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'], { stdio: 'ignore' });
      await until(() => accepts(redisPort));
      const there = performance.now();
      const login = () => createUserAgent().visit(`${house.addresses.portal}/login?to=/`);
      await until(async () => (await login()).status === 200, 5000);
      const back = performance.now() - there;
      expect(back).toBeLessThan(2000 + SLACK);
      const ada = await admin(house, 'ada');
      expect((await ada.call('GET', '/api/devices/d-0142')).status).toBe(200);

      redis.kill('SIGKILL');
      await until(async () => (await ada.call('GET', '/api/devices/d-0142')).status === 503);
      expect((await ada.call('POST', '/api/devices/d-0142/lock', {})).status).toBe(503);
      expect(house.gateway.alive()).toBe(true);
      expect(uncaught(house.gateway)).toEqual([]);
      console.log(`outside redis: served ${Math.round(back)} ms after it came`);
    } finally {
      await house.close();
      redis?.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
