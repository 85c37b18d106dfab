// Rules about the journal in Redis: its hashes are those of node:crypto, reading shows everything, looking up one exchange
// does not cost more the longer the history is.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSessionIndex, type SessionIndex } from '../../src/audit/index/sessionIndex.ts';
import { createDoorRefusals } from '../../src/audit/journal/doorRefusals.ts';
import { createJournal, type Journal } from '../../src/audit/journal/journal.redis.ts';
import { verifyJournal } from '../../src/audit/verify/verifyJournal.ts';
import type { AuditEvent, JournalEntry } from '../../src/kernel/auditEvent.ts';
import { createRedisClient, type RedisClient } from '../../src/redis/client.ts';
import { createScripts } from '../../src/redis/scripts.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

let redis: TestRedis;
let journal: Journal;
let index: SessionIndex;
let client: RedisClient;
let reads = 0;
const wait = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));
const dir = mkdtempSync(join(tmpdir(), 'sallyport-journal-'));

beforeAll(async () => {
  redis = await startRedis();
  index = createSessionIndex({
    file: join(dir, 'index.sqlite'),
    dir: join(dir, 'recordings'),
    identities: null,
    onError: () => undefined,
  });
  const { keys } = redis;
  // A patient client: these tests are about what is written, not about how long a busy machine takes.
  client = createRedisClient({ address: redis, commandTimeout: 20_000, onError: () => undefined });
  while (!client.connected()) await wait(5);
  const scripts = createScripts({ client, keys, epoch: () => redis.pulse.epoch() });
  const counted = {
    ...client,
    command(name: string, ...args: readonly (string | number)[]) {
      if (name === 'XRANGE') reads += 1;
      return client.command(name, ...args);
    },
  };
  journal = createJournal({ scripts, client: counted, keys, mentions: index.mentions });
});
afterAll(async () => {
  await index.close();
  await client.close();
  await redis.stop();
  rmSync(dir, { recursive: true, force: true });
});
/** Empties Redis and waits until the gateway's own view has a new epoch. */
const emptied = async (): Promise<void> => {
  const before = redis.pulse.epoch();
  await client.command('FLUSHALL');
  while (redis.pulse.epoch() === before || redis.pulse.epoch() !== (await client.command('GET', redis.keys.epoch))) {
    await wait(10);
  }
};
beforeEach(emptied);
/** Several at a time, so that Redis can write them with one fsync. */
const inBatches = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> => {
  for (let at = 0; at < items.length; at += 50) await Promise.all(items.slice(at, at + 50).map(work));
};

const refused = (exchange: string, more: object = {}): AuditEvent => ({
  kind: 'request.refused',
  actor: 'i#ada',
  exchange,
  facts: { reason: 'grant.required', ...more },
});
const collect = async (entries: AsyncIterable<JournalEntry>): Promise<JournalEntry[]> => {
  const all: JournalEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
};

test('the SHA-256 in Lua is the SHA-256 of node:crypto, for 1,000 random texts of every length around its blocks', async () => {
  const prelude = readFileSync(new URL('../../src/redis/lua/prelude.lua', import.meta.url), 'utf8');
  const text = `${prelude}\nreturn { 'digest', sha256(ARGV[3]) }`;
  const script = { text, sha1: createHash('sha1').update(text).digest('hex') };
  const { epoch, revision, journal: stream, journalHead, changes } = redis.keys;
  const samples = fc.sample(fc.string({ unit: 'binary', minLength: 0, maxLength: 300 }), { numRuns: 800, seed: 7 });
  for (let length = 0; length < 200; length += 1) samples.push('x'.repeat(length));
  await inBatches(samples, async (sample) => {
    const wellFormed = sample.toWellFormed();
    const [, digest] = (await client.script(
      script,
      [epoch, revision, stream, journalHead],
      ['', changes, wellFormed],
    )) as string[];
    expect(digest).toBe(createHash('sha256').update(wellFormed).digest('hex'));
  });
});

test('1,000 events of random Unicode, appended through the script, verify and read back unchanged', async () => {
  const texts = fc.sample(fc.string({ unit: 'binary', maxLength: 400 }), { numRuns: 1000, seed: 11 });
  const before = (await journal.head()).seq;
  await inBatches(texts, (text) => journal.append(refused('exc_a', { text: text.toWellFormed() })));
  const entries = await collect(journal.all());
  const report = await verifyJournal(entries, []);
  expect(report.faults).toEqual([]);
  expect(entries).toHaveLength(before + 1000);
  expect(report.head).toMatchObject(await journal.head());
  const back = entries.slice(before).map(({ event }) => (JSON.parse(event) as AuditEvent).facts.text);
  expect(back).toEqual(texts.map((text) => text.toWellFormed()));
});

test('an entry that somebody squeezed in between two numbers is shown, not skipped', async () => {
  await journal.append(refused('exc_a'));
  const { seq } = await journal.head();
  await client.command(
    'XADD',
    redis.keys.journal,
    `${seq}-1`,
    'at',
    '1',
    'event',
    '{}',
    'digest',
    '',
    'fact',
    '',
    'hash',
    '',
  );
  await client.command('HSET', redis.keys.journalHead, 'seq', seq);
  expect((await collect(journal.all())).filter((entry) => entry.seq === seq)).toHaveLength(2);
  expect((await verifyJournal(journal.all(), [])).ok).toBe(false);
});

test('the entries of one exchange are found with its grant and hold, at a cost that does not grow with the history', async () => {
  await journal.append({ kind: 'grant.approved', actor: 'i#grace', facts: { grant: 'gra_x' } });
  await journal.append({ kind: 'hold.signed', actor: 'i#ada', facts: { hold: 'hol_x' } });
  await journal.append({
    kind: 'act.intent',
    actor: 'i#ada',
    exchange: 'exc_x',
    facts: { grant: 'gra_x', hold: 'hol_x' },
  });
  await journal.append({ kind: 'recording.viewed', actor: 'i#linus', facts: { exchange: 'exc_x' } });
  await inBatches([...Array(1500).keys()], (n) => journal.append(refused(`exc_${n}`)));
  while (!(await journal.catchUp()));
  reads = 0;
  const found = await journal.forExchange('exc_x', ['gra_x', 'hol_x']);
  expect(found.map(({ event }) => (JSON.parse(event) as AuditEvent).kind)).toEqual([
    'grant.approved',
    'hold.signed',
    'act.intent',
  ]);
  expect(reads).toBeLessThanOrEqual(4);
  expect(await journal.forExchange('exc_none')).toEqual([]);
});

test('the look-up begins again when the journal is another one than before', async () => {
  for (let n = 0; n < 5; n += 1) await journal.append(refused('exc_old'));
  expect(await journal.forExchange('exc_old')).toHaveLength(5);
  await emptied();
  await journal.append(refused('exc_new'));
  expect(await journal.forExchange('exc_old')).toEqual([]);
  expect(await journal.forExchange('exc_new')).toHaveLength(1);
});

test('refusals at the door become one event, and none is lost while the journal cannot be written', async () => {
  const events: AuditEvent[] = [];
  let down = true;
  const door = createDoorRefusals({
    run: 'gw_1',
    clock: { now: () => 5 },
    onError: () => undefined,
    append: async (event) => {
      events.push(event);
      if (down) throw new Error('no answer');
    },
  });
  for (let n = 0; n < 300; n += 1) door.count('session.missing', 'mdm');
  door.count('host.unknown', null);
  await door.flush();
  door.count('host.unknown', null);
  down = false;
  await door.flush();
  await door.flush();
  const counts = (event: AuditEvent | undefined) => event?.facts.refusals;
  expect(events.map(({ facts }) => facts.batch)).toEqual([1, 1, 2]);
  expect(counts(events[1])).toEqual([
    { reason: 'session.missing', console: 'mdm', count: 300 },
    { reason: 'host.unknown', console: null, count: 1 },
  ]);
  expect(counts(events[2])).toEqual([{ reason: 'host.unknown', console: null, count: 1 }]);
});
