// kill -9 of the gateway at any moment of an act. Afterwards the journal verifies, everything that reached the console has
// its intent, nothing happened twice, and everybody goes on in the session they had.
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import type { GrantView } from '../../src/portal/contract/grants.ts';
import { until } from '../kit/arrivals.ts';
import { admin, approver, device, granted, type Person } from '../kit/people.ts';
import { type House, redisServersOn, sallyport, startHouse, uncaught } from './house.ts';
import { journalOf, verified } from './journal.ts';

const KILLS = 30;

let house: House;
let ada: Person;
let grace: Person;
beforeAll(async () => {
  house = await startHouse();
  ada = await admin(house, 'ada');
  grace = await approver(house);
  await ada.stepUp();
});
afterAll(() => house.close());

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test(`${KILLS} kills, spread over wipes and locks under way`, { timeout: 240_000 }, async () => {
  let down = false;
  let stop = false;
  let number = 0;
  const told = { answered: 0, cut: 0, refused: new Map<string, number>() };
  const unexpected: string[] = [];
  const grants: GrantView[] = [];

  const note = (status: number, text: string) => {
    told.answered += 1;
    if (status < 400 || status === 409) return;
    const { reason = `${status}` } = JSON.parse(text) as Partial<RefusalProblem>;
    told.refused.set(reason, (told.refused.get(reason) ?? 0) + 1);
  };
  /** Runs on and on; a gateway that was killed is waited for. */
  const worker = async (act: (nth: number) => Promise<void>): Promise<void> => {
    while (!stop) {
      number += 1;
      try {
        await act(number);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? '';
        if (/ECONNRESET|ECONNREFUSED|EPIPE/.test(code) || /socket hang up|aborted/.test(String(error))) told.cut += 1;
        else unexpected.push(String(error));
        await wait(5);
      }
      if (down) await until(() => !down || stop, 20_000);
    }
  };
  const lock = async (nth: number) => {
    const answer = await ada.call('POST', `/api/devices/d-0${100 + (nth % 300)}/lock`, { message: `lock ${nth}` });
    note(answer.status, answer.text());
  };
  const wipeOn = (id: string) => async (nth: number) => {
    const body = { pin: '123456', reason: `wipe ${nth}` };
    const send = (hold?: string) =>
      ada.call('POST', `/api/devices/${id}/wipe`, body, hold === undefined ? {} : { 'x-sallyport-hold': hold });
    const first = await send();
    const { hold, reason } = first.json<RefusalProblem>();
    if (reason === 'grant.required') {
      // all uses are gone: until the next grant
      await wait(20);
      return;
    }
    if (typeof hold !== 'string') return note(first.status, first.text());
    const signed = await ada.signHold(hold);
    if (signed.status !== 200) return note(signed.status, signed.text());
    const done = await send(hold);
    note(done.status, done.text());
  };
  const devices = ['d-0011', 'd-0012', 'd-0013', 'd-0014'];
  const grantMore = async () => {
    grants.push(await granted(ada, grace, { targets: devices.map(device), uses: 100, minutes: 60 }));
  };
  await grantMore();
  const workers = [lock, lock, ...devices.map(wipeOn)].map(worker);

  const back: number[] = [];
  let mostServers = 0;
  const arrivedSoFar = (word: string) => house.received.filter(({ target }) => target.endsWith(`/${word}`)).length;
  for (let kill = 0; kill < KILLS; kill += 1) {
    // At least two of each arrive between two kills, however slow the machine is; then the blow falls at a random moment.
    const [wipesBefore, locksBefore] = [arrivedSoFar('wipe'), arrivedSoFar('lock')];
    for (const until = performance.now() + 5000; performance.now() < until; await wait(10))
      if (arrivedSoFar('wipe') > wipesBefore + 1 && arrivedSoFar('lock') > locksBefore + 1) break;
    await wait(Math.floor(Math.random() * 120));
    down = true;
    const before = house.gateway;
    const redis = kill % 5 === 4 ? redisServersOn(house.dataDir) : [];
    await before.end('SIGKILL');
    // Every fifth time the machine loses both at once.
    for (const pid of redis) process.kill(pid, 'SIGKILL');
    const began = performance.now();
    const starting = house.start();
    const watch = setInterval(() => {
      mostServers = Math.max(mostServers, redisServersOn(house.dataDir).length);
    }, 50);
    await starting;
    clearInterval(watch);
    back.push(performance.now() - began);
    expect(redisServersOn(house.dataDir)).toHaveLength(1);
    expect((await ada.me()).person.name, 'the session survived').toBe('Ada Admin');
    down = false;
    if (kill % 5 === 0) await grantMore();
    if (kill % 10 === 9) expect(await verified(house.dataDir)).toMatchObject({ code: 0, ok: true, faults: [] });
  }
  stop = true;
  await Promise.all(workers);
  expect(unexpected).toEqual([]);
  expect(mostServers, 'redis-servers on one folder at a time').toBe(1);

  const entries = await journalOf(house.redisSocket);
  const intents = entries.filter(({ kind }) => kind === 'act.intent');
  const outcomes = new Set(entries.filter(({ kind }) => kind === 'act.outcome').map(({ exchange }) => exchange));
  const arrived = house.received.filter(({ target }) => /\/(wipe|lock)$/.test(target));

  // Each act has a body of its own, so its digest joins what arrived with what was written.
  const byDigest = Map.groupBy(intents, ({ facts }) => String(facts.bodyDigest));
  const half = arrived.filter(({ complete }) => !complete);
  const without = arrived.filter(
    ({ target, body, complete }) => complete && byDigest.get(body.sha256)?.[0]?.facts.target !== target,
  );
  expect(
    without.map(({ target }) => target),
    'arrived without an intent',
  ).toEqual([]);
  // A killed gateway may leave the head of a request without its body: that is no act, but its intent must be there too.
  for (const { target } of half) expect(intents.some(({ facts }) => facts.target === target)).toBe(true);
  const twice = [...Map.groupBy(arrived, ({ body }) => body.sha256)].filter(
    ([digest, all]) => all.length > 1 && digest !== sha256(''),
  );
  expect(
    twice.map(([, all]) => all[0]?.target),
    'arrived twice',
  ).toEqual([]);
  expect([...byDigest].filter(([, all]) => all.length > 1).length, 'two intents for one act').toBe(0);

  // No use of a grant came back that was used, and none was lost but by an intent.
  const views = (await ada.read('/api/grants?view=mine')).json<{ grants: GrantView[] }>().grants;
  for (const { id } of grants) {
    const grant = views.find((view) => view.id === id);
    const used = intents.filter(({ facts }) => facts.grant === id).length;
    const given = entries.filter(
      ({ kind, facts, fact, exchange }) =>
        kind === 'act.outcome' &&
        fact.includes('refunded') &&
        facts.sent === false &&
        intents.some((intent) => intent.exchange === exchange && intent.facts.grant === id),
    ).length;
    expect(grant?.usesLeft, `uses left of ${id}`).toBe(100 - used + given);
  }

  const report = await verified(house.dataDir);
  expect(report).toMatchObject({ code: 0, ok: true, faults: [] });
  const open = intents.filter(({ exchange }) => !outcomes.has(exchange)).map(({ exchange }) => exchange);
  expect(report.unsettled.map(({ exchange }) => exchange).sort()).toEqual(open.sort());
  // Every answer of the console that a client got has its outcome: only acts that a kill cut are unknown.
  expect(open.length).toBeLessThanOrEqual(KILLS * workers.length);
  const [wipes, locks] = ['wipe', 'lock'].map((word) => arrived.filter(({ target }) => target.endsWith(word)).length);
  expect(wipes).toBeGreaterThan(KILLS);
  expect(locks).toBeGreaterThan(KILLS);
  expect(uncaught(house.gateway)).toEqual([]);
  back.sort((a, b) => a - b);
  console.log(
    `${KILLS} kills: ${wipes} wipes and ${locks} locks arrived, ${intents.length} intents, ${open.length} of unknown outcome, ` +
      `${told.cut} requests cut, refused ${JSON.stringify([...told.refused])}; back after ${Math.round(back[15] ?? 0)} ms, ` +
      `at most ${Math.round(back.at(-1) ?? 0)} ms; journal of ${report.entries} entries`,
  );
});

test('the journal verifies the same when the gateway has stopped, and its server went with it', async () => {
  const alive = await verified(house.dataDir);
  expect(await house.gateway.end('SIGTERM')).toBe(0);
  await until(() => redisServersOn(house.dataDir).length === 0);
  const { code, stdout } = await sallyport(['audit', 'verify', '--data', house.dataDir, '--json']);
  const stopped = JSON.parse(stdout);
  expect([code, stopped]).toEqual([0, expect.objectContaining({ ok: true, faults: [] })]);
  expect(stopped.entries).toBeGreaterThanOrEqual(alive.entries);
  expect(stopped.unsettled).toEqual(alive.unsettled);
  expect(redisServersOn(house.dataDir)).toEqual([]);
});
