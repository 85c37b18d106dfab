// Random histories of one grant: asked, approved by several, denied, withdrawn, ended, used, overtaken by time, by a freeze,
// by its session's end, swept. The scripts on a real Redis answer as the pure state machine says, check by check.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Deed, type Moment, standing, usable, whyNot } from '../../src/access/grants/states.ts';
import { type Ask, mostOf, nextStep } from '../../src/access/grants/terms.ts';
import type { Target } from '../../src/kernel/action.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Session } from '../../src/kernel/session.ts';
import { ASK, checkChain, commitOf, evidenceOf, granted, keyOf, openWorld, RULE, type World } from './kit.ts';

const NAMES = ['ada', 'grace', 'olga', 'lena', 'linus'] as const;
const GROUPS: { readonly [name in (typeof NAMES)[number]]: readonly string[] } = {
  ada: ['mdm-approvers'],
  grace: ['mdm-approvers'],
  olga: ['mdm-approvers', 'mdm-leads'],
  lena: ['mdm-leads'],
  linus: ['mdm-auditors'],
};
/** Two approvers, then a lead; after a while auditors too. */
const STEPS = {
  ...RULE,
  steps: [
    { groups: ['mdm-approvers'], count: 2 },
    { groups: ['mdm-leads'], count: 1 },
  ],
  escalate: { after: 30 * 60_000, to: ['mdm-auditors'] },
};
const DEVICES: readonly Target[] = ['d-1', 'd-2', 'd-3'].map((id) => ({ kind: 'device', id }));
const HOUR = 3_600_000;

let world: World;
/** one login of each, in their order */
let people: Session[];
beforeAll(async () => {
  world = await openWorld({ grants: { openAsks: 1_000_000 }, approvals: [STEPS] });
  people = await Promise.all([...NAMES.keys()].map(login));
});
afterAll(() => world.redis.stop());
const login = (who: number): Promise<Session> => {
  const name = NAMES[who] ?? 'linus';
  return world.login(name, GROUPS[name]);
};
const person = (index: number): Session => people[index % people.length] as Session;

type Model = { grant: Grant; sessionGone: boolean; freeze: string | null };
type Real = { readonly id: string; readonly asking: Session };

const momentOf = ({ sessionGone, freeze }: Model): Moment => ({
  now: world.redis.pulse.clock.now(),
  epoch: world.redis.pulse.epoch(),
  gone: ({ session }) => ({ session: session !== '' && sessionGone, frozen: freeze !== null }),
});
/** What happened, over all runs: the histories must go everywhere. */
const seen = new Map<string, number>();
const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
const field = async (id: string, name: string) =>
  (await world.redis.client.command('HGET', world.redis.keys.grant(id), name)) as string | null;

type Command = fc.AsyncCommand<Model, Real>;
const command = (says: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => says,
});

/** A deed by anybody, whatever the state: the script must answer as `whyNot` does, and the state must follow. */
const deed = (what: Deed, who: number, less: number): Command =>
  command(`${what} by ${NAMES[who]}`, async (model, real) => {
    const actor = person(who);
    const { id, groups } = actor.principal;
    const expected = whyNot(what, model.grant, { id, approver: true, groups }, momentOf(model));
    const most = mostOf(model.grant);
    const terms = {
      minutes: Math.max(1, most.minutes - less),
      uses: Math.max(1, most.uses - (less % 2)),
      targets: most.targets.slice(0, Math.max(1, most.targets.length - (less % 3))),
    };
    const outcome = await {
      approve: () =>
        world.grants.approve(
          real.id,
          actor,
          terms,
          evidenceOf(world.grants.approvalChallenge(model.grant, terms, id), keyOf(actor)),
        ),
      deny: () => world.grants.deny(real.id, actor, 'no'),
      withdraw: () => world.grants.withdraw(real.id, actor),
      end: () => world.grants.end(real.id, actor),
    }[what]();
    note(`${what}: ${outcome.done ? 'done' : outcome.why}`);
    expect(outcome.done ? null : outcome.why).toBe(expected);
    if (!outcome.done) return;
    const before = model.grant;
    model.grant = outcome.grant;
    if (what !== 'approve')
      return expect(outcome.grant.state).toBe({ deny: 'denied', withdraw: 'withdrawn', end: 'ended' }[what]);
    expect(outcome.grant).toMatchObject(terms);
    expect(outcome.grant.approvals).toHaveLength(before.approvals.length + 1);
    expect(outcome.grant.approvals.at(-1)).toMatchObject({ by: { id }, step: nextStep(before), ...terms });
    expect(outcome.grant.state).toBe(nextStep(outcome.grant) === STEPS.steps.length ? 'active' : 'asked');
  });

const use = (who: number): Command =>
  command(`use by ${NAMES[who]}`, async (model, real) => {
    const actor = person(who);
    const { grant } = model;
    const moment = momentOf(model);
    const stands = standing(grant, moment);
    const may = usable(stands, moment) && grant.holder.id === actor.principal.id && (grant.usesLeft ?? 0) > 0;
    const verdict = await world.acts.commit(commitOf(actor, { grant: real.id, console: grant.console }));
    note(`use: ${verdict.go ? 'go' : verdict.reason}`);
    expect(verdict.go).toBe(may);
    if (!verdict.go) return expect(verdict.reason).toBe(model.freeze === null ? 'grant.ended' : 'lockdown.active');
    const left = (grant.usesLeft ?? 0) - 1;
    expect(verdict.value.usesLeft).toBe(left);
    const now = await world.grants.get(real.id);
    if (now === null) throw new Error('it is gone');
    expect(now).toMatchObject({ usesLeft: left, state: left === 0 ? 'ended' : 'active' });
    expect(now.lastUsedAt).toBeGreaterThanOrEqual(now.firstUsedAt ?? Number.POSITIVE_INFINITY);
    if (grant.firstUsedAt === null && grant.clock === 'first.use')
      expect((now.activeUntil ?? 0) - (now.firstUsedAt ?? 0)).toBe((grant.minutes ?? 0) * 60_000);
    else expect(now.activeUntil).toBe(grant.activeUntil);
    if (grant.firstUsedAt !== null) expect(now.firstUsedAt).toBe(grant.firstUsedAt);
    model.grant = now;
  });

/** Moments are moved in Redis, because Redis's clock cannot be. */
const move = (
  says: string,
  member: (grant: Grant) => 'answerUntil' | 'activeUntil' | 'activeFrom' | 'escalateAt' | null,
) =>
  command(says, async (model, real) => {
    const name = member(model.grant);
    if (name === null) return;
    const past = Math.floor(world.redis.pulse.clock.now()) - 1000;
    const { client, keys } = world.redis;
    await client.command('HSET', keys.grant(real.id), name, past);
    const scheduled = name === 'activeFrom' && model.grant.startAt !== null;
    if (scheduled) await client.command('HSET', keys.grant(real.id), 'startAt', past);
    if (name === 'answerUntil' || name === 'activeUntil') await client.command('ZADD', keys.grantsOpen, past, real.id);
    model.grant =
      name === 'escalateAt'
        ? { ...model.grant, escalation: { at: past, to: STEPS.escalate.to } }
        : { ...model.grant, [name]: past, ...(scheduled ? { startAt: past } : {}) };
    world.redis.pulse.forget();
  });
const overdue = move('overdue', ({ state }) =>
  state === 'asked' ? 'answerUntil' : state === 'active' ? 'activeUntil' : null,
);
const begins = move('its start has come', ({ state }) => (state === 'active' ? 'activeFrom' : null));
const escalates = move('it escalates', ({ state }) => (state === 'asked' ? 'escalateAt' : null));

const freeze = command('freeze or release', async (model) => {
  const { console } = model.grant;
  if (model.freeze === null) {
    const outcome = await world.freezes.set(person(3), { console, what: 'acts', reason: 'an alarm' });
    if (!outcome.done) throw new Error(outcome.why);
    model.freeze = outcome.freeze.id;
    return;
  }
  for (const who of [3, 4])
    expect(await world.freezes.release(model.freeze, person(who))).toMatchObject({ done: true });
  model.freeze = null;
});

/** Its person signs in again at once. */
const sessionEnds = command('the session that asked ends', async (model, { asking }) => {
  if (model.sessionGone) return;
  await world.endSession(asking);
  const who = people.indexOf(asking);
  people[who] = await login(who);
  model.sessionGone = true;
  world.redis.pulse.forget();
});

const sweep = command('a look at all', async (model, real) => {
  const due = standing(model.grant, momentOf(model));
  await world.grants.sweep(true);
  expect(await field(real.id, 'state')).toBe(due.state);
  if (due.state === 'ended') expect(await field(real.id, 'endedBecause')).toBe(due.endedBecause);
  if (due.state !== model.grant.state) note(`swept: ${due.state} ${due.endedBecause ?? ''}`);
  model.grant = due;
});

const anybody = fc.nat({ max: NAMES.length - 1 });
const deedBy = (what: Deed) => fc.tuple(anybody, fc.nat({ max: 4 })).map(([who, less]) => deed(what, who, less));
/** Everybody tries to approve, one after the other: the way into the active states. */
const rally = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }).map((order) =>
  command(`all approve: ${order}`, async (model, real) => {
    for (const round of [0, 1]) for (const who of order) await deed('approve', who, round).run(model, real);
  }),
);
const asks: fc.Arbitrary<Partial<Ask>> = fc.constantFrom(
  {},
  { clock: 'first.use' },
  { startAt: HOUR },
  { startAt: HOUR, clock: 'first.use' },
  {},
);

test('random histories: the scripts answer as the pure state machine says, and the chain stays right', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.commands(
        [
          ...[deedBy('approve'), deedBy('approve'), deedBy('approve'), deedBy('approve'), deedBy('approve')],
          ...[
            rally,
            rally,
            rally,
            anybody.map(use),
            anybody.map(use),
            anybody.map(use),
            anybody.map(use),
            deedBy('deny'),
            deedBy('withdraw'),
            deedBy('end'),
          ],
          ...[overdue, begins, begins, escalates, freeze, sessionEnds, sweep].map((one) => fc.constant(one)),
        ],
        { maxCommands: 30, size: 'max' },
      ),
      fc.nat({ max: 2 }),
      asks,
      async (commands, holder, { startAt = null, ...rest }) => {
        run += 1;
        const asking = person(holder);
        const start = startAt === null ? null : Math.floor(world.redis.pulse.clock.now()) + startAt;
        const wish = { ...ASK, ...rest, console: `c${run}`, targets: DEVICES, uses: 3, minutes: 60, startAt: start };
        const grant = granted(await world.grants.ask(asking, wish));
        expect(grant.session).toBe(start === null && rest.clock === undefined ? asking.id : '');
        await fc.asyncModelRun(
          () => ({ model: { grant, sessionGone: false, freeze: null }, real: { id: grant.id, asking } }),
          commands,
        );
        note(`at last: ${(await world.grants.get(grant.id))?.state}`);
      },
    ),
    { numRuns: 150, endOnFailure: false },
  );
  expect([...seen.keys()].sort()).toEqual(
    expect.arrayContaining([
      ...['approve: done', 'approve: own', 'approve: twice', 'approve: not.next', 'approve: lapsed', 'approve: frozen'],
      ...['approve: not.asked', 'deny: done', 'deny: lapsed', 'withdraw: done', 'withdraw: not.holder', 'end: done'],
      ...['end: not.active', 'use: go', 'use: grant.ended', 'use: lockdown.active'],
      ...['swept: lapsed ', 'swept: ended time', 'swept: ended lockdown'],
    ]),
  );
  await checkChain(world.redis.client, world.redis.keys.journal);
}, 240_000);
