// The live stream hints to read again, to nobody about what they may not see, and ends with its session.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { forTwo, newHoldOf, WORDS } from './holdKit.ts';
import { ASK, approve, granted, requestOf, sleep } from './kit.ts';
import { openPortal, type Person, type Portal } from './portal.ts';

let portal: Portal;
const people: { [name: string]: Person } = {};
const person = (name: string): Person => {
  const found = people[name];
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const opened: { close(): void }[] = [];
beforeAll(async () => {
  portal = await openPortal({ heartbeat: 200 });
  for (const name of ['ada', 'grace', 'linus', 'olga', 'mallory']) people[name] = await portal.person(name);
  await sleep(200);
});
afterEach(() => {
  for (const stream of opened.splice(0)) stream.close();
});
afterAll(() => portal.stop());

const listen = async (who: Person) => {
  const stream = await who.listen();
  opened.push(stream);
  return stream;
};
const calm = () => sleep(300);

test('a new request is seen live by who asked, approvers and reviewers; nobody else hears of it', async () => {
  const names = ['ada', 'grace', 'linus', 'olga', 'mallory'];
  const streams = await Promise.all(names.map((name) => listen(person(name))));
  const bystander = await listen(await portal.person('mallory'));
  await calm();
  for (const { events } of [...streams, bystander]) events.length = 0;
  const grant = granted(await portal.world.grants.ask(person('ada').session, ASK));
  await expect.poll(() => streams[1]?.events, { interval: 5, timeout: 3000 }).toEqual(['grants']);
  await approve(portal.world.grants, grant, person('grace').session);
  await portal.world.grants.end(grant.id, person('ada').session);
  await calm();
  const heard = streams.map(({ events }) => new Set(events));
  for (const index of [0, 1, 2, 3]) expect([...(heard[index] ?? [])], names[index]).toEqual(['grants']);
  expect(streams[4]?.events).toEqual([]);
  expect(bystander.events).toEqual([]);
  // A hint is empty: not a word of what it is about.
  expect(
    streams[1]
      ?.text()
      .match(/^data: .*$/gm)
      ?.every((line) => line === 'data: {}'),
  ).toBe(true);
});

test('a signature is told to its own session, and to its person elsewhere; approvers hear of what they were asked for', async () => {
  const ada = person('ada');
  const second = await portal.person('ada');
  const [own, other] = [await listen(ada), await listen(second)];
  const [approver, bystander] = [await listen(person('grace')), await listen(await portal.person('mallory'))];
  const streams = [own, other, approver, bystander];
  await calm();
  for (const { events } of streams) events.length = 0;
  await portal.world.signed(ada.session, requestOf(ada.session));
  await expect.poll(() => own.events).toEqual(['session', 'holds']);
  await calm();
  expect(other.events).toEqual(['holds']);
  expect(approver.events).toEqual([]);
  expect(bystander.events).toEqual([]);
  for (const { events } of streams) events.length = 0;
  const hold = await portal.world.holds.create({ ...newHoldOf(ada.session), ...forTwo });
  await calm();
  expect(streams.map(({ events }) => events)).toEqual([[], [], [], []]);
  await portal.world.holds.ask(hold?.id ?? '', ada.session, WORDS);
  await expect.poll(() => approver.events).toEqual(['holds']);
  await calm();
  expect(own.events).toEqual(['session', 'holds']);
  expect(bystander.events).toEqual([]);
});

test('a step-up is told to its own session only', async () => {
  const ada = person('ada');
  const second = await portal.person('ada');
  const [own, other] = [await listen(ada), await listen(second)];
  await calm();
  for (const { events } of [own, other]) events.length = 0;
  await portal.stepUp(ada);
  await expect.poll(() => own.events).toContain('session');
  await calm();
  expect(other.events).toEqual([]);
});

test('reviewers hear of ended sessions, others do not', async () => {
  const gone = await portal.person('olga');
  const [linus, ada] = [await listen(person('linus')), await listen(person('ada'))];
  await calm();
  for (const { events } of [linus, ada]) events.length = 0;
  await portal.sessions.end(gone.session.id, { by: null, because: 'revoked' });
  await expect.poll(() => linus.events).toEqual(['sessions']);
  expect(ada.events).toEqual([]);
});

test('it ends with its session, at once, and says so', async () => {
  const gone = await portal.person('ada');
  const stream = await listen(gone);
  const kept = await listen(person('ada'));
  await calm();
  await portal.sessions.end(gone.session.id, { by: null, because: 'revoked' });
  const started = performance.now();
  await stream.ended;
  expect(performance.now() - started).toBeLessThan(1000);
  expect(stream.events.at(-1)).toBe('ended');
  await calm();
  expect(kept.events).not.toContain('ended');
});

test('a heartbeat keeps it open, and notices a session that is over without a word', async () => {
  const quiet = await portal.person('ada');
  const stream = await listen(quiet);
  await sleep(500);
  expect(stream.text()).toContain(': still here');
  const { client, keys } = portal.world.redis;
  await client.command('DEL', keys.session(quiet.session.id));
  await client.command('INCR', keys.revision);
  await stream.ended;
  expect(stream.events.at(-1)).toBe('ended');
});

test('replaced data ends every stream', async () => {
  const other = await openPortal({ heartbeat: 10_000 });
  try {
    const stream = await (await other.person('ada')).listen();
    await sleep(100);
    await other.world.redis.flush();
    await stream.ended;
    expect(stream.events.at(-1)).toBe('ended');
  } finally {
    await other.stop();
  }
});

test('a session has a bounded number of streams: the oldest gives way', async () => {
  const busy = await portal.person('grace');
  const streams = [];
  for (let i = 0; i < 13; i += 1) streams.push(await listen(busy));
  await streams[0]?.ended;
  const [, second] = streams;
  if (second) second.events.length = 0;
  granted(await portal.world.grants.ask(person('ada').session, ASK));
  await expect.poll(() => second?.events).toEqual(['grants']);
});
