// Several approvers, in order: who counts, with which key, on which terms. One rule a test, against a real Redis.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ApprovedTerms, Ask } from '../../src/access/grants/terms.ts';
import type { ApprovalRule } from '../../src/kernel/accessRules.ts';
import { ANYTHING, type Target } from '../../src/kernel/action.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Session } from '../../src/kernel/session.ts';
import {
  ASK,
  accessOn,
  approve,
  asAsked,
  checkChain,
  evidenceOf,
  granted,
  keyOf,
  openWorld,
  RULE,
  type World,
} from './kit.ts';

const APPROVALS: readonly ApprovalRule[] = [
  {
    ...RULE,
    id: 'locks',
    match: { ...RULE.match, actions: ['device.lock'] },
    automatic: ['mdm-oncall'],
    ticket: { pattern: 'INC\\d{4}', say: 'Give the ticket, such as INC1234.' },
    reason: { pattern: '.{10,}', say: 'Say in ten letters or more why.' },
  },
  {
    ...RULE,
    id: 'two-and-a-lead',
    steps: [
      { groups: ['mdm-approvers'], count: 2 },
      { groups: ['mdm-leads'], count: 1 },
    ],
  },
];
const device = (id: string): Target => ({ kind: 'device', id });

let world: World;
const who: { [name: string]: Session } = {};
const by = (name: string): Session => who[name] as Session;
beforeAll(async () => {
  world = await openWorld({ approvals: APPROVALS });
  for (const [name, groups] of Object.entries({
    ada: ['mdm-admins'],
    grace: ['mdm-approvers'],
    olga: ['mdm-admins', 'mdm-approvers'],
    lena: ['mdm-leads'],
    both: ['mdm-leads', 'mdm-approvers'],
    linus: ['mdm-auditors'],
    oncall: ['mdm-oncall'],
  }))
    who[name] = await world.login(name, groups);
});
afterEach(async () => {
  await checkChain(world.redis.client, world.redis.keys.journal);
});
afterAll(() => world.redis.stop());

const ask = async (more: Partial<Ask> = {}, holder = by('ada')) =>
  granted(await world.grants.ask(holder, { ...ASK, ...more }));
/** @param key whose key signs */
const tryApprove = async (id: string, approver: Session, terms?: ApprovedTerms, key = keyOf(approver)) => {
  const grant = (await world.grants.get(id)) as Grant;
  const left = terms ?? asAsked(grant);
  const challenge = world.grants.approvalChallenge(grant, left, approver.principal.id);
  const outcome = await world.grants.approve(id, approver, left, evidenceOf(challenge, key));
  return outcome.done ? outcome.grant.state : outcome.why;
};
const eventsOf = async (id: string) => (await world.redis.journalEvents()).filter(({ facts }) => facts.grant === id);

describe('who must say yes', () => {
  test('so many different people of the first step, then of the next; only the last yes makes it active', async () => {
    const { id } = await ask();
    expect(await tryApprove(id, by('lena'))).toBe('not.next');
    expect(await tryApprove(id, by('grace'))).toBe('asked');
    expect(await tryApprove(id, by('grace'))).toBe('twice');
    expect(await tryApprove(id, await world.login('grace', ['mdm-approvers', 'mdm-leads']))).toBe('twice');
    expect(await tryApprove(id, by('lena'))).toBe('not.next');
    expect(await world.grants.activeFor(by('ada').principal.id)).toEqual([]);
    expect(await tryApprove(id, by('both'))).toBe('asked');
    expect(await tryApprove(id, by('olga'))).toBe('not.next');
    expect(await tryApprove(id, by('both')), 'a lead, but has said yes before').toBe('twice');
    expect(await tryApprove(id, by('lena'))).toBe('active');
    const grant = await world.grants.get(id);
    expect(grant?.approvals.map(({ by: { name }, step }) => [name, step])).toEqual([
      ['grace', 0],
      ['both', 0],
      ['lena', 1],
    ]);
    expect(grant?.decidedBy?.name).toBe('lena');
    const told = await eventsOf(id);
    expect(told.map(({ kind }) => kind)).toEqual([
      'grant.asked',
      'grant.step.approved',
      'grant.step.approved',
      'grant.approved',
    ]);
    expect(told.map(({ facts }) => facts.groups)).toEqual([
      ['mdm-approvers'],
      ['mdm-approvers'],
      ['mdm-leads'],
      undefined,
    ]);
    await world.grants.end(id, by('ada'));
  });

  test('the groups are those of the approver’s session in Redis, whatever the caller says they are', async () => {
    const { id } = await ask();
    const linus = by('linus');
    const pretends = { ...linus, principal: { ...linus.principal, groups: ['mdm-approvers'] } };
    expect(await tryApprove(id, pretends)).toBe('not.next');
    const thief = { ...by('grace'), principal: { ...linus.principal, groups: ['mdm-approvers'] } };
    expect(await tryApprove(id, thief), 'another person’s session').toBe('session.revoked');
    await world.grants.withdraw(id, by('ada'));
  });

  test('two at once on one step count as two, on the last place of a step as one', async () => {
    const { id } = await ask();
    expect(
      (await Promise.all([tryApprove(id, by('grace')), tryApprove(id, by('olga')), tryApprove(id, by('both'))])).sort(),
    ).toEqual(['asked', 'asked', 'not.next']);
    const lead = await world.login('second', ['mdm-leads']);
    expect((await Promise.all([tryApprove(id, by('lena')), tryApprove(id, lead)])).sort()).toEqual([
      'active',
      'not.asked',
    ]);
    expect((await world.grants.get(id))?.approvals).toHaveLength(3);
  });

  test('one no ends it, after any number of yeses', async () => {
    const { id } = await ask();
    expect(await tryApprove(id, by('grace'))).toBe('asked');
    expect(granted(await world.grants.deny(id, by('lena'), 'Call me first')).state).toBe('denied');
    expect(await tryApprove(id, by('olga'))).toBe('not.asked');
  });

  test('nobody approves an own request, of whatever groups', async () => {
    const { id } = await ask({}, by('olga'));
    expect(await tryApprove(id, by('olga'))).toBe('own');
    await world.grants.withdraw(id, by('olga'));
  });
});

describe('with which key', () => {
  const enrol = async (owner: string, id: string, spki: string) => {
    const { client, keys } = world.redis;
    await client.command('HSET', keys.passkey(id), 'owner', by(owner).principal.id, 'spki', spki);
    await client.command('SADD', keys.passkeysOf(by(owner).principal.id), id);
  };
  test('a key of the person who asked does not count under another name: by credential id, by public key', async () => {
    await enrol('ada', 'cred-ada', 'spki-ada');
    const { id } = await ask();
    for (const key of [
      { credentialId: 'cred-ada', publicKey: 'other' },
      { credentialId: 'other', publicKey: 'spki-ada' },
      { credentialId: '', publicKey: 'other' },
      { credentialId: 'other', publicKey: '' },
    ])
      expect(await tryApprove(id, by('grace'), undefined, key), JSON.stringify(key)).toBe('own.key');
    expect((await world.grants.get(id))?.approvals).toEqual([]);
    await world.grants.withdraw(id, by('ada'));
  });

  test('one key is one approver, whoever signs in', async () => {
    const { id } = await ask();
    expect(await tryApprove(id, by('grace'))).toBe('asked');
    const { credentialId, publicKey } = keyOf(by('grace'));
    expect(await tryApprove(id, by('olga'), undefined, { credentialId, publicKey: 'other' })).toBe('twice');
    expect(await tryApprove(id, by('olga'), undefined, { credentialId: 'other', publicKey })).toBe('twice');
    await world.grants.withdraw(id, by('ada'));
  });
});

describe('on which terms', () => {
  test('each may leave less, none may give back what one before has taken', async () => {
    const targets = [device('a'), device('b'), device('c')];
    const { id } = await ask({ targets, uses: 3, minutes: 30 });
    expect(await tryApprove(id, by('grace'), { minutes: 20, uses: 3, targets: [device('c'), device('a')] })).toBe(
      'asked',
    );
    for (const terms of [
      { minutes: 21, uses: 3 },
      { minutes: 20, uses: 3, targets },
      { minutes: 20, uses: 3, targets: [device('b')] },
      { minutes: 20, uses: 3, targets: [device('*')] },
      { minutes: 20, uses: 3, targets: [] },
      { minutes: 20, uses: 4 },
    ])
      expect(await tryApprove(id, by('olga'), terms), JSON.stringify(terms)).toBe('wider');
    expect(await tryApprove(id, by('olga'), { minutes: 20, uses: 2 })).toBe('asked');
    expect(await tryApprove(id, by('lena'), { minutes: 10, uses: 1, targets: [device('c')] })).toBe('active');
    const grant = await world.grants.get(id);
    expect(grant).toMatchObject({ minutes: 10, uses: 1, usesLeft: 1, targets: [device('c')], askedTargets: targets });
    expect(grant).toMatchObject({ askedMinutes: 30, askedUses: 3 });
    expect(grant?.approvals.map(({ minutes, uses, targets: left }) => [minutes, uses, left.length])).toEqual([
      [20, 3, 2],
      [20, 2, 2],
      [10, 1, 1],
    ]);
    expect((grant?.activeUntil ?? 0) - (grant?.activeFrom ?? 0)).toBe(10 * 60_000);
  });

  test('what was signed for a step before somebody narrowed it does not count afterwards', async () => {
    const grant = await ask({ uses: 2 });
    const terms = asAsked(grant);
    const early = evidenceOf(world.grants.approvalChallenge(grant, terms, by('olga').principal.id), keyOf(by('olga')));
    expect(await tryApprove(grant.id, by('grace'), { minutes: 30, uses: 1 })).toBe('asked');
    expect(await world.grants.approve(grant.id, by('olga'), terms, early)).toEqual({ done: false, why: 'wider' });
    expect(await world.grants.approve(grant.id, by('olga'), { ...terms, uses: 1 }, early)).toEqual({
      done: false,
      why: 'evidence',
    });
    await world.grants.withdraw(grant.id, by('ada'));
  });

  test('two at once, one of whom narrows: nothing gets wider again, whoever comes first', async () => {
    const targets = [device('a'), device('b')];
    const whole = { minutes: 30, uses: 5, targets };
    for (const narrower of [{ minutes: 20 }, { uses: 2 }, { targets: [device('b')] }]) {
      for (let round = 0; round < 5; round += 1) {
        const { id } = await ask({ uses: 5, targets });
        const less = { ...whole, ...narrower };
        const [first, second] = await Promise.all([
          tryApprove(id, by('grace'), less),
          tryApprove(id, by('olga'), whole),
        ]);
        expect(first).toBe('asked');
        expect(['asked', 'wider']).toContain(second);
        expect(await world.grants.get(id), JSON.stringify(narrower)).toMatchObject(less);
        await world.grants.withdraw(id, by('ada'));
      }
    }
  });

  test('anything and a whole kind may be narrowed to some', async () => {
    const first = await ask({ targets: [ANYTHING] });
    expect(await tryApprove(first.id, by('grace'), { minutes: 30, uses: 1, targets: [device('*')] })).toBe('asked');
    expect(await tryApprove(first.id, by('olga'), { minutes: 30, uses: 1, targets: [{ kind: 'user', id: 'u' }] })).toBe(
      'wider',
    );
    expect(await tryApprove(first.id, by('olga'), { minutes: 30, uses: 1, targets: [device('a'), device('b')] })).toBe(
      'asked',
    );
    expect((await world.grants.get(first.id))?.targets).toEqual([device('a'), device('b')]);
    await world.grants.withdraw(first.id, by('ada'));
  });

  test('500 targets with odd names go through whole', async () => {
    const targets = Array.from({ length: 500 }, (_, i) => device(`Gerät "${i}" \\ ✂ </b>`));
    const { id } = await ask({ targets });
    expect(await tryApprove(id, by('grace'), { minutes: 30, uses: 1, targets: targets.slice(3) })).toBe('asked');
    expect((await world.grants.get(id))?.targets).toHaveLength(497);
    expect(await tryApprove(id, by('olga'), { minutes: 30, uses: 1, targets })).toBe('wider');
    await world.grants.withdraw(id, by('ada'));
  });
});

describe('asking under a rule', () => {
  test('several actions of one rule are one ask; of two rules, or of none, they are refused', async () => {
    const several = await ask({ actions: ['device.wipe', 'device.retire', 'device.wipe'] });
    expect(several.actions).toEqual(['device.retire', 'device.wipe']);
    expect(several).toMatchObject({ rule: 'two-and-a-lead', session: by('ada').id, automatic: false });
    const mixed = await world.grants.ask(by('ada'), { ...ASK, actions: ['device.wipe', 'device.lock'] });
    expect(mixed).toEqual({ done: false, why: 'no.rule' });
    const nothing = await world.grants.ask(by('ada'), { ...ASK, actions: [] });
    expect(nothing).toEqual({ done: false, why: 'no.rule' });
    const none = accessOn(world.redis, world.redis.keys, { approvals: [] });
    expect(await none.grants.ask(by('ada'), ASK)).toEqual({ done: false, why: 'no.rule' });
    await world.grants.withdraw(several.id, by('ada'));
  });

  test('asking and taking back again and again ends at the rule’s number for a day, and says when it goes on', async () => {
    const limits = { approvals: [{ ...RULE, asksPerDay: 5 }] };
    const few = accessOn(world.redis, world.redis.keys, limits);
    const asker = await world.login('restless');
    const asks = await Promise.all(Array.from({ length: 8 }, () => few.grants.ask(asker, ASK)));
    const asked = asks.flatMap((outcome) => (outcome.done ? [outcome.grant.id] : []));
    expect(asked).toHaveLength(5);
    for (const id of asked) await few.grants.withdraw(id, asker);
    const what = 'You have asked 5 times within a day, as often as you may. You can ask again in 24 hours.';
    expect(await few.grants.ask(asker, ASK)).toEqual({ done: false, why: 'too.often', faults: [{ at: '', what }] });
    expect((await few.grants.ask(await world.login('calm'), ASK)).done, 'everybody for themselves').toBe(true);

    // As if the first had been a day ago, less some minutes; and a minute more: then there is room for one, and no more.
    const { client, keys } = world.redis;
    const day = 24 * 3_600_000;
    const [first = ''] = asked;
    const longAgo = (ms: number) =>
      client.command('ZADD', keys.grantsOf(asker.principal.id), Math.floor(world.redis.pulse.clock.now()) - ms, first);
    await longAgo(day - 9.5 * 60_000);
    expect(await few.grants.ask(asker, ASK)).toMatchObject({
      faults: [{ what: expect.stringMatching(/You can ask again in 10 minutes\.$/) }],
    });
    await longAgo(day + 60_000);
    expect((await few.grants.ask(asker, ASK)).done).toBe(true);
    expect(await few.grants.ask(asker, ASK)).toMatchObject({ done: false, why: 'too.often' });
  });

  test('what does not fit the rule is refused with the rule’s own words, all at once', async () => {
    const now = world.redis.pulse.clock.now();
    const lock = { ...ASK, actions: ['device.lock'], ticket: 'INC1234', reason: 'Lost in a taxi' };
    const faults = async (more: Partial<Ask>) => {
      const outcome = await world.grants.ask(by('ada'), { ...lock, ...more });
      if (outcome.done) throw new Error('it was asked');
      expect(outcome.why).toBe('terms');
      return outcome.faults?.map(({ at, what }) => `${at}: ${what}`);
    };
    expect(await faults({ ticket: 'xINC1234', reason: 'lost' })).toEqual([
      'reason: Say in ten letters or more why.',
      'ticket: Give the ticket, such as INC1234.',
    ]);
    expect(await faults({ reason: '          .          ' })).toEqual(['reason: Say in ten letters or more why.']);
    expect(await faults({ minutes: 241, uses: 101 })).toEqual([
      'minutes: At most 4 hours may be asked for here (rule locks).',
      'uses: At most 100 uses may be asked for here (rule locks).',
    ]);
    expect(await faults({ minutes: 0, uses: 0.5 })).toEqual([
      'minutes: Ask for at least one minute.',
      'uses: Ask for at least one use.',
    ]);
    expect(await faults({ startAt: Math.floor(now) - 1000 })).toHaveLength(1);
    expect(await faults({ startAt: Math.floor(now) + 31 * 24 * 3_600_000 })).toEqual([
      'startAt: Choose a start within the next 30 days.',
    ]);
    expect(await faults({ targets: [] })).toEqual(['targets: Choose what it is for.']);
    expect(await faults({ targets: [device('\ud800')] })).toEqual(['targets: One of these ids cannot be written.']);
  });

  test('a rule that approves by itself is seen to have done so, and works only for whom it names', async () => {
    const lock = { actions: ['device.lock'], ticket: 'INC1234' };
    expect((await ask(lock)).state).toBe('asked');
    const grant = await ask(lock, by('oncall'));
    expect(grant).toMatchObject({ state: 'active', automatic: true, decidedBy: null, approvals: [], usesLeft: 1 });
    expect(await world.grants.activeFor(by('oncall').principal.id)).toHaveLength(1);
    const told = await eventsOf(grant.id);
    expect(told.map(({ kind, actor }) => [kind, actor])).toEqual([
      ['grant.asked', by('oncall').principal.id],
      ['grant.approved', null],
    ]);
    expect(told[1]?.facts).toMatchObject({ automatic: true, rule: 'locks' });
    expect((await ask({}, by('oncall'))).state, 'another rule').toBe('asked');
  });

  test('a rule that approves by itself gives one person no more than a hundred at a time', async () => {
    const lock = { ...ASK, actions: ['device.lock'], ticket: 'INC1234' };
    const outcomes = await Promise.all(Array.from({ length: 103 }, () => world.grants.ask(by('oncall'), lock)));
    const refused = outcomes.filter((outcome) => !outcome.done);
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(refused[0]).toEqual({ done: false, why: 'too.many' });
    expect(await world.grants.activeFor(by('oncall').principal.id)).toHaveLength(100);
  });
});

test('asked for by one session, approved for it alone: its end takes the rest of the way', async () => {
  const { id } = await ask();
  expect(await tryApprove(id, by('grace'))).toBe('asked');
  await approve(world.grants, (await world.grants.get(id)) as Grant, by('olga'));
  await world.endSession(by('ada'));
  world.redis.pulse.forget();
  expect((await world.grants.get(id))?.state).toBe('lapsed');
  expect(await tryApprove(id, by('lena'))).toBe('lapsed');
  expect(await world.grants.deny(id, by('lena'), 'no')).toEqual({ done: false, why: 'lapsed' });
  who.ada = await world.login('ada', ['mdm-admins']);
  expect(await world.grants.withdraw(id, by('ada'))).toEqual({ done: false, why: 'lapsed' });
  expect(await world.grants.sweep(true)).toBeGreaterThan(0);
  expect((await eventsOf(id)).at(-1)).toMatchObject({ kind: 'grant.lapsed', facts: { because: 'session' } });
});
