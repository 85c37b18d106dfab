// From an event to who hears what: one row an event. A question that was answered in the meantime is not asked any more.
import { describe, expect, test } from 'vitest';
import { EVENT_KINDS } from '../../src/kernel/auditEvent.ts';
import type { Grant, GrantApproval } from '../../src/kernel/grant.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import { NOTICE_EVENTS, type Notice } from '../../src/notices/notice.ts';
import { noticesOf, stillOpen, type Told } from '../../src/notices/noticesOf.ts';
import { placesOf } from '../../src/notices/routes.ts';
import { aGrant, aHold, askedNotice, NOW, subject, told } from './kit.ts';

const ADA = 'https://idp.test#ada';
const TWO_STEPS = [
  { groups: ['mdm-approvers'], count: 2 },
  { groups: ['mdm-leads'], count: 1 },
];
const yes = (step: number): GrantApproval => ({
  by: { id: `p${step}`, name: 'G' },
  at: NOW,
  step,
  minutes: 30,
  uses: 1,
  targets: [],
});
const ofGrant = (kind: Told['kind'], grant: Partial<Grant>, facts: Told['facts'] = {}) =>
  noticesOf(3, NOW, told(kind as never, facts), subject({ grant: aGrant(grant) }));
const ofHold = (kind: Told['kind'], hold: Partial<Hold>, facts: Told['facts'] = {}) =>
  noticesOf(3, NOW, told(kind as never, facts), subject({ hold: aHold(hold) }));
const whom = (notices: readonly Notice[]) =>
  notices.map(({ audience, headline }) => {
    const who = audience.role === 'approvers' ? audience.groups.join('+') : audience.role;
    return `${who}: ${headline}`;
  });

describe('grants', () => {
  const active = { state: 'active', minutes: 30, uses: 1, activeUntil: NOW + 1 } as const;
  test.each<[string, Partial<Grant>, Told['facts'], string[]]>([
    ['grant.asked', {}, {}, ['mdm-approvers: Ada asks for access']],
    ['grant.asked', { state: 'withdrawn' }, {}, []],
    ['grant.asked', { state: 'active', automatic: true }, {}, []],
    [
      'grant.reminded',
      {},
      { groups: ['mdm-approvers', 'mdm-leads'] },
      ['mdm-approvers+mdm-leads: Ada still waits for an answer'],
    ],
    ['grant.reminded', { state: 'denied' }, { groups: ['mdm-approvers'] }, []],
    ['grant.escalated', {}, { groups: ['mdm-leads'] }, ['mdm-leads: Nobody has answered Ada yet']],
    ['grant.step.approved', { steps: TWO_STEPS, approvals: [yes(0)] }, {}, ['requester: Grace approved: 1 of 3']],
    [
      'grant.step.approved',
      { steps: TWO_STEPS, approvals: [yes(0), yes(0)] },
      {},
      ['mdm-leads: Ada asks for access: Grace approved, you are next', 'requester: Grace approved: 2 of 3'],
    ],
    ['grant.approved', active, {}, ['requester: Grace approved your access']],
    [
      'grant.approved',
      { ...active, minutes: 5 },
      {},
      ['requester: Grace approved your access, with less than you asked for'],
    ],
    ['grant.approved', { ...active, automatic: true }, {}, []],
    ['grant.denied', { state: 'denied', denyReason: 'No' }, {}, ['requester: Grace refused your request']],
    ['grant.lapsed', { state: 'lapsed' }, {}, ['requester: Nobody answered your request in time']],
    ['grant.lapsed', { state: 'lapsed' }, { because: 'session' }, ['requester: Your request ended with your session']],
    ['grant.ended', { state: 'ended' }, { because: 'revoked' }, ['requester: Grace ended your access']],
    [
      'grant.ended',
      { state: 'ended' },
      { because: 'lockdown' },
      ['requester: Your access ended: these acts are frozen'],
    ],
    ['grant.ended', { state: 'ended' }, { because: 'time' }, []],
    ['grant.ended', { state: 'ended' }, { because: 'holder' }, []],
    ['grant.withdrawn', { state: 'withdrawn' }, {}, []],
  ])('%s %j', (kind, grant, facts, expected) => {
    expect(whom(ofGrant(kind, grant, facts))).toEqual(expected);
  });

  test('the answer carries the reason of the denial, the question that of the asking', () => {
    expect(ofGrant('grant.denied', { state: 'denied', denyReason: 'Not today' })[0]?.why).toBe('Not today');
    expect(ofGrant('grant.asked', {})[0]?.why).toBe('Lost on the train');
  });

  test('the same asked again by the same person has the same mark, another device another one', () => {
    const again = askedNotice({ id: 'gra_2' });
    expect(again.same).toBe(askedNotice().same);
    expect(askedNotice({ targets: [{ kind: 'device', id: 'other' }] }).same).not.toBe(again.same);
    expect(askedNotice({ holder: { id: 'eve', name: 'Ada' } }).same).not.toBe(again.same);
  });
});

describe('holds', () => {
  test.each<[string, Partial<Hold>, string[]]>([
    ['hold.asked', {}, ['mdm-approvers: Ada asks you to sign a request']],
    ['hold.asked', { state: 'used' }, []],
    ['hold.reminded', {}, ['mdm-approvers: Ada still waits for your signature']],
    ['hold.reminded', { state: 'denied' }, []],
    ['hold.asked', { needs: { signed: true, approvals: 0 } }, []],
    [
      'hold.approved',
      { approvals: [{ by: { id: 'g', name: 'Grace' }, at: NOW }] },
      ['requester: Grace signed your request: 1 of 2'],
    ],
    ['hold.denied', { state: 'denied' }, ['requester: Grace refused your request']],
    ['hold.created', {}, []],
  ])('%s %j', (kind, hold, expected) => {
    expect(whom(ofHold(kind, hold))).toEqual(expected);
  });

  test('names come first, and the page is the one to sign it', () => {
    const [notice] = ofHold('hold.asked', {});
    expect(notice).toMatchObject({
      devices: '1 device: iPhone of Ada (d-0142)',
      path: '/approvals/hold/hol_1',
      why: 'Stolen',
    });
  });
});

describe('freezes and rules', () => {
  const match = { consoles: ['mdm'], actions: ['*'], risks: ['destructive'] };
  test('everybody who approves, and the operators, hear of a freeze at once', () => {
    const notices = noticesOf(
      3,
      NOW,
      told('freeze.set', { freeze: 'frz_1', match, budget: null, reason: 'Odd' }),
      subject(),
    );
    expect(whom(notices)).toEqual(['mdm-approvers: Grace froze acts', 'operators: Grace froze acts']);
    expect(notices[0]).toMatchObject({ what: 'Acts that cannot be undone', why: 'Odd', patience: 0 });
  });

  test('the release that ends it is one message, not two', () => {
    const released = (freezeStands: boolean) =>
      noticesOf(3, NOW, told('freeze.released', { freeze: 'frz_1', match }), subject({ freezeStands }));
    expect(released(true)).toHaveLength(2);
    expect(released(false)).toEqual([]);
    expect(
      whom(noticesOf(4, NOW, told('freeze.ended', { match }), subject({ freezeGroups: [], freezeStands: false }))),
    ).toEqual(['operators: Grace ended a freeze: acts are possible again']);
  });

  test('rules that were not taken are told to operators, with the first faults', () => {
    const faults = ['a', { file: 'x.cedar', line: 3, what: 'unknown action' }, 'c', 'd'];
    const [notice] = noticesOf(3, NOW, told('policy.rejected', { faults }), subject());
    expect(notice).toMatchObject({
      audience: { role: 'operators' },
      why: 'a; x.cedar:3 unknown action; c; and 1 more',
    });
  });
});

test('what somebody wrote at length takes no more than its share', () => {
  const [notice] = ofGrant('grant.asked', { reason: 'x'.repeat(100_000), title: '\ud800'.repeat(5000) });
  expect(JSON.stringify(notice).length).toBeLessThan(10_000);
});

test('an export that is behind, or left something out: operators, once', () => {
  const facts = { destination: 'siem', lag: 20_000, count: 1, why: 'answered 400' };
  const [behind] = noticesOf(3, NOW, told('export.lagging', facts), subject());
  expect(behind).toMatchObject({ audience: { role: 'operators' }, headline: 'The export to siem is too far behind' });
  expect(behind?.what).toBe('20000 entries of the journal wait; nothing is lost');
  const [left] = noticesOf(4, NOW, told('export.skipped', facts), subject());
  expect(left).toMatchObject({
    what: '1 entry of the journal did not get there',
    why: 'answered 400',
    path: '/operate',
  });
});

test('odd and old events tell nobody, and stop nothing', () => {
  const odd = [{ kind: 'x' }, ...EVENT_KINDS.map((kind) => ({ kind }))].map(({ kind }) => ({
    kind,
    facts: { freeze: 4, groups: 'x' },
  }));
  for (const event of odd) {
    const notices = noticesOf(1, NOW, event, subject());
    if (!NOTICE_EVENTS.some((kind) => kind === event.kind && /^(freeze|policy|export)/.test(kind)))
      expect(notices).toEqual([]);
  }
});

describe('a question is open', () => {
  const [hold] = ofHold('hold.asked', {});
  test.each<[string, Partial<Grant> | null, number, boolean]>([
    ['as long as it waits', {}, NOW, true],
    ['not after its time', {}, NOW + 3_600_000, false],
    ['not when it was answered', { state: 'active' }, NOW, false],
    ['not when its step is done', { steps: TWO_STEPS, approvals: [yes(0), yes(0)] }, NOW, false],
    ['not when nobody knows it any more', null, NOW, false],
  ])('%s', (_, grant, now, open) => {
    expect(stillOpen(askedNotice(), { grant: grant && aGrant(grant), hold: null }, now)).toBe(open);
  });
  test('and a hold the same', () => {
    if (!hold) throw new Error('nobody is asked');
    expect(stillOpen(hold, { grant: null, hold: aHold() }, NOW)).toBe(true);
    expect(stillOpen(hold, { grant: null, hold: aHold({ state: 'cancelled' }) }, NOW)).toBe(false);
    expect(stillOpen(hold, { grant: null, hold: aHold({ state: 'ready' }) }, NOW)).toBe(false);
  });
});

describe('routes', () => {
  const book = {
    groups: { 'mdm-approvers': ['a@x.test', 'b@x.test'], 'mdm-leads': ['l@x.test'] },
    operators: ['o@x.test'],
  };
  const personal = (channel: string) => channel === 'mail';
  const places = (
    notice: Notice,
    to: 'approvers' | 'requester' | 'operators' | string[],
    own: string | null = null,
    events: Notice['event'][] | null = null,
  ) =>
    placesOf(notice, [{ to, events, channels: ['mail', 'chat'] }], book, personal, own).map(
      ({ channel, to: place }) => `${channel}:${place}`,
    );
  const answer = ofGrant('grant.lapsed', { state: 'lapsed' })[0] as Notice;

  test('approvers: the addresses of the groups that are asked, and the chat once', () => {
    expect(places(askedNotice(), 'approvers')).toEqual(['mail:a@x.test', 'mail:b@x.test', 'chat:']);
    expect(places(askedNotice(), ['mdm-approvers']).length).toBe(3);
    expect(places(askedNotice(), ['mdm-leads'])).toEqual([]);
    expect(places(askedNotice(), 'operators')).toEqual([]);
    expect(places(askedNotice(), 'requester')).toEqual([]);
  });
  test('nobody is asked about their own request', () => {
    expect(places(askedNotice(), 'approvers', 'a@x.test')).not.toContain('mail:a@x.test');
  });
  test('the requester by their own address; without one only the chat hears it', () => {
    expect(answer.audience).toEqual({ role: 'requester', principal: ADA });
    expect(places(answer, 'requester', 'ada@x.test')).toEqual(['mail:ada@x.test', 'chat:']);
    expect(places(answer, 'requester')).toEqual(['chat:']);
    expect(places(answer, 'approvers', 'ada@x.test')).toEqual([]);
  });
  test('only the events of the route, and a place once however many routes lead there', () => {
    expect(places(askedNotice(), 'approvers', null, ['grant.escalated'])).toEqual([]);
    const route = { to: 'approvers' as const, events: null, channels: ['chat'] };
    expect(placesOf(askedNotice(), [route, route], book, personal, null)).toHaveLength(1);
  });
});
