// Rules about who agreed to what: every approval is another person's with another key, over the very request, and an act has
// the signatures that its intent says it had. Somebody who may write the whole journal anew, but has no keys, is found.
import { describe, expect, test } from 'vitest';
import { verifyJournal } from '../../src/audit/verify/verifyJournal.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { canonicalJson, type Json } from '../../src/kernel/canonicalJson.ts';
import { type HoldTerms, holdChallenge } from '../../src/kernel/hold.ts';
import { sha256Base64url } from '../../src/kernel/ids.ts';
import { ADA, assertion, chain, GRACE, holdTerms, newKey, ORIGIN, RP_ID, T0, type TestKey } from './journalKit.ts';

const OLGA = 'https://idp.example.com#olga';
const KEYS: { readonly [person: string]: TestKey } = {
  [ADA]: newKey('ES256'),
  [GRACE]: newKey('EdDSA'),
  [OLGA]: newKey('EdDSA'),
};
const keyOf = (person: string): TestKey => KEYS[person] ?? newKey('EdDSA');
const credentialOf = (person: string): string => Buffer.from(`credential of ${person}`).toString('base64url');
const evidenceOf = (person: string, challenge: string, key = keyOf(person)) => ({
  ...assertion(key, challenge),
  credentialId: credentialOf(person),
});

const enrolled = (actor: string, key = keyOf(actor)): AuditEvent => ({
  kind: 'passkey.enrolled',
  actor,
  facts: { passkey: credentialOf(actor), publicKey: key.spki.toString('base64url') },
});
const signature = (kind: 'hold.signed' | 'hold.approved', actor: string, terms = holdTerms(), key = keyOf(actor)) => {
  const challenge = holdChallenge(terms);
  const signed = { terms, challenge, evidence: evidenceOf(actor, challenge, key) } as unknown as Json;
  const session = actor === ADA ? 'ses_1' : 'ses_2';
  return { kind, actor, session, facts: { hold: terms.id, signed } } satisfies AuditEvent;
};
const made = ({ id, session, console, expiresAt, ...terms }: HoldTerms = holdTerms()): AuditEvent => ({
  kind: 'hold.created',
  actor: ADA,
  session,
  console,
  facts: { hold: id, ...(terms as unknown as { [name: string]: Json }) },
});
const act = (facts: AuditEvent['facts'] = {}, event: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'act.intent',
  actor: ADA,
  session: 'ses_1',
  exchange: 'exc_1',
  console: 'mdm',
  ...event,
  facts: {
    title: 'Wipe 1 device: d-0142',
    hold: 'hol_1',
    holdSigned: true,
    holdApprovals: 2,
    action: 'device.wipe',
    method: 'POST',
    target: '/api/devices/d-0142/wipe',
    targets: ['device:d-0142'],
    bodyDigest: holdTerms().bodyDigest,
    signedDigest: null,
    ...facts,
  },
});
const of = (kind: 'hold.denied' | 'hold.cancelled', actor: string): AuditEvent => ({
  kind,
  actor,
  facts: { hold: 'hol_1' },
});

const everybody = [enrolled(ADA), enrolled(GRACE), enrolled(OLGA)];
const signatures = [
  signature('hold.signed', ADA),
  signature('hold.approved', GRACE),
  signature('hold.approved', OLGA),
] as const;
/** Enrolled by all, made, signed by all three, done: 8 entries, of which the last is the act. */
const story = (...rest: AuditEvent[]): AuditEvent[] => [...everybody, made(), ...rest];

/** What only the scripts knew, as they write it. */
const FACTS: { readonly [kind: string]: string } = {
  'hold.created': `{"expiresAt":${holdTerms().expiresAt}}`,
  'grant.approved': `{"activeFrom":${T0},"activeUntil":${T0 + 600_000}}`,
  'act.outcome': '{"refunded":true,"usesLeft":1}',
};
const faultsOf = async (events: readonly AuditEvent[], later: { readonly [index: number]: number } = {}) => {
  const entries = chain(events).map((entry, index) => {
    const fact = FACTS[events[index]?.kind ?? ''];
    return { ...entry, ...(fact === undefined ? {} : { fact }), at: entry.at + (later[index] ?? 0) };
  });
  const { faults } = await verifyJournal(entries, [], { origin: ORIGIN, rpId: RP_ID });
  // The fact is part of the chain, which journalKit makes without one: not what these tests are about.
  return faults.filter(({ what }) => !what.startsWith('hash:')).map(({ seq, what }) => `${seq} ${what}`);
};

test('two approvals and the own signature, in any order, and the act that rests on them', async () => {
  const [own, grace, olga] = signatures;
  for (const order of [
    [own, grace, olga],
    [grace, olga, own],
    [grace, own, olga],
  ])
    expect(await faultsOf(story(...order, act()))).toEqual([]);
});

describe('a signature that must not count is found where it stands', () => {
  const [own, grace, olga] = signatures;
  const other = { ...holdTerms(), target: '/api/devices/d-0143/wipe' };
  const stolen = newKey('EdDSA');
  const cases: [name: string, events: AuditEvent[], fault: RegExp][] = [
    ['the requester as approver', story(own, signature('hold.approved', ADA)), /^6 evidence: the requester approved/],
    [
      'the requester as approver, before their own signature',
      story(signature('hold.approved', ADA)),
      /^5 evidence: the requester approved/,
    ],
    ['one approver twice', story(grace, grace), /^6 evidence: the same person approved twice/],
    [
      'one key under two names',
      [enrolled(ADA), made(), grace, signature('hold.approved', OLGA, holdTerms(), keyOf(GRACE))],
      /^4 evidence: one key signed under two names/,
    ],
    [
      'the key that the requester signed with, under another name',
      [made(), own, signature('hold.approved', OLGA, holdTerms(), keyOf(ADA))],
      /^3 evidence: one key signed under two names/,
    ],
    [
      'a key that the requester enrolled, under another name',
      [enrolled(ADA), enrolled(OLGA, keyOf(ADA)), made(), signature('hold.approved', OLGA, holdTerms(), keyOf(ADA))],
      /^4 evidence: it was approved with a key of the requester/,
    ],
    [
      'the requester signing with the key that an approver used',
      [made(), grace, signature('hold.signed', ADA, holdTerms(), keyOf(GRACE))],
      /^3 evidence: an approver signed with the requester/,
    ],
    [
      'another key than enrolled',
      story(signature('hold.approved', GRACE, holdTerms(), stolen)),
      /^5 evidence: another key than this passkey/,
    ],
    ['somebody else in the place of its person', story(signature('hold.signed', OLGA)), /^5 evidence: somebody else/],
    ['the own person from another session', story({ ...own, session: 'ses_9' }), /^5 evidence: .*another session/],
    [
      'one that approves another request',
      story(own, signature('hold.approved', GRACE, other)),
      /^6 evidence: not the request that waited/,
    ],
    [
      'all over another request than waited',
      story(signature('hold.signed', ADA, other)),
      /^5 evidence: not the request that waited/,
    ],
    ['one after the denial', story(own, of('hold.denied', OLGA), grace), /^7 evidence: it was denied before/],
    ['one after the cancellation', story(own, of('hold.cancelled', ADA), grace), /^7 evidence: it was cancelled/],
    ['one after the act', story(own, grace, olga, act(), olga), /^9 evidence: it was used before/],
  ];
  test.each(cases)('%s', async (_name, events, fault) => {
    const faults = await faultsOf(events);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });
});

describe('an act that was not what was signed, or not signed as it says, is found', () => {
  const [own, grace, olga] = signatures;
  const all = [own, grace, olga];
  const cases: [name: string, events: AuditEvent[], fault: RegExp][] = [
    ['no signature at all', story(act()), /hold that was not signed/],
    ['one approval of two', story(own, grace, act()), /says 2 people approved it, and 1 did/],
    ['no own signature', story(grace, olga, act()), /its own person had not signed/],
    ['it says that it needed nobody', story(...all, act({ holdSigned: false, holdApprovals: 0 })), /needed nobody/],
    ['denied before', story(...all, of('hold.denied', OLGA), act()), /hold that was denied/],
    ['cancelled before', story(...all, of('hold.cancelled', ADA), act()), /hold that was cancelled/],
    ['released twice', story(...all, act(), act()), /that an earlier act used/],
    ['another person', story(...all, act({}, { actor: OLGA })), /the person differs/],
    ['another session', story(...all, act({}, { session: 'ses_2' })), /the session differs/],
    ['another console', story(...all, act({}, { console: 'other' })), /the console differs/],
    ['another action', story(...all, act({ action: 'device.lock' })), /the action differs/],
    ['another method', story(...all, act({ method: 'DELETE' })), /the method differs/],
    ['another path', story(...all, act({ target: '/api/devices/d-0143/wipe' })), /the path differs/],
    ['another device', story(...all, act({ targets: ['device:d-0143'] })), /the set of devices differs/],
    ['one device more', story(...all, act({ targets: ['device:d-0142', 'device:d-1'] })), /the set of devices differs/],
    ['other bytes', story(...all, act({ bodyDigest: 'f'.repeat(64) })), /the content differs/],
    ['other bytes than were digested', story(...all, act({ signedDigest: 'f'.repeat(64) })), /the content differs/],
  ];
  test.each(cases)('%s', async (_name, events, fault) => {
    const faults = await faultsOf(events);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  test('after its time', async () => {
    const terms = { ...holdTerms(), expiresAt: T0 + 20 };
    const entries = chain([made(terms), signature('hold.signed', ADA, terms), act({ holdApprovals: 0 })]);
    const { faults } = await verifyJournal(entries, []);
    expect(faults.map(({ what }) => what)).toEqual(['event: an act with a hold whose time was over']);
  });

  test('secrets that the intent leaves out are no difference, what stands before them is one', async () => {
    const terms = { ...holdTerms(), target: '/api/passcode/123456/d-1?pin=1' };
    const signed = signature('hold.signed', ADA, terms);
    const told = (target: string) => faultsOf([signed, act({ target, holdApprovals: 0 })]);
    expect(await told('/api/passcode/[redacted]/d-1?pin=[redacted]')).toEqual([]);
    expect(await told('/api/other/[redacted]/d-1?pin=[redacted]')).toEqual([expect.stringMatching(/the path differs/)]);
  });

  test('volatile members may differ in the bytes, not in what was digested', async () => {
    const digest = holdTerms().bodyDigest;
    const told = (facts: AuditEvent['facts']) => faultsOf(story(...all, act(facts)));
    expect(await told({ bodyDigest: 'e'.repeat(64), signedDigest: digest })).toEqual([]);
  });

  test('journals of before, which knew the own signature only, still verify', async () => {
    const { holdSigned, holdApprovals, signedDigest, ...facts } = act().facts;
    expect([holdSigned, holdApprovals, signedDigest]).toEqual([true, 2, null]);
    expect(await faultsOf([own, { ...act(), facts }])).toEqual([]);
    expect(await faultsOf([grace, { ...act(), facts }])).toHaveLength(1);
  });
});

describe('grants', () => {
  const asked: AuditEvent = {
    kind: 'grant.asked',
    actor: ADA,
    session: 'ses_1',
    console: 'mdm',
    facts: {
      grant: 'gra_1',
      actions: ['device.lock', 'device.wipe'],
      targets: [
        { kind: 'device', id: 'd-1' },
        { kind: 'device', id: 'd-2' },
      ],
      minutes: 60,
      uses: 5,
    },
  };
  const yes = (
    kind: 'grant.step.approved' | 'grant.approved',
    actor: string,
    change: { [name: string]: Json } = {},
    key = keyOf(actor),
  ): AuditEvent => {
    const terms = {
      purpose: 'sallyport.grant.v2',
      id: 'gra_1',
      holder: ADA,
      console: 'mdm',
      actions: ['device.lock', 'device.wipe'],
      targets: ['device:d-1', 'device:d-2'],
      reason: 'Lost in a taxi',
      ticket: '',
      minutes: 60,
      uses: 5,
      clock: 'approval',
      startAt: null,
      step: 0,
      approver: actor,
      ...change,
    };
    const challenge = sha256Base64url(canonicalJson(terms));
    const signed = { terms, challenge, evidence: evidenceOf(actor, challenge, key) } as unknown as Json;
    return { kind, actor, facts: { grant: 'gra_1', signed } };
  };
  const used = (facts: AuditEvent['facts'] = {}, event: Partial<AuditEvent> = {}): AuditEvent => ({
    ...{ kind: 'act.intent', actor: ADA, session: 'ses_1', exchange: 'exc_1', console: 'mdm' },
    ...event,
    facts: { grant: 'gra_1', action: 'device.wipe', targets: ['device:d-1'], ...facts },
  });
  /** Nothing of the act of this number was sent, so its use was given back. */
  const back = (intent: number): AuditEvent => ({
    ...{ kind: 'act.outcome', actor: ADA, exchange: 'exc_1' },
    facts: { intent, sent: false },
  });
  const over = (kind: 'grant.ended' | 'grant.denied', because = ''): AuditEvent => ({
    kind,
    actor: null,
    facts: { grant: 'gra_1', because },
  });
  const [first, last] = [yes('grant.step.approved', GRACE), yes('grant.approved', OLGA, { step: 1 })];
  const base = [enrolled(ADA), enrolled(GRACE), enrolled(OLGA), asked];

  test('two steps, narrowed by each, and an act within', async () => {
    const narrowed = yes('grant.approved', OLGA, { step: 1, minutes: 10, uses: 1, targets: ['device:d-1'] });
    expect(await faultsOf([...base, first, narrowed, used()])).toEqual([]);
    const once = [...base, first, narrowed, used(), over('grant.ended', 'uses')];
    expect(await faultsOf([...once, back(once.length - 1), used()])).toEqual([]);
    expect(await faultsOf([...once, used()])).toEqual([expect.stringMatching(/^9 event: an act more than/)]);
    expect(await faultsOf([...once, back(once.length - 1), used(), used()])).toHaveLength(1);
  });

  test('an act before or after its time, also when nobody has written that it ended', async () => {
    const story = [...base, first, last, used()];
    expect(await faultsOf(story)).toEqual([]);
    expect(await faultsOf(story, { 6: 600_000 })).toEqual([expect.stringMatching(/outside of its time/)]);
    expect(await faultsOf(story, { 6: -600_000 })).toContainEqual(expect.stringMatching(/outside of its time/));
  });

  test('minutes that run from the first use end so long after it', async () => {
    const byUse = { ...asked, facts: { ...asked.facts, clock: 'first.use' } };
    const minutes = { minutes: 5, clock: 'first.use' };
    const [one, two] = [
      yes('grant.step.approved', GRACE, minutes),
      yes('grant.approved', OLGA, { ...minutes, step: 1 }),
    ];
    const story = [enrolled(ADA), enrolled(GRACE), enrolled(OLGA), byUse, one, two, used(), used()];
    expect(await faultsOf(story, { 6: 500_000, 7: 700_000 })).toEqual([]);
    expect(await faultsOf(story, { 6: 100_000, 7: 410_000 })).toEqual([expect.stringMatching(/outside of its time/)]);
  });

  test('a batch is within only when every act in it is', async () => {
    const batch = (...acts: string[]) => used({ action: 'bulk.envelope', acts });
    expect(await faultsOf([...base, first, last, batch('device.lock', 'device.wipe')])).toEqual([]);
    expect(await faultsOf([...base, first, last, batch('device.lock', 'user.delete')])).toEqual([
      expect.stringMatching(/outside of what/),
    ]);
  });

  test('a rule may approve; nobody may approve without a signature', async () => {
    const byRule: AuditEvent = { kind: 'grant.approved', actor: null, facts: { grant: 'gra_1', automatic: true } };
    expect(await faultsOf([asked, byRule, used()])).toEqual([]);
    const { automatic } = await verifyJournal(chain([asked, byRule]), []);
    expect(automatic).toBe(1);
    expect(await faultsOf([asked, { ...byRule, actor: GRACE }])).toHaveLength(1);
    expect(await faultsOf([asked, { ...byRule, facts: { grant: 'gra_1' } }])).toHaveLength(1);
    expect(await faultsOf([asked, { ...byRule, kind: 'grant.step.approved' }])).toHaveLength(1);
  });

  const cases: [name: string, events: AuditEvent[], fault: RegExp][] = [
    ['one person in two steps', [...base, first, yes('grant.approved', GRACE, { step: 1 })], /approved twice/],
    [
      'one key in two steps',
      [asked, first, yes('grant.approved', OLGA, { step: 1 }, keyOf(GRACE))],
      /one key signed under two names/,
    ],
    [
      'the holder’s key under another name',
      [enrolled(ADA), enrolled(OLGA, keyOf(ADA)), asked, yes('grant.approved', OLGA, {}, keyOf(ADA))],
      /a key of the holder/,
    ],
    ['more minutes than asked', [...base, yes('grant.approved', GRACE, { minutes: 61 })], /wider/],
    ['more uses than asked', [...base, yes('grant.approved', GRACE, { uses: 6 })], /wider/],
    ['a device more than asked', [...base, yes('grant.approved', GRACE, { targets: ['device:d-3'] })], /wider/],
    [
      'more than the one before left',
      [...base, yes('grant.step.approved', GRACE, { minutes: 10 }), yes('grant.approved', OLGA, { minutes: 20 })],
      /wider/,
    ],
    ['another holder', [...base, yes('grant.approved', GRACE, { holder: OLGA })], /another holder/],
    ['an approval after the denial', [...base, over('grant.denied'), first], /denied before/],
    ['an act before the last step', [...base, first, used()], /nobody approved/],
    ['an act of somebody else', [...base, first, last, used({}, { actor: OLGA })], /somebody else/],
    ['an act on another device', [...base, first, last, used({ targets: ['device:d-9'] })], /outside/],
    ['another action', [...base, first, last, used({ action: 'profile.install' })], /outside/],
    ['another console', [...base, first, last, used({}, { console: 'other' })], /outside/],
    ['an act after it was revoked', [...base, first, last, over('grant.ended', 'revoked'), used()], /had ended/],
  ];
  test.each(cases)('%s is found', async (_name, events, fault) => {
    const faults = await faultsOf(events);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  test('anything and all of a kind cover what they say', async () => {
    for (const [targets, fine] of [
      [[{ kind: 'any', id: '*' }], true],
      [[{ kind: 'device', id: '*' }], true],
      [[{ kind: 'user', id: '*' }], false],
    ] as const) {
      const ask = { ...asked, facts: { ...asked.facts, targets } };
      const approved = yes('grant.approved', GRACE, { targets: targets.map(({ kind, id }) => `${kind}:${id}`) });
      expect(await faultsOf([ask, approved, used()])).toHaveLength(fine ? 0 : 1);
    }
  });
});
