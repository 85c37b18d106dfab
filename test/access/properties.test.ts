// Random histories and random requests: the pure state machine and the scripts say the same, and what does not fit is
// never granted.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Deed, type Reader, rights, standing, whyNot } from '../../src/access/grants/states.ts';
import { type Act, type Ask, covers, grantFor } from '../../src/access/grants/terms.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Session } from '../../src/kernel/session.ts';
import { ASK, asAsked, checkChain, commitOf, evidenceOf, granted, openWorld, type World } from './kit.ts';

let world: World;
let people: Session[];
beforeAll(async () => {
  world = await openWorld({ grants: { openAsks: 1_000_000 } });
  people = await Promise.all(['ada', 'grace', 'olga'].map((name) => world.login(name)));
});
afterAll(() => world.redis.stop());

/** What the model keeps of the one grant under test: the grant as the pure state machine would have it. */
type Model = { grant: Grant };
type Real = { id: string };
const person = (index: number): Session => people[index % people.length] as Session;
const moment = () => ({ now: world.redis.pulse.clock.now(), epoch: world.redis.pulse.epoch() });

/** A deed by anybody, whatever the state: the script must answer as `whyNot` does, and the state must follow. */
class DeedCommand implements fc.AsyncCommand<Model, Real> {
  readonly deed: Deed;
  readonly who: number;
  constructor(deed: Deed, who: number) {
    this.deed = deed;
    this.who = who;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const actor = person(this.who);
    const expected = whyNot(this.deed, model.grant, { id: actor.principal.id, approver: true }, moment());
    const terms = asAsked(model.grant);
    const challenge = world.grants.approvalChallenge(model.grant, terms, actor.principal.id);
    const outcome = await {
      approve: () => world.grants.approve(real.id, actor, terms, evidenceOf(challenge)),
      deny: () => world.grants.deny(real.id, actor, 'no'),
      withdraw: () => world.grants.withdraw(real.id, actor),
      end: () => world.grants.end(real.id, actor),
    }[this.deed]();
    expect(outcome.done ? null : outcome.why).toBe(expected);
    if (outcome.done) {
      const state = { approve: 'active', deny: 'denied', withdraw: 'withdrawn', end: 'ended' } as const;
      expect(outcome.grant.state).toBe(state[this.deed]);
      model.grant = outcome.grant;
    }
  }
  toString = () => `${this.deed} by ${this.who}`;
}

class UseCommand implements fc.AsyncCommand<Model, Real> {
  readonly who: number;
  constructor(who: number) {
    this.who = who;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const actor = person(this.who);
    const active = standing(model.grant, moment()).state === 'active';
    const may = active && model.grant.holder.id === actor.principal.id && (model.grant.usesLeft ?? 0) > 0;
    const verdict = await world.acts.commit(commitOf(actor, { grant: real.id }));
    expect(verdict.go).toBe(may);
    if (!verdict.go) return expect(verdict.reason).toBe('grant.ended');
    const left = (model.grant.usesLeft ?? 0) - 1;
    expect(verdict.value.usesLeft).toBe(left);
    model.grant = { ...model.grant, usesLeft: left, ...(left === 0 ? { state: 'ended', endedBecause: 'uses' } : {}) };
  }
  toString = () => `use by ${this.who}`;
}

/** Time passes its deadline: moved in Redis, because Redis's clock cannot be. */
class OverdueCommand implements fc.AsyncCommand<Model, Real> {
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const past = Math.floor(moment().now) - 1000;
    const { client, keys } = world.redis;
    const member = model.grant.state === 'asked' ? 'answerUntil' : 'activeUntil';
    if (model.grant.state !== 'asked' && model.grant.state !== 'active') return;
    await client.command('HSET', keys.grant(real.id), member, past);
    await client.command('ZADD', keys.grantsOpen, past, real.id);
    model.grant = { ...model.grant, [member]: past };
  }
  toString = () => 'overdue';
}

class SweepCommand implements fc.AsyncCommand<Model, Real> {
  check = () => true;
  async run(model: Model): Promise<void> {
    const due = standing(model.grant, moment());
    await world.grants.sweep();
    model.grant = due;
  }
  toString = () => 'sweep';
}

const who = fc.nat({ max: 2 });
const deed = fc.constantFrom<Deed>('approve', 'deny', 'withdraw', 'end');

test('random histories: the scripts answer as the pure state machine says, and the chain stays right', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.commands(
        [
          fc.tuple(deed, who).map(([d, w]) => new DeedCommand(d, w)),
          who.map((w) => new UseCommand(w)),
          fc.tuple(deed, who).map(([d, w]) => new DeedCommand(d, w)),
          who.map((w) => new UseCommand(w)),
          fc.constant(new OverdueCommand()),
          fc.constant(new SweepCommand()),
        ],
        { maxCommands: 25, size: 'max' },
      ),
      who,
      async (commands, holder) => {
        const grant = granted(await world.grants.ask(person(holder), { ...ASK, uses: 2 }));
        await fc.asyncModelRun(() => ({ model: { grant }, real: { id: grant.id } }), commands);
        seen.add((await world.grants.get(grant.id))?.state ?? '');
      },
    ),
    { numRuns: 150, endOnFailure: false },
  );
  // The histories went everywhere.
  expect([...seen].sort()).toEqual(expect.arrayContaining(['active', 'denied', 'ended', 'lapsed', 'withdrawn']));
  await checkChain(world.redis.client, world.redis.keys.journal);
}, 120_000);

const target = fc.record({
  kind: fc.constantFrom('device', 'user'),
  id: fc.constantFrom('1', '2', '3', '1,2', 'device:1'),
});
const act: fc.Arbitrary<Act> = fc.record({
  principal: fc.constantFrom('i#ada', 'i#Ada', 'i#ada ', 'i#grace'),
  console: fc.constantFrom('acme', 'acme2', 'ACME'),
  action: fc.constantFrom('device.wipe', 'device.wipe_all', 'device'),
  targets: fc.array(target, { maxLength: 4 }),
});
const base: Omit<Grant, 'id' | 'holder' | 'console' | 'action' | 'targets' | 'state' | 'usesLeft'> = {
  title: '',
  reason: '',
  ticket: '',
  askedMinutes: 30,
  askedUses: 1,
  minutes: 30,
  uses: 1,
  askedAt: 0,
  answerUntil: 10,
  decidedAt: 1,
  decidedBy: null,
  denyReason: null,
  activeUntil: 100,
  endedAt: null,
  endedBecause: null,
  endedBy: null,
  epoch: 'e',
};
const grantArbitrary: fc.Arbitrary<Grant> = fc
  .tuple(
    act,
    fc.constantFrom<Grant['state']>('active', 'active', 'active', 'asked', 'denied', 'withdrawn', 'lapsed', 'ended'),
    fc.nat({ max: 2 }),
  )
  .map(([terms, state, usesLeft]) => ({
    ...base,
    id: 'gra_x',
    state,
    usesLeft,
    holder: { id: terms.principal, name: '' },
    console: terms.console,
    action: terms.action,
    targets: terms.targets,
  }));

/** The rule in other words than the code's: written from the design, to be compared with. */
const fits = (grant: Grant, request: Act): boolean => {
  const has = (wanted: Act['targets'][number]) =>
    grant.targets.some(({ kind, id }) => kind === wanted.kind && id === wanted.id);
  return [
    grant.state === 'active',
    (grant.usesLeft ?? 0) >= 1,
    grant.holder.id === request.principal,
    grant.console === request.console,
    grant.action === request.action,
    request.targets.length > 0,
    !request.targets.some((wanted) => !has(wanted)),
  ].every(Boolean);
};

test('1,000 random pairs of a grant and a request that do not fit are never granted; those that fit are', () => {
  let misfits = 0;
  let matches = 0;
  const near = fc.tuple(grantArbitrary, act).chain(([grant, other]) =>
    // Mostly one thing off: a wholly random pair would hardly ever test more than the first comparison.
    fc
      .subarray(['principal', 'console', 'action', 'targets'] as const, { maxLength: 2 })
      .map((changed): [Grant, Act] => {
        const own: Act = {
          principal: grant.holder.id,
          console: grant.console,
          action: grant.action,
          targets: grant.targets,
        };
        return [grant, { ...own, ...Object.fromEntries(changed.map((member) => [member, other[member]])) }];
      }),
  );
  fc.assert(
    fc.property(near, ([grant, request]) => {
      const expected = fits(grant, request);
      if (expected) matches += 1;
      else misfits += 1;
      expect(grantFor([grant], request)).toEqual(expected ? grant : null);
    }),
    { numRuns: 4000 },
  );
  expect(misfits).toBeGreaterThan(1000);
  expect(matches).toBeGreaterThan(200);
});

test('on real grants: 1,000 random requests get only a grant that fits, and the script refuses everybody else’s', async () => {
  const pick = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;
  const device = (i: number) => ({ kind: 'device', id: `d-${i % 4}` });
  const actions = ['device.wipe', 'device.lock'];
  const grants: Grant[] = [];
  for (let i = 0; i < 18; i += 1) {
    const ask: Partial<Ask> = {
      action: pick(actions, i),
      targets: [device(i), device(i >> 2)],
      uses: 100,
      minutes: 60,
    };
    grants.push(await world.active(person(i), person(i + 1), ask));
  }
  let given = 0;
  await fc.assert(
    fc.asyncProperty(
      who,
      fc.nat({ max: 1 }),
      fc.array(fc.nat({ max: 5 }), { maxLength: 3 }),
      fc.constantFrom('acme', 'other'),
      async (w, a, devices, console) => {
        const { principal } = person(w);
        const request: Act = {
          principal: principal.id,
          console,
          action: pick(actions, a),
          targets: devices.map((i) => ({ kind: 'device', id: `d-${i}` })),
        };
        const found = grantFor(await world.grants.activeFor(principal.id), request);
        expect(found !== null).toBe(grants.some((grant) => fits(grant, request)));
        if (found) {
          given += 1;
          expect(fits(found, request)).toBe(true);
          const thief = person(w + 1);
          expect(await world.acts.commit(commitOf(thief, { grant: found.id }))).toMatchObject({
            reason: 'grant.ended',
          });
        }
      },
    ),
    { numRuns: 1000 },
  );
  expect(given).toBeGreaterThan(20);
}, 60_000);

test('nobody may do to an own request what only others may, in any state and role', () => {
  const reader: fc.Arbitrary<Reader> = fc.record({
    id: fc.constantFrom('i#ada', 'i#grace', ''),
    approver: fc.boolean(),
  });
  const now = fc.integer({ min: 0, max: 120 });
  fc.assert(
    fc.property(grantArbitrary, reader, now, fc.constantFrom('e', 'f', ''), (grant, who, at, epoch) => {
      const may = rights(grant, who, { now: at, epoch });
      const mine = grant.holder.id === who.id;
      if (mine || !who.approver || who.id === '') expect([may.approve, may.deny]).toEqual([false, false]);
      if (!mine) expect(may.withdraw).toBe(false);
      if (!mine && !who.approver) expect(may.end).toBe(false);
      if (epoch !== 'e') expect(may).toEqual({ approve: false, deny: false, withdraw: false, end: false });
      if (may.approve) expect([grant.state, at < grant.answerUntil]).toEqual(['asked', true]);
      if (may.end) expect([grant.state, at < (grant.activeUntil ?? 0)]).toEqual(['active', true]);
    }),
    { numRuns: 2000 },
  );
});

test('a request without targets, or a grant without any, is never covered', () => {
  const [device] = ASK.targets;
  if (!device) throw new Error('no target');
  const grant: Grant = {
    ...base,
    id: 'g',
    state: 'active',
    usesLeft: 1,
    holder: { id: 'p', name: '' },
    console: 'c',
    action: 'a',
    targets: [device],
  };
  const request: Act = { principal: 'p', console: 'c', action: 'a', targets: [device] };
  expect(covers(grant, request)).toBe(true);
  expect(covers(grant, { ...request, targets: [] })).toBe(false);
  expect(covers({ ...grant, targets: [] }, { ...request, targets: [] })).toBe(false);
});
