// Random requests against random grants: what does not fit is never granted, and nobody decides on an own request.
// (Random histories of one grant: grantModel.test.ts.)
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Reader, rights, usable } from '../../src/access/grants/states.ts';
import { type Act, type Ask, covers, grantFor, narrows } from '../../src/access/grants/terms.ts';
import { ANYTHING } from '../../src/kernel/action.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Session } from '../../src/kernel/session.ts';
import { ASK, commitOf, openWorld, type World } from './kit.ts';

let world: World;
let people: Session[];
beforeAll(async () => {
  world = await openWorld({ grants: { openAsks: 1_000_000 } });
  people = await Promise.all(['ada', 'grace', 'olga'].map((name) => world.login(name)));
});
afterAll(() => world.redis.stop());

const person = (index: number): Session => people[index % people.length] as Session;
const who = fc.nat({ max: 2 });

const target = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('device', 'user'),
      id: fc.constantFrom('1', '2', '3', '1,2', 'device:1'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('device', 'user', 'any'), id: fc.constant('*') }) },
);
const act: fc.Arbitrary<Act> = fc.record({
  principal: fc.constantFrom('i#ada', 'i#Ada', 'i#ada ', 'i#grace'),
  console: fc.constantFrom('acme', 'acme2', 'ACME'),
  action: fc.constantFrom('device.wipe', 'device.wipe_all', 'device'),
  targets: fc.array(target, { maxLength: 4 }),
});
const base: Omit<Grant, 'id' | 'holder' | 'console' | 'actions' | 'targets' | 'state' | 'usesLeft'> = {
  session: '',
  askedTargets: [],
  names: {},
  clock: 'approval',
  startAt: null,
  rule: 'r',
  steps: [{ groups: ['mdm-approvers'], count: 1 }],
  approvals: [],
  automatic: false,
  remindAt: null,
  remindedAt: null,
  escalation: null,
  escalatedAt: null,
  activeFrom: 20,
  firstUsedAt: null,
  lastUsedAt: null,
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
    fc.subarray(['device.lock', 'device.restart']),
  )
  .map(([terms, state, usesLeft, more]) => ({
    ...base,
    id: 'gra_x',
    state,
    usesLeft,
    holder: { id: terms.principal, name: '' },
    console: terms.console,
    actions: [terms.action, ...more].sort(),
    targets: terms.targets,
  }));

/** The rule in other words than the code's: written from the design, to be compared with. */
const fits = (grant: Grant, request: Act): boolean => {
  const has = (wanted: Act['targets'][number]) =>
    grant.targets.some(({ kind, id }) => kind === wanted.kind && (id === wanted.id || id === '*'));
  const anything = grant.targets.some(({ kind, id }) => kind === 'any' && id === '*');
  return [
    grant.state === 'active',
    (grant.usesLeft ?? 0) >= 1,
    grant.holder.id === request.principal,
    grant.console === request.console,
    grant.actions.some((action) => action === request.action),
    anything || (request.targets.length > 0 && !request.targets.some((wanted) => !has(wanted))),
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
          action: grant.actions[0] ?? '',
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
      actions: i % 5 === 0 ? actions : [pick(actions, i)],
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
    groups: fc.subarray(['mdm-approvers', 'mdm-admins']),
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
      if (may.approve) {
        expect([grant.state, at < grant.answerUntil]).toEqual(['asked', true]);
        expect(who.groups).toContain('mdm-approvers');
      }
      if (may.end) expect([grant.state, at < (grant.activeUntil ?? 0)]).toEqual(['active', true]);
    }),
    { numRuns: 2000 },
  );
});

test('a request without targets is covered by a grant of anything only, a grant without targets covers nothing', () => {
  const [device] = ASK.targets;
  if (!device) throw new Error('no target');
  const grant: Grant = {
    ...base,
    id: 'g',
    state: 'active',
    usesLeft: 1,
    holder: { id: 'p', name: '' },
    console: 'c',
    actions: ['a', 'b'],
    targets: [device],
  };
  const request: Act = { principal: 'p', console: 'c', action: 'a', targets: [device] };
  expect(covers(grant, request)).toBe(true);
  expect(covers(grant, { ...request, targets: [] })).toBe(false);
  expect(covers({ ...grant, targets: [] }, { ...request, targets: [] })).toBe(false);
  expect(covers({ ...grant, targets: [{ kind: 'device', id: '*' }] }, { ...request, targets: [] })).toBe(false);
  expect(covers({ ...grant, targets: [ANYTHING] }, { ...request, targets: [] })).toBe(true);
  // "All of them" is more than any list.
  expect(covers(grant, { ...request, targets: [{ kind: 'device', id: '*' }] })).toBe(false);
});

test('a scheduled grant is not usable before its start, nor one that is not active', () => {
  const grant: Grant = {
    ...base,
    ...{ id: 'g', state: 'active', usesLeft: 1, console: 'c', actions: ['a'], targets: [ANYTHING] },
    holder: { id: 'p', name: '' },
  };
  const scheduled = { ...grant, startAt: 20 };
  expect([19, 20, 21].map((now) => usable(scheduled, { now }))).toEqual([false, true, true]);
  // Approved this instant by a clock that this process reads a little late.
  expect(usable({ ...grant, startAt: null }, { now: 19 })).toBe(true);
  expect(usable({ ...grant, state: 'ended' }, { now: 50 })).toBe(false);
  expect(usable({ ...grant, activeFrom: null }, { now: 50 })).toBe(false);
});

test('terms narrow when nothing of them is more than what is left; of the targets nothing may be new', () => {
  const device = (id: string) => ({ kind: 'device', id });
  const grant: Grant = {
    ...base,
    ...{ id: 'g', state: 'asked', usesLeft: null, console: 'c', actions: ['a'], holder: { id: 'p', name: '' } },
    ...{ targets: [device('a'), device('b')], askedMinutes: 30, minutes: 20, askedUses: 5, uses: 3 },
  };
  const ok = (terms: object) => narrows(grant, { minutes: 20, uses: 3, ...terms });
  expect([ok({}), ok({ targets: [device('b')] }), ok({ minutes: 1, uses: 1 })]).toEqual([true, true, true]);
  for (const terms of [
    { minutes: 21 },
    { uses: 4 },
    { targets: [] },
    { targets: [device('c')] },
    { targets: [device('*')] },
  ])
    expect(ok(terms), JSON.stringify(terms)).toBe(false);
  const fresh = { ...grant, minutes: null, uses: null };
  expect([narrows(fresh, { minutes: 30, uses: 5 }), narrows(fresh, { minutes: 31, uses: 5 })]).toEqual([true, false]);
});
