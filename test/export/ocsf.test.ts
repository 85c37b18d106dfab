// The journal in OCSF: every kind of event is an event of the published schema, and says what happened.
import { describe, expect, test } from 'vitest';
import type { Ocsf } from '../../src/audit/export/ocsf/event.ts';
import { intentOf, toOcsf } from '../../src/audit/export/ocsf/ocsf.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { ACT, AT, entryOf, eventOf, everyKind, OUTCOME, PRODUCT } from './events.ts';
import { ocsfFaults } from './ocsfSchema.ts';

const map = (event: AuditEvent, intent: AuditEvent | null = null): Ocsf =>
  toOcsf(entryOf(event, 9), PRODUCT, intent && entryOf(intent, 1));

describe('the published schema', () => {
  test.each(everyKind().map((entry) => [JSON.parse(entry.event).kind as string, entry] as const))(
    'takes %s',
    (_kind, entry) => {
      expect(ocsfFaults(toOcsf(entry, PRODUCT, null))).toEqual([]);
    },
  );

  test('refuses a planted fault: an unknown member, a wrong type, a missing one, a number that is no activity', () => {
    const event = map(ACT);
    const { api: _api, ...without } = event;
    expect(ocsfFaults({ ...event, weather: 'fine' })).toEqual(['weather: not in the schema']);
    expect(ocsfFaults({ ...event, time: 'now' })).toEqual(['time: "now" is no timestamp_t']);
    expect(ocsfFaults(without)).toEqual(['api: is required']);
    expect(ocsfFaults({ ...event, activity_id: 17 })).toContain('activity_id: 17 is none of the enumeration');
    expect(
      ocsfFaults({ ...map(eventOf('freeze.set')), metadata: { version: '1.5.0', product: { name: 'x' } } }),
    ).toEqual(['actor: only with the profile host']);
  });

  test('takes events whose facts are nonsense, and entries that are no event at all', () => {
    for (const kind of everyKind()) {
      const { kind: name } = JSON.parse(kind.event) as AuditEvent;
      for (const facts of [
        {},
        { targets: 7, action: [], title: { a: 1 }, status: 'x', peer: 4, refusals: 'x', count: null, holder: 3 },
      ])
        expect([name, ocsfFaults(map({ kind: name, actor: null, facts } as unknown as AuditEvent))]).toEqual([
          name,
          [],
        ]);
    }
    for (const event of ['', '[]', 'null', '{"kind":7}', '{"kind":"act.intent","facts":[]}'])
      expect(ocsfFaults(toOcsf({ ...entryOf(ACT), event }, PRODUCT, null))).toEqual([]);
  });
});

test('an act is API activity: who, what, on which devices, from where, and when', () => {
  expect(map(ACT)).toMatchObject({
    class_uid: 6003,
    activity_name: 'Delete',
    severity: 'High',
    status: 'Unknown',
    time: AT,
    message: 'Ada is about to: Wipe 2 devices: d-0142, d-0143',
    actor: { user: { uid: 'https://idp.test#ada', name: 'Ada' }, session: { uid: 'ses_1' } },
    api: { operation: 'device.wipe', service: { name: 'acme' }, request: { uid: 'exc_1' } },
    src_endpoint: { ip: '10.1.2.3' },
    resources: [
      { type: 'device', uid: 'd-0142' },
      { type: 'device', uid: 'd-0143' },
    ],
    http_request: { http_method: 'POST', url: { path: '/api/devices/d-0142/wipe', query_string: 'force=1' } },
    metadata: { event_code: 'act.intent', correlation_uid: 'exc_1', sequence: 9, log_provider: 'main' },
    unmapped: { facts: { policies: ['wipe-by-grant'], grant: 'gra_1' } },
  });
});

test('an outcome says of which act it is, and never more than is known', () => {
  const done = map(OUTCOME, ACT);
  expect(done).toMatchObject({
    activity_name: 'Delete',
    status: 'Success',
    status_code: '202',
    api: { operation: 'device.wipe' },
  });
  expect(done.resources).toHaveLength(2);
  const facts = (more: object) => ({ ...OUTCOME, facts: { ...OUTCOME.facts, ...more } });
  expect(map(facts({ status: 500 }), ACT).status).toBe('Failure');
  expect(map(facts({ status: null, end: 'failed' }), ACT).status).toBe('Unknown');
  expect(map(facts({ end: 'aborted' }), ACT).status).toBe('Unknown');
  expect(map(facts({ sent: false, status: null, reason: 'upstream.failed' }), ACT).status).toBe('Failure');
  expect(map(OUTCOME).activity_name).toBe('Unknown');
  expect(intentOf(entryOf(OUTCOME))).toBe(1);
  expect(intentOf(entryOf(ACT))).toBeNull();
});

test('a refusal is a failure with its reason; one that is only observed is none', () => {
  expect(map(eventOf('request.refused'))).toMatchObject({
    status: 'Failure',
    status_detail: 'grant.required',
    severity: 'Medium',
  });
  expect(map(eventOf('request.observed'))).toMatchObject({ status: 'Success' });
});

test('sign-ins, access and breakers are in the classes where a SIEM looks for them', () => {
  const classes = [
    'login.failed',
    'session.ended',
    'passkey.removed',
    'grant.approved',
    'grant.ended',
    'freeze.set',
    'gateway.started',
  ] as const;
  expect(classes.map((kind) => map(eventOf(kind)).type_name)).toEqual([
    'Authentication: Logon',
    'Authentication: Logoff',
    'Account Change: MFA Factor Disable',
    'User Access Management: Assign Privileges',
    'User Access Management: Revoke Privileges',
    'Detection Finding: Create',
    'Application Lifecycle: Start',
  ]);
  expect(map(eventOf('grant.approved'))).toMatchObject({ user: { name: 'Ada' } });
  expect(map(eventOf('freeze.set'))).toMatchObject({
    severity: 'Critical',
    finding_info: { uid: 'frz_1', types: ['budget breaker'] },
  });
});

test('signatures stay in the ledger: they are long, and a copy of them proves nothing more', () => {
  for (const entry of everyKind()) expect(JSON.stringify(toOcsf(entry, PRODUCT, null))).not.toContain('EVIDENCE');
});

test('an entry has one name for ever, and another one in a journal that began anew', () => {
  const uid = (hash: string) => (toOcsf({ ...entryOf(ACT), hash }, PRODUCT, null).metadata as { uid: string }).uid;
  expect(uid('a'.repeat(64))).toBe(uid('a'.repeat(64)));
  expect(uid('a'.repeat(64))).not.toBe(uid('b'.repeat(64)));
  const { hash, digest } = entryOf(ACT, 9);
  expect(map(ACT).unmapped).toMatchObject({ hash, digest });
});

test('an act on ten thousand devices stays an event that receivers can take', () => {
  const targets = Array.from({ length: 10_000 }, (_, index) => `device:${'d'.repeat(300)}${index}`);
  const event = map({ ...ACT, facts: { ...ACT.facts, targets, title: 'x'.repeat(100_000) } });
  expect(JSON.stringify(event).length).toBeLessThan(100_000);
  expect((event.unmapped as { facts: { targets: string[] } }).facts.targets.at(-1)).toBe('... (10000 in all)');
  expect(ocsfFaults(event)).toEqual([]);
});

test('a text that is cut is cut between characters: receivers refuse halves', () => {
  const long = `${'n'.repeat(1999)}👩`;
  const targets = [`device:${'d'.repeat(399)}👩`];
  const made = map({ ...ACT, actor: long, actorName: long, facts: { ...ACT.facts, title: long, targets } });
  expect(JSON.stringify(made)).not.toMatch(/\\ud[89a-f]/i);
  expect(ocsfFaults(made)).toEqual([]);
});

test('an object with very many members says how many they are', () => {
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`m${index}`, index]));
  const { unmapped } = map({ ...eventOf('sessions.searched'), facts: { many } });
  expect((unmapped as { facts: { many: object } }).facts.many).toMatchObject({ m0: 0, '...': '(150 in all)' });
});
