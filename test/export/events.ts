// One event of each kind, with the facts that the product writes, as entries of a journal.
import { type AuditEvent, EVENT_KINDS, type EventKind, type JournalEntry } from '../../src/kernel/auditEvent.ts';
import { canonicalJson, type Json } from '../../src/kernel/canonicalJson.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';

export const AT = Date.UTC(2026, 10, 23, 8, 0, 0);
export const PRODUCT = { version: '1.2.3', deployment: 'main' };

export const ACT: AuditEvent = {
  kind: 'act.intent',
  actor: 'https://idp.test#ada',
  actorName: 'Ada',
  session: 'ses_1',
  exchange: 'exc_1',
  console: 'acme',
  facts: {
    action: 'device.wipe',
    risk: 'destructive',
    title: 'Wipe 2 devices: d-0142, d-0143',
    targets: ['device:d-0142', 'device:d-0143'],
    method: 'POST',
    target: '/api/devices/d-0142/wipe?force=1',
    door: 'request',
    bodyDigest: 'ab'.repeat(32),
    policies: ['wipe-by-grant'],
    policySet: 'cd'.repeat(32),
    grant: 'gra_1',
    hold: null,
    peer: '10.1.2.3',
  },
};
export const OUTCOME: AuditEvent = {
  ...ACT,
  kind: 'act.outcome',
  facts: { intent: 1, sent: true, reason: null, status: 202, end: 'done', bodyDigest: null },
};

const FACTS: { readonly [kind in EventKind]?: AuditEvent['facts'] } = {
  'act.intent': ACT.facts,
  'act.outcome': OUTCOME.facts,
  'gateway.started': { run: 'gw_1', policySet: 'ab' },
  'login.succeeded': { groups: ['mdm-admins'], authenticatedAt: AT },
  'login.failed': { fault: 'login.failed', detail: 'state' },
  'session.ended': { because: 'logout' },
  'passkey.enrolled': { passkey: 'abc', name: 'Key' },
  'stepup.succeeded': { passkey: 'abc', evidence: { signature: 'EVIDENCE', clientData: 'EVIDENCE' } },
  'stepup.failed': { purpose: 'fresh', subject: null, why: 'uv' },
  'grant.asked': {
    grant: 'gra_1',
    actions: ['device.wipe'],
    targets: [{ kind: 'device', id: 'd-0142' }],
    reason: 'Lost',
  },
  'grant.approved': {
    grant: 'gra_1',
    holder: 'https://idp.test#ada',
    holderName: 'Ada',
    title: 'Wipe 1 device: d-0142',
    minutes: 30,
    signed: { evidence: 'EVIDENCE' },
  },
  'grant.ended': { grant: 'gra_1', holder: 'https://idp.test#ada', holderName: 'Ada', title: 'Wipe', because: 'time' },
  'hold.created': { hold: 'hol_1', title: 'Wipe 1 device: d-0142', action: 'device.wipe', targets: ['device:d-0142'] },
  'hold.denied': {
    hold: 'hol_1',
    action: 'device.wipe',
    title: 'Wipe 1 device',
    holder: 'https://idp.test#ada',
    reason: 'no',
  },
  'freeze.set': {
    freeze: 'frz_1',
    match: { actions: ['device.wipe'] },
    budget: 'wipes',
    reason: 'more than 10 devices in 1 hour',
  },
  'policy.rejected': { digest: 'ab', faults: 2 },
  'request.refused': {
    reason: 'grant.required',
    detail: 'no grant',
    method: 'POST',
    target: '/x',
    action: 'device.wipe',
    title: 'Wipe 1 device',
    targets: ['device:d-1'],
    peer: 'unix',
  },
  'request.observed': {
    reason: 'grant.required',
    action: 'device.lock',
    title: 'Lock 1 device',
    targets: ['device:d-1'],
  },
  'door.refused': {
    run: 'gw_1',
    batch: 4,
    since: AT,
    until: AT + 900,
    refusals: [{ reason: 'session.missing', console: null, count: 7 }],
  },
  'notice.failed': { parcel: 'not_1', channel: 'mail', tries: 12, why: 'answered 550' },
  'export.skipped': { destination: 'siem', from: 3, to: 3, count: 1, why: 'answered 400' },
  'export.lagging': { destination: 'siem', lag: 20_000, oldest: AT },
};

/** Without a session or an actor for what the gateway does by itself. */
const OWN =
  /^(?:gateway|epoch|door|notice|export|policy|retention)\.|^grant\.(?:ended|lapsed|reminded|escalated)$|^login\.failed$/;

export const eventOf = (kind: EventKind): AuditEvent => {
  const facts = FACTS[kind] ?? { subject: 'x', count: 3, list: ['a'], nested: { a: { b: { c: { d: 1 } } } } };
  if (kind === 'act.intent' || kind === 'act.outcome') return { ...ACT, kind, facts };
  return OWN.test(kind)
    ? { kind, actor: null, facts }
    : { kind, actor: 'https://idp.test#ada', actorName: 'Ada', session: 'ses_1', console: 'acme', facts };
};

export function entryOf(event: AuditEvent, seq = 1, at = AT): JournalEntry {
  const json = canonicalJson(event as unknown as Json);
  const digest = sha256Hex(json);
  return { seq, at, event: json, digest, fact: '', hash: sha256Hex(`${seq}\n${digest}`) };
}

export const everyKind = (): JournalEntry[] => EVENT_KINDS.map((kind, index) => entryOf(eventOf(kind), index + 1));
