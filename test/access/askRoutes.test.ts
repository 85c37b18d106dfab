// Asking for access on the terms of a rule: who is asked, what may be asked for, one step after the other, and what of it is left.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApprovalRule } from '../../src/kernel/accessRules.ts';
import { AskRule, GrantView } from '../../src/portal/contract/grants.ts';
import { ASK, RULE } from './kit.ts';
import { openPortal, type Person, type Portal } from './portal.ts';

const { title: _title, ...asking } = ASK;
const RULED: ApprovalRule = {
  ...RULE,
  id: 'wipes',
  match: { consoles: ['acme'], actions: ['device.wipe'], risks: ['destructive'] },
  steps: [
    { groups: ['mdm-approvers'], count: 1 },
    { groups: ['mdm-leads'], count: 1 },
  ],
  ticket: { pattern: 'MDM-\\d+', say: 'Give the number of a ticket, such as MDM-4711.' },
  longest: 240,
  mostUses: 5,
};
const EASY: ApprovalRule = {
  ...RULE,
  id: 'locks',
  match: { consoles: ['*'], actions: ['device.lock'], risks: ['high'] },
  automatic: ['mdm-admins'],
  asksPerDay: 3,
};
let ruled: Portal;
let asker: Person;
let first: Person;
let lead: Person;
beforeAll(async () => {
  ruled = await openPortal({ approvals: [RULED, EASY] });
  [asker, first, lead] = [await ruled.person('ada'), await ruled.person('grace'), await ruled.person('lena')];
});
afterAll(() => ruled.stop());
const askHere = async (change: object = {}) => {
  const { status, body } = await asker.post('/api/grants', { ...asking, ...change });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
};
const approveHere = async (person: Person, id: string, terms: object) => {
  const options = await person.post(`/api/grants/${id}/approve/options`, terms);
  if (options.status !== 200) return options;
  const assertion = person.authenticator.get(options.body);
  return person.post(`/api/grants/${id}/approve`, { ...terms, assertion });
};

test('the form is told the rule: patterns with their words, limits, and who will be asked', async () => {
  const { body } = await asker.get('/api/grants/rule?console=acme&action=device.wipe');
  expect(AskRule.parse(body)).toEqual({
    rule: 'wipes',
    reason: null,
    ticket: RULED.ticket,
    longest: 240,
    mostUses: 5,
    whom: '1 of mdm-approvers, then 1 of mdm-leads',
    automatic: false,
  });
  const easy = await asker.get('/api/grants/rule?console=acme&action=device.lock');
  expect(easy.body).toMatchObject({ rule: 'locks', automatic: true });
  expect((await first.get('/api/grants/rule?console=acme&action=device.lock')).status).toBe(403);
});

test('each fault names its member and says what to do', async () => {
  const { status, body } = await asker.post('/api/grants', {
    ...asking,
    ...{ minutes: 300, uses: 9, ticket: 'none', startAt: 1 },
  });
  expect(status).toBe(400);
  expect(body.faults).toEqual([
    { at: 'ticket', what: 'Give the number of a ticket, such as MDM-4711.' },
    { at: 'minutes', what: 'At most 4 hours may be asked for here (rule wipes).' },
    { at: 'uses', what: 'At most 5 uses may be asked for here (rule wipes).' },
    { at: 'startAt', what: 'Choose a start that is still to come, or start at once.' },
  ]);
});

test('actions of two rules are asked for separately', async () => {
  const { status, body } = await asker.post('/api/grants', { ...asking, actions: ['device.wipe', 'device.lock'] });
  expect(status).toBe(400);
  expect(body.faults).toEqual([{ at: 'actions', what: expect.stringContaining('ask for it separately') }]);
  const rule = await asker.get('/api/grants/rule?console=acme&action=device.wipe&action=device.lock');
  expect(rule.body.faults).toEqual(body.faults);
});

test('what policy would refuse even with access cannot be asked for', async () => {
  const { status, body } = await asker.post('/api/grants', { ...asking, actions: ['device.lock', 'sso.change'] });
  expect(status).toBe(400);
  expect(body.faults).toEqual([
    { at: 'actions.1', what: 'Your role does not allow "SSO changes", not even with access: leave it out' },
  ]);
});

test('a rule that needs nobody gives access at once, and it is shown as that', async () => {
  const body = GrantView.parse(await askHere({ actions: ['device.lock'] }));
  expect(body).toMatchObject({ state: 'active', automatic: true, decidedBy: null, rule: 'locks', risk: 'high' });
});

test('who has asked too often within a day is told when to ask again', async () => {
  const often = await ruled.person('olga');
  const lock = { ...asking, actions: ['device.lock'] };
  for (let i = 0; i < 3; i += 1) expect((await often.post('/api/grants', lock)).status).toBe(201);
  const { status, body } = await often.post('/api/grants', lock);
  expect(status).toBe(409);
  expect(body.detail).toBe('You have asked 3 times within a day, as often as you may. You can ask again in 24 hours.');
});

test('steps: first the one group, then the other; what each left of it is seen', async () => {
  const targets = ['d-1', 'd-2', 'd-3'].map((id) => ({ kind: 'device', id }));
  const { id } = await askHere({ minutes: 60, uses: 3, targets });
  expect(GrantView.parse((await first.get(`/api/grants/${id}`)).body).notes).toEqual(['First wipe by ada in 90 days.']);
  expect(GrantView.parse((await asker.get(`/api/grants/${id}`)).body).notes).toEqual([]);
  const early = await approveHere(lead, id, { minutes: 60, uses: 3 });
  expect([early.status, early.body.detail]).toEqual([403, 'People of other groups must approve this now.']);
  const left = targets.slice(0, 2);
  const half = GrantView.parse((await approveHere(first, id, { minutes: 30, uses: 2, targets: left })).body);
  expect(half).toMatchObject({ state: 'asked', minutes: 30, uses: 2, targets: left, askedTargets: targets });
  expect(half.steps).toEqual([
    {
      groups: ['mdm-approvers'],
      count: 1,
      approvals: [expect.objectContaining({ minutes: 30, uses: 2, targets: 2 })],
    },
    { groups: ['mdm-leads'], count: 1, approvals: [] },
  ]);
  expect((await approveHere(first, id, { minutes: 30, uses: 2 })).status).toBe(409);
  for (const wider of [
    { minutes: 31, uses: 2 },
    { minutes: 30, uses: 3 },
    { minutes: 30, uses: 2, targets },
    { minutes: 30, uses: 2, targets: [{ kind: 'any', id: '*' }] },
  ])
    expect((await approveHere(lead, id, wider)).status, JSON.stringify(wider)).toBe(400);
  const whole = GrantView.parse((await approveHere(lead, id, { minutes: 30, uses: 1 })).body);
  expect(whole).toMatchObject({ state: 'active', usesLeft: 1, targets: left, decidedBy: { name: 'lena' } });
});

test('one denial is final, also after a yes', async () => {
  const { id } = await askHere();
  await approveHere(first, id, { minutes: 30, uses: 1 });
  const { status, body } = await lead.post(`/api/grants/${id}/deny`, { reason: 'Not today' });
  expect([status, body.state]).toEqual([200, 'denied']);
  expect((await approveHere(lead, id, { minutes: 30, uses: 1 })).status).toBe(409);
});

test('twice at once: of two yeses of one person one counts', async () => {
  const { id } = await askHere();
  const answers = await Promise.all([1, 2].map(() => approveHere(first, id, { minutes: 30, uses: 1 })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const { steps } = GrantView.parse((await asker.get(`/api/grants/${id}`)).body);
  expect(steps.flatMap(({ approvals }) => approvals)).toHaveLength(1);
});
