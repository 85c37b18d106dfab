// From the act to the proof, with everything real: an admin wipes a device with an approval and a signature, an auditor takes the
// evidence away, and it is whole without the gateway. Who may not, gets nothing, and every export stands in the journal.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createJournal, type Journal } from '../../src/audit/journal/journal.redis.ts';
import { createDiskBlobs } from '../../src/audit/ledger/diskBlobs.ts';
import { createNoteSigner, readCheckpoint } from '../../src/audit/ledger/note.ts';
import { readNoteKey } from '../../src/audit/verify/note.ts';
import { readTar } from '../../src/audit/verify/tarReader.ts';
import { verifyEvidence } from '../../src/audit/verify/verifyEvidence.ts';
import { evidenceExport } from '../../src/cli/evidenceExport.ts';
import { evidenceVerify } from '../../src/cli/evidenceVerify.ts';
import { ledgerRotate } from '../../src/cli/ledgerRotate.ts';
import { ledgerVerify } from '../../src/cli/ledgerVerify.ts';
import { legalHolds, releaseLegalHold, setLegalHold } from '../../src/cli/legalHold.ts';
import { retention } from '../../src/cli/retention.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { createRedisClient, type RedisClient } from '../../src/redis/client.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { admin, approver, granted, type Person, person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import { filesOf, once, tarred } from './kit.ts';

let stack: Stack;
let [ada, grace, linus] = [] as unknown as [Person, Person, Person];
let client: RedisClient;
let journal: Journal;
let [session, hold, grant] = ['', '', ''];

const events = async (kind: string): Promise<AuditEvent[]> => {
  const found: AuditEvent[] = [];
  for await (const entry of journal.all()) {
    const event = JSON.parse(entry.event) as AuditEvent;
    if (event.kind === kind) found.push(event);
  }
  return found;
};

beforeAll(async () => {
  stack = await startStack('retention:\n  - { class: recordings, keep: 365d }\n');
  ada = await admin(stack, 'ada');
  grace = await approver(stack);
  linus = await person(stack, 'linus');
  await linus.enrol();
  client = createRedisClient({
    address: { socketPath: `${stack.dataDir}/redis/redis.sock` },
    commandTimeout: 5000,
    onError: () => undefined,
  });
  while (!client.connected()) await new Promise((wake) => setTimeout(wake, 5));
  const [epochKey = ''] = (await client.command('KEYS', createKeys('*').epoch)) as string[];
  const deployment = /\{([^}]+)\}/.exec(epochKey)?.[1] ?? '';
  journal = createJournal({
    client,
    keys: createKeys(deployment),
    scripts: { run: () => Promise.reject(new Error('reading only')) },
  });
  grant = (await granted(ada, grace)).id;
  const refused = await ada.call('POST', '/api/devices/d-0142/wipe', { pin: '471147' });
  hold = refused.json<{ hold: string }>().hold;
  await ada.signHold(hold);
  const done = await ada.call('POST', '/api/devices/d-0142/wipe', { pin: '471147' }, { 'x-sallyport-hold': hold });
  expect(done.status).toBeLessThan(300);
  session = (await events('act.intent')).at(-1)?.session ?? '';
  await ada.post('/api/logout');
  // The recording is whole when its session is over.
  const recorded = async () => (await events('recording.chunk')).some(({ facts }) => facts.session === session);
  while (!(await recorded())) await new Promise((wake) => setTimeout(wake, 200));
}, 180_000);
afterAll(async () => {
  await client?.close();
  await stack?.close();
});

const keyFile = () => join(stack.dataDir, 'ledger.pub');
const check = (archive: Buffer) => {
  const key = readNoteKey(readFileSync(keyFile(), 'utf8'));
  const origin = stack.addresses.portal;
  return verifyEvidence(readTar(once(archive)), key === null ? [] : [key], { origin, rpId: new URL(origin).hostname });
};
const ask = (about: object, who = linus, more: object = {}) =>
  who.post('/api/evidence', { about, reason: 'Audit of the third quarter', text: false, ...more });

describe('an auditor', () => {
  test.each(['session', 'grant', 'hold'] as const)(
    'takes away the evidence of a %s, and it is whole',
    async (kind) => {
      const answer = await ask({ kind, id: { session, grant, hold }[kind] });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/x-tar']);
      expect(answer.headers['content-disposition']).toContain(`evidence-${kind}-`);
      const report = await check(answer.body);
      expect(report.faults).toEqual([]);
      expect(report.counts).toMatchObject({ enrolled: report.counts.signatures, withheld: 0 });
      expect(report.counts.signatures).toBeGreaterThanOrEqual(kind === 'hold' ? 1 : 2);
      expect(report.counts.recordings).toBeGreaterThan(0);
      expect(report.counts.policies).toBe(1);
    },
    60_000,
  );
  test('takes it away with what was sent, and without secrets; what left is in the journal by its digest', async () => {
    const about = { kind: 'incident', person: (await events('act.intent'))[0]?.actor, from: 0, to: 4_000_000_000_000 };
    const answer = await ask(about, linus, { text: true });
    expect(answer.status).toBe(200);
    const report = await check(answer.body);
    expect([report.ok, report.faults]).toEqual([true, []]);
    const files = await filesOf(answer.body);
    const viewer = String(files.get('viewer.html'));
    expect(viewer).toContain('Wipe');
    expect(viewer).toContain('What was sent');
    for (const [name, bytes] of files) expect(bytes.includes('471147'), name).toBe(false);
    const told = (await events('evidence.exported')).at(-1);
    expect(told).toMatchObject({
      actorName: 'Linus Auditor',
      facts: { about, why: 'Audit of the third quarter', decrypted: true },
    });
    await expect
      .poll(async () => (await events('evidence.sent')).at(-1)?.facts)
      .toEqual({ about, manifest: told?.facts.manifest, outcome: 'whole', bytes: answer.body.length });
    const { createHash } = await import('node:crypto');
    const manifest = createHash('sha256')
      .update(files.get('manifest.json') ?? '')
      .digest('hex');
    expect(told?.facts.manifest).toBe(manifest);
    files.set('viewer.html', Buffer.from('x'));
    expect((await check(await tarred(files))).ok).toBe(false);
  }, 60_000);
  test('gets nothing about what the ledger does not know, without a reason, or when nobody asked', async () => {
    expect((await ask({ kind: 'session', id: 'ses_nobody' })).status).toBe(404);
    expect((await ask({ kind: 'session', id: session }, linus, { reason: '' })).status).toBe(400);
    expect((await ask({ kind: 'incident', person: 'x', from: 2, to: 1 })).status).toBe(400);
    const before = (await events('evidence.exported')).length;
    expect((await ask({ kind: 'session', id: session }, grace)).status).toBe(403);
    expect((await events('evidence.exported')).length).toBe(before);
  }, 60_000);
  test('sets a legal hold with a passkey at hand, and cannot end it alone', async () => {
    const reason = 'Case 12 of the court';
    const match = { kind: 'session', id: session };
    expect((await linus.post('/api/legal-holds', { match, reason })).json()).toMatchObject({
      reason: 'stepup.required',
    });
    expect((await linus.stepUp()).status).toBe(200);
    const set = await linus.post('/api/legal-holds', { match, reason });
    expect([set.status, set.json()]).toMatchObject([
      201,
      { title: `recordings of session ${session}`, may: { release: true } },
    ]);
    const { id } = set.json<{ id: string }>();
    expect((await linus.post(`/api/legal-holds/${id}/release`, { reason: 'It is over' })).json()).toEqual({
      ended: false,
    });
    expect((await linus.post(`/api/legal-holds/${id}/release`, { reason: 'It is over' })).status).toBe(409);
    expect((await linus.read('/api/legal-holds')).json()).toMatchObject([{ id, may: { release: false } }]);
    expect((await grace.post(`/api/legal-holds/${id}/release`, { reason: 'It is over' })).status).toBe(403);
    expect((await linus.read(`/api/sessions/${session}/retention`)).json()).toEqual({ deleted: null });
  }, 60_000);
});

describe('the commands', () => {
  const run = async (work: () => Promise<number>): Promise<[number, string]> => {
    let out = '';
    const spies = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        out += String(text);
        return true;
      }),
    );
    try {
      return [await work(), out];
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  };
  test('export beside the running gateway, and verify: 0; a changed archive: 1; without the key of a ledger: 2', async () => {
    vi.stubEnv('DEMO_OIDC_SECRET', 'only to read the file');
    const config = join(stack.dataDir, 'sallyport.yaml');
    const out = join(stack.dataDir, 'evidence.tar');
    const [code, said] = await run(() =>
      evidenceExport('session', session, { config, out, reason: 'Audit', decrypt: true }),
    );
    expect([code, said]).toEqual([0, expect.stringContaining('with their text')]);
    expect((await events('evidence.exported')).at(-1)?.actorName).toContain('(command line)');
    const key = [keyFile()];
    const origin = stack.addresses.portal;
    const whole = await run(() => evidenceVerify(out, { key, origin }));
    expect(whole).toEqual([0, expect.stringContaining('The evidence is whole.')]);

    const files = await filesOf(readFileSync(out));
    const name = [...files.keys()].find((one) => one.startsWith('entries/')) ?? '';
    files.set(name, Buffer.from('{}'));
    writeFileSync(out, await tarred(files));
    expect(await run(() => evidenceVerify(out, { key, origin }))).toEqual([
      1,
      expect.stringContaining('This is not what'),
    ]);
    expect((await run(() => evidenceVerify(out, { key, origin, json: true })))[1]).toContain('"ok":false');
    expect(await run(() => evidenceVerify(out, {}))).toEqual([2, expect.stringContaining('Cannot verify.')]);
    expect((await run(() => evidenceVerify(join(stack.dataDir, 'none.tar'), { key })))[0]).toBe(2);
    expect((await run(() => evidenceExport('session', 'ses_none', { config, out: `${out}2`, reason: 'x' })))[0]).toBe(
      1,
    );
    expect((await run(() => evidenceExport('incident', undefined, { config, reason: 'x' })))[0]).toBe(2);
    expect(existsSync(`${out}2`)).toBe(false);
  }, 60_000);
  test('tell what retention would delete, and set a legal hold that they cannot end alone', async () => {
    vi.stubEnv('DEMO_OIDC_SECRET', 'only to read the file');
    const config = join(stack.dataDir, 'sallyport.yaml');
    const [code, plan] = await run(() => retention('plan', { config, json: true }));
    expect([code, JSON.parse(plan)]).toMatchObject([0, { delete: [], held: [], unruled: 0 }]);
    expect(JSON.parse(plan).kept).toBeGreaterThan(0);
    const [, set] = await run(() => setLegalHold({ config, json: true, reason: 'Case 20', person: 'i#somebody' }));
    const { id } = JSON.parse(set) as { id: string };
    expect((await run(() => legalHolds({ config })))[1]).toContain('recordings of person i#somebody');
    const release = () => run(() => releaseLegalHold(id, { config, reason: 'Over' }));
    expect(await release()).toEqual([0, expect.stringContaining('It stays until somebody agrees in the portal')]);
    expect((await release())[0]).toBe(1);
    expect((await run(() => setLegalHold({ config, reason: 'x', all: true, session: 'ses_1' })))[0]).toBe(2);
    await linus.stepUp();
    expect((await linus.post(`/api/legal-holds/${id}/release`, { reason: 'It is over' })).json()).toEqual({
      ended: true,
    });
  }, 60_000);
  test('change the key of the ledger: told in the journal, both keys are kept, and the old one stays until the new one signs', async () => {
    vi.stubEnv('DEMO_OIDC_SECRET', 'only to read the file');
    const config = join(stack.dataDir, 'sallyport.yaml');
    const old = readFileSync(keyFile(), 'utf8').trim();
    expect((await run(() => ledgerRotate({ config, finish: true })))[0]).toBe(1);
    expect((await run(() => ledgerRotate({ config })))[0]).toBe(0);
    const keys = readFileSync(keyFile(), 'utf8').trim().split('\n');
    expect([keys.length, keys[1]]).toEqual([2, old]);
    expect(statSync(join(stack.dataDir, 'ledger.key')).mode & 0o777).toBe(0o600);
    expect((await events('ledger.key.changed')).at(-1)?.facts).toEqual({ keys, retired: [] });
    expect((await run(() => ledgerRotate({ config })))[1]).toContain('A change is under way');
    expect((await run(() => ledgerRotate({ config, finish: true })))[1]).toContain(
      'Nothing was signed with the new key yet',
    );
    // The gateway has the old key until it starts anew; who knows both can check.
    expect((await run(() => ledgerVerify({ config, key: [keyFile()] })))[0]).toBe(0);
    // As a gateway does that was started anew: both sign. The one that runs here still has the old key, and may come in between.
    const blobs = createDiskBlobs(join(stack.dataDir, 'ledger'));
    const both = createNoteSigner(readFileSync(join(stack.dataDir, 'ledger.key'), 'utf8'));
    await expect
      .poll(async () => {
        const before = await blobs.read('checkpoint');
        const { text } = readCheckpoint(String(before));
        await blobs.swap('checkpoint', before, Buffer.from(`${text}\n${both.sign(text)}`));
        return (await run(() => ledgerRotate({ config, finish: true })))[0];
      })
      .toBe(0);
    expect(readFileSync(keyFile(), 'utf8').trim()).toBe(keys[0]);
    expect((await events('ledger.key.changed')).at(-1)?.facts).toEqual({ keys: [keys[0]], retired: [old] });
  }, 60_000);
});
