// Rules about deleting recordings: told before and after, never while a legal hold keeps them, finished after a crash, and what
// a store refuses is not taken for deleted.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SealedEntry } from '../../src/audit/evidence/ledgerSource.ts';
import { createJournal, type Journal } from '../../src/audit/journal/journal.redis.ts';
import { recordedSessions } from '../../src/audit/retention/recordedSessions.ts';
import { createRemoveChunk } from '../../src/audit/retention/removeChunk.ts';
import { createRetentionStore } from '../../src/audit/retention/retention.redis.ts';
import { createRetention, type RetentionDeps } from '../../src/audit/retention/retention.ts';
import { type RetentionRule, ruleOf } from '../../src/audit/retention/rules.ts';
import { verifyJournal } from '../../src/audit/verify/verifyJournal.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';
import { createRedisClient, type RedisClient } from '../../src/redis/client.ts';
import { createScripts, type Scripts } from '../../src/redis/scripts.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

const DAY = 86_400_000;
const T0 = 1_700_000_000_000;
let redis: TestRedis;
let client: RedisClient;
let scripts: Scripts;
let journal: Journal;
const base = mkdtempSync(join(tmpdir(), 'sp-retention-'));
let dir = base;

beforeAll(async () => {
  redis = await startRedis();
  client = createRedisClient({ address: redis, commandTimeout: 20_000, onError: () => undefined });
  while (!client.connected()) await new Promise((wake) => setTimeout(wake, 5));
  const { keys, pulse } = redis;
  scripts = createScripts({ client, keys, epoch: () => pulse.epoch() });
  journal = createJournal({ scripts, client, keys });
});
afterAll(async () => {
  await client.close();
  await redis.stop();
  rmSync(base, { recursive: true, force: true });
});
let from = 1;
beforeEach(async () => {
  dir = mkdtempSync(join(base, 'recordings-'));
  from = (await journal.head()).seq + 1;
  const { keys } = redis;
  for (const key of [keys.legalHolds, keys.legalHoldReleases, keys.deletions]) await client.command('DEL', key);
});

/** What this test's own events are, as the ledger would show them. */
async function* entries(): AsyncGenerator<SealedEntry> {
  for await (const { seq, at, event, digest } of journal.all())
    if (seq >= from) yield { index: seq - 1, bytes: Buffer.alloc(0), seq, at, digest, beside: null, event };
}
const kinds = async (): Promise<[string, AuditEvent['facts']][]> => {
  const found: [string, AuditEvent['facts']][] = [];
  for await (const { event } of entries()) {
    const { kind, facts } = JSON.parse(event) as AuditEvent;
    if (kind.startsWith('retention.') || kind.startsWith('legalhold.')) found.push([kind, facts]);
  }
  return found;
};

type Recorded = { consoles?: string[]; risk?: string; person?: string; chunks?: number; end?: string };
/** A session of which something was recorded, last `days` before T0. */
async function recorded(
  session: string,
  days: number,
  { consoles = ['mdm'], risk, person = 'i#ada', chunks = 2, end = 'end' }: Recorded = {},
) {
  const to = T0 - days * DAY;
  const of = { actor: person, session };
  await journal.append({ ...of, kind: 'login.succeeded', facts: {} });
  if (risk !== undefined)
    await journal.append({
      ...of,
      kind: 'act.intent',
      console: consoles[0] ?? 'mdm',
      exchange: `exc_${session}`,
      facts: { risk },
    });
  const part = 'gw_1-000001';
  mkdirSync(join(dir, session, part), { recursive: true });
  writeFileSync(join(dir, session, part, 'part.key.age'), 'key');
  for (let chunk = 1; chunk <= chunks; chunk += 1) {
    const name = `${String(chunk).padStart(6, '0')}.jsonl.zst.age`;
    writeFileSync(join(dir, session, part, name), `${session} ${chunk}`);
    const facts = { session, part, chunk, sha256: sha256Hex(`${session} ${chunk}`), bytes: 10, to, consoles };
    await journal.append({
      kind: 'recording.chunk',
      actor: null,
      facts: { ...facts, end: chunk === chunks ? end : 'more' },
    });
  }
}

const RULES: readonly RetentionRule[] = [
  { class: 'recordings.plain', keep: 30 * DAY },
  { class: 'recordings.dangerous', keep: 365 * DAY },
];
const storeOf = () => createRetentionStore({ scripts, client, keys: redis.keys });
const retention = (more: Partial<RetentionDeps> = {}) =>
  createRetention({
    ledger: async () => ({ entries }),
    rules: RULES,
    store: storeOf(),
    remove: createRemoveChunk({ dir }),
    now: () => T0,
    ...more,
  });
const left = (): string[] => readdirSync(dir).sort();

describe('which rule', () => {
  const session = { session: 'ses_1', consoles: ['mdm'], dangerous: false, until: T0 };
  const rules: RetentionRule[] = [
    { class: 'recordings', keep: 90 },
    { class: 'recordings.dangerous', keep: 365 },
    { class: 'recordings', console: 'lab', keep: 7 },
    { class: 'recordings.dangerous', console: 'lab', keep: 14 },
  ];
  test.each([
    [{}, 90],
    [{ dangerous: true }, 365],
    [{ consoles: ['lab'] }, 7],
    [{ consoles: ['lab'], dangerous: true }, 14],
    // What was done on several consoles stays as long as the one that keeps it longest says.
    [{ consoles: ['lab', 'mdm'] }, 90],
    // Nobody knows where: any rule may be the one.
    [{ consoles: null }, 90],
    [{ consoles: null, dangerous: true }, 365],
    [{ consoles: [] }, 90],
  ])('%o: %i', (more, keep) => expect(ruleOf(rules, { ...session, ...more })?.keep).toBe(keep));
  test('without a rule for one of its consoles, or for consoles that nobody knows, it stays', () => {
    const lab = rules.slice(2);
    expect(ruleOf(lab, { ...session, consoles: ['lab', 'mdm'] })).toBeNull();
    expect(ruleOf(lab, { ...session, consoles: null })).toBeNull();
    expect(ruleOf([], session)).toBeNull();
  });
});

describe('a sweep', () => {
  test('deletes what is over, by its rule, told with digests before and after; the rest stays', async () => {
    await recorded('ses_old', 40);
    await recorded('ses_new', 20);
    await recorded('ses_wipe', 40, { risk: 'destructive' });
    await recorded('ses_on', 40, { end: 'more' });
    const plan = await retention().plan();
    expect(plan.delete.map(({ session, why, chunks }) => [session, why, chunks.length])).toEqual([
      ['ses_old', 'recordings without dangerous acts are kept for 30 days', 2],
    ]);
    expect([plan.kept, plan.held]).toEqual([3, []]);
    expect(left()).toHaveLength(4);
    expect((await retention().run()).deleted).toHaveLength(1);
    expect(left()).toEqual(['ses_new', 'ses_on', 'ses_wipe']);
    const chunks = [1, 2].map((chunk) => ({
      name: `gw_1-000001/00000${chunk}`,
      sha256: sha256Hex(`ses_old ${chunk}`),
    }));
    const why = 'recordings without dangerous acts are kept for 30 days';
    expect(await kinds()).toEqual([
      ['retention.deleting', { session: 'ses_old', why, chunks }],
      ['retention.deleted', { session: 'ses_old', why, chunks, refused: [] }],
    ]);
    expect((await recordedSessions({ entries })).map(({ session }) => session)).not.toContain('ses_old');
    expect((await retention().run()).deleted).toEqual([]);
    expect((await verifyJournal(journal.all(), [])).ok).toBe(true);
  });
  test('without rules deletes nothing', async () => {
    await recorded('ses_old', 4000);
    expect(await retention({ rules: [] }).run()).toEqual({ deleted: [], refused: [], held: 0 });
    expect(left()).toEqual(['ses_old']);
  });
  test('deletes nothing that the journal does not tell of', async () => {
    await recorded('ses_old', 40);
    const store = storeOf();
    const down = async () => Promise.reject(new Error('no answer'));
    await expect(retention({ store: { ...store, begin: down } }).run()).rejects.toThrow('no answer');
    await expect(retention({ store: { ...store, holds: down } }).run()).rejects.toThrow('no answer');
    expect(left()).toEqual(['ses_old']);
    expect(await kinds()).toEqual([]);
  });
  test.each([
    ['before the first file', 0],
    ['between two files', 1],
    ['before the outcome is told', 2],
  ])('that died %s is finished by the next, and told once', async (_when, files) => {
    await recorded('ses_old', 40);
    const store = storeOf();
    const remove = createRemoveChunk({ dir });
    let count = 0;
    const dying = retention({
      store: { ...store, finish: async () => Promise.reject(new Error('killed')) },
      remove: async (session, chunk) => {
        if (count === files) throw new Error('killed');
        count += 1;
        return remove(session, chunk);
      },
    });
    await expect(dying.run()).rejects.toThrow('killed');
    expect((await kinds()).map(([kind]) => kind)).toEqual(['retention.deleting']);
    // Also when no rule says so any more: it was told, and half of it may be gone.
    expect((await retention({ rules: [] }).run()).deleted.map(({ session }) => session)).toEqual(['ses_old']);
    expect((await kinds()).map(([kind]) => kind)).toEqual(['retention.deleting', 'retention.deleted']);
    expect(left()).toEqual([]);
    expect(await store.pending()).toEqual([]);
  });
  test('says what the store refused, and does not take it for deleted', async () => {
    await recorded('ses_old', 40);
    const remove = createRemoveChunk({ dir });
    const locked = retention({
      remove: async (session, chunk) => (chunk.name.endsWith('2') ? 'locked until 2030-01-01' : remove(session, chunk)),
    });
    const refused = [{ name: 'gw_1-000001/000002', why: 'locked until 2030-01-01' }];
    expect((await locked.run()).refused).toEqual([{ session: 'ses_old', chunks: refused }]);
    expect((await kinds())[1]?.[1]).toMatchObject({ chunks: [{ name: 'gw_1-000001/000001' }], refused });
    expect(existsSync(join(dir, 'ses_old/gw_1-000001/000002.jsonl.zst.age'))).toBe(true);
    expect((await retention().plan()).delete.map(({ chunks }) => chunks.map(({ chunk }) => chunk))).toEqual([[2]]);
  });
  test('takes a long session in several goes', async () => {
    await recorded('ses_old', 40, { chunks: 501 });
    expect((await retention().run()).deleted.map(({ chunks }) => chunks.length)).toEqual([500, 1]);
    expect(left()).toEqual([]);
  });
  test('deletes no file outside of the recordings', async () => {
    const remove = createRemoveChunk({ dir });
    for (const [session, name] of [
      ['..', 'gw_1-000001/000001'],
      ['ses_1', '../gw_1-000001/000001'],
      ['ses_1', 'gw_1-000001/../../x'],
      ['ses_1', 'gw_1-000001/1'],
    ] as const)
      expect(await remove(session, { name })).toBe('this is no name of a chunk');
  });
});

describe('legal holds', () => {
  const person = (name: string) => ({ id: `ses_of_${name}`, principal: { id: `i#${name}`, name } });
  const session = async (name: string): Promise<void> => {
    const epoch = redis.pulse.epoch();
    await client.command(
      'HSET',
      redis.keys.session(`ses_of_${name}`),
      'epoch',
      epoch,
      'absoluteUntil',
      '9999999999999',
    );
  };
  beforeEach(async () => {
    for (const name of ['linus', 'mary']) await session(name);
  });
  const idOf = (answer: unknown): string => (answer as { id: string }).id;

  test.each([
    { kind: 'all' },
    { kind: 'session', id: 'ses_old' },
    { kind: 'person', id: 'i#ada' },
    { kind: 'console', id: 'mdm' },
  ] as const)('%o keeps it, and is told in the plan', async (match) => {
    await recorded('ses_old', 40);
    const { legalHolds } = storeOf();
    const id = idOf(await legalHolds.set(person('linus'), match, 'Case 12'));
    expect((await retention().plan()).held).toEqual([{ session: 'ses_old', holds: [id] }]);
    expect(await retention().run()).toMatchObject({ deleted: [], held: 1 });
    expect(left()).toEqual(['ses_old']);
  });
  test('set after a sweep died in the middle: what is left stays until it is released', async () => {
    await recorded('ses_old', 40);
    const store = storeOf();
    const dying = retention({ remove: async () => Promise.reject(new Error('killed')) });
    await expect(dying.run()).rejects.toThrow('killed');
    await store.legalHolds.set(person('linus'), { kind: 'person', id: 'i#ada' }, 'Case 14');
    expect(await retention().run()).toMatchObject({ deleted: [] });
    expect(left()).toEqual(['ses_old']);
    expect(await store.pending()).toHaveLength(1);
  });
  test('of others keeps nothing', async () => {
    await recorded('ses_old', 40);
    const { legalHolds } = storeOf();
    await legalHolds.set(person('linus'), { kind: 'person', id: 'i#bob' }, 'Case 13');
    await legalHolds.set(person('linus'), { kind: 'console', id: 'lab' }, 'Case 13');
    expect((await retention().run()).deleted).toHaveLength(1);
  });
  test('set while the sweep looks: nothing is begun', async () => {
    await recorded('ses_old', 40);
    const store = storeOf();
    const racing = retention({
      store: {
        ...store,
        async holds() {
          const seen = await store.holds();
          await store.legalHolds.set(person('linus'), { kind: 'all' }, 'Just now');
          return seen;
        },
      },
    });
    expect(await racing.run()).toMatchObject({ deleted: [], held: 1 });
    expect(left()).toEqual(['ses_old']);
    expect((await kinds()).map(([kind]) => kind)).toEqual(['legalhold.set']);
  });
  test('end with the words of two different people, and not before', async () => {
    const { legalHolds } = storeOf();
    const id = idOf(await legalHolds.set(person('linus'), { kind: 'all' }, 'Case 14'));
    expect(await legalHolds.release(person('linus'), id, 'closed')).toBe('asked');
    expect(await legalHolds.release(person('linus'), id, 'closed')).toBe('twice');
    expect((await legalHolds.list())[0]).toMatchObject({ id, reason: 'Case 14', release: { by: { id: 'i#linus' } } });
    expect(await legalHolds.release(person('mary'), id, 'yes')).toBe('released');
    expect(await legalHolds.list()).toEqual([]);
    expect(await legalHolds.release(person('mary'), id, 'yes')).toBe('unknown');
    expect((await kinds()).map(([kind]) => kind)).toEqual([
      'legalhold.set',
      'legalhold.release.asked',
      'legalhold.released',
    ]);
  });
  test('the command line is one person, whoever types', async () => {
    const { legalHolds } = storeOf();
    const id = idOf(await legalHolds.set({ command: 'root' }, { kind: 'all' }, 'Case 15'));
    expect(await legalHolds.release({ command: 'root' }, id, 'x')).toBe('asked');
    expect(await legalHolds.release({ command: 'somebody' }, id, 'x')).toBe('twice');
    expect(await legalHolds.release(person('mary'), id, 'x')).toBe('released');
  });
  test('need a session that lives', async () => {
    const { legalHolds } = storeOf();
    expect(await legalHolds.set(person('nobody'), { kind: 'all' }, 'x')).toBe('session.revoked');
    const id = idOf(await legalHolds.set(person('linus'), { kind: 'all' }, 'Case 16'));
    expect(await legalHolds.release(person('nobody'), id, 'x')).toBe('session.revoked');
  });
});
