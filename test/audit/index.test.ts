// Rules about the session index: it equals what can be built from the recordings, answers at once, and is never trusted more
// than they are.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { prepareApplyLine } from '../../src/audit/index/applyLine.ts';
import { openDatabase } from '../../src/audit/index/database.ts';
import { listExchanges, listSessions } from '../../src/audit/index/queries.ts';
import { createSessionIndex, rebuildIndex, type SessionIndex } from '../../src/audit/index/sessionIndex.ts';
import { createRecorder, type Recorder } from '../../src/audit/recording/recorder.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { indexContents } from './indexContents.ts';
import { closing, KEYS, opening, partsIn, T0 } from './recordingKit.ts';

const { identities } = KEYS;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function parts(more: { dir?: string } = {}): { dir: string; file: string; index: SessionIndex; recorder: Recorder } {
  const base = more.dir ?? mkdtempSync(join(tmpdir(), 'sallyport-index-'));
  const [dir, file] = [join(base, 'recordings'), join(base, 'index.sqlite')];
  const index = createSessionIndex({ file, dir, identities, onError: () => undefined });
  const recorder = createRecorder({ dir, clock: { now: () => T0 + 5000 }, index, ...KEYS });
  cleanups.push(async () => {
    await recorder.close();
    await index.close();
    if (more.dir === undefined) rmSync(base, { recursive: true, force: true });
  });
  return { dir, file, index, recorder };
}

const WIPE = {
  method: 'POST',
  target: '/api/devices/d-1/wipe',
  action: 'device.wipe',
  risk: 'destructive',
  title: 'Wipe 1 device: d-1',
};
const LOCK = {
  method: 'POST',
  target: '/api/devices/d-1/lock',
  action: 'device.lock',
  risk: 'high',
  title: 'Lock 1 device: d-1',
};
const REFUSED = { verdict: 'refuse', reason: 'grant.required' } as const;

async function fill(recorder: Recorder, sessions = 6, each = 30): Promise<void> {
  for (let s = 0; s < sessions; s += 1) {
    const principal = s % 2 ? { id: 'i#olga', name: 'Ólga Íslandi' } : { id: 'i#ada', name: 'Ada Lovelace' };
    const session = `ses_${s}`;
    for (let n = 0; n < each; n += 1) {
      const at = T0 + s * 1000 + n;
      const kind = n % 10 === 3 ? LOCK : n % 10 === 7 ? { ...WIPE, ...(n % 20 === 7 ? REFUSED : {}) } : {};
      const recording = await recorder.open(
        opening(`exc_${s}_${n}`, { session, principal, at, console: s < 3 ? 'mdm' : 'jamf', ...kind }),
      );
      if (n % 9 === 0) recording.message({ from: 'console', size: 3, text: 'hey' });
      if (n % 11 !== 5) await recording.close(closing({ status: 200 + n }));
    }
  }
}

describe('the index equals the recordings', () => {
  test('kept as it went, it is the same as built anew', async () => {
    const { dir, file, index, recorder } = parts();
    await fill(recorder);
    await index.settled();
    expect(index.complete()).toBe(true);
    const other = `${file}.other`;
    await rebuildIndex(dir, other, identities);
    expect(indexContents(file)).toEqual(indexContents(other));
    expect(index.getSession('ses_0')?.exchanges).toBe(30);
  });

  test('a run that ended before the index was written: the next one takes in what is missing, once', async () => {
    const first = parts();
    await fill(first.recorder, 2, 10);
    await first.index.settled();
    const base = join(first.dir, '..');
    // Lines that no index heard of: another gateway wrote them, or a crash came before the batch.
    const deaf = createRecorder({ dir: first.dir, clock: { now: () => T0 }, ...KEYS });
    await fill(deaf, 3, 5).catch(() => undefined);
    await deaf.close();
    const second = createSessionIndex({
      file: join(base, 'second.sqlite'),
      dir: first.dir,
      identities,
      onError: () => undefined,
    });
    cleanups.push(() => second.close());
    second.start();
    await second.settled();
    second.start();
    await second.settled();
    await rebuildIndex(first.dir, join(base, 'third.sqlite'), identities);
    expect(indexContents(join(base, 'second.sqlite'))).toEqual(indexContents(join(base, 'third.sqlite')));
  });

  test('a broken database file is made anew, a damaged chunk and a torn record stop nothing', async () => {
    const { dir, file, recorder, index } = parts();
    await fill(recorder, 1, 5);
    await index.settled();
    const [part = ''] = await partsIn(dir);
    appendFileSync(join(dir, part, '000001.open'), Buffer.from([0, 0, 1, 0, 1, 2, 3]));
    mkdirSync(join(dir, 'ses_0', 'gw_zz-000001'));
    writeFileSync(join(dir, 'ses_0', 'gw_zz-000001', '000001.jsonl.zst.age'), 'nonsense');
    const broken = `${file}.broken`;
    writeFileSync(broken, 'this is no database, '.repeat(1000));
    const again = createSessionIndex({ file: broken, dir, identities, onError: () => undefined });
    cleanups.push(() => again.close());
    again.start();
    await again.settled();
    expect(again.complete()).toBe(true);
    expect(again.getSession('ses_0')).toEqual(index.getSession('ses_0'));
  });

  test('a database that breaks while it is in use is rebuilt, recording goes on', async () => {
    const { file, recorder, index } = parts();
    await fill(recorder, 1, 30);
    await index.settled();
    for (const suffix of ['', '-wal']) truncateSync(`${file}${suffix}`, 0);
    writeFileSync(file, 'broken '.repeat(2000));
    await recorder.open(opening('exc_late', { session: 'ses_0' }));
    // Nobody is shown anything of a broken file: asking throws until it is made anew.
    const exchanges = (): number | undefined => {
      try {
        return index.getSession('ses_0')?.exchanges;
      } catch {
        return undefined;
      }
    };
    for (const until = performance.now() + 10_000; exchanges() !== 31; ) {
      if (performance.now() > until) throw new Error('never rebuilt');
      await index.settled();
      await index.rebuild();
    }
  });
});

describe('what reviewers ask', () => {
  test('sessions by person, console, action, verdict, risk and time', async () => {
    const { recorder, index } = parts();
    await fill(recorder);
    await index.settled();
    const ids = (filter: Parameters<SessionIndex['listSessions']>[0]) =>
      index.listSessions(filter, null).sessions.map(({ id }) => id);
    expect(ids({})).toEqual(['ses_5', 'ses_4', 'ses_3', 'ses_2', 'ses_1', 'ses_0']);
    expect(ids({ person: 'i#ada' })).toEqual(['ses_4', 'ses_2', 'ses_0']);
    expect(ids({ person: 'OLGA' })).toEqual(['ses_5', 'ses_3', 'ses_1']);
    expect(ids({ person: 'nobody' })).toEqual([]);
    expect(ids({ person: '%' })).toEqual([]);
    expect(ids({ console: 'jamf', person: 'ada' })).toEqual(['ses_4']);
    expect(ids({ action: 'device.wipe', verdict: 'refuse' })).toHaveLength(6);
    expect(ids({ action: 'device.lock', verdict: 'refuse' })).toEqual([]);
    expect(ids({ risk: 'destructive', console: 'mdm' })).toHaveLength(3);
    expect(ids({ to: T0 + 1500 })).toEqual(['ses_1', 'ses_0']);
    expect(ids({ from: T0 + 10_000_000 })).toEqual([]);
  });

  test('a row says what matters: counts, consoles, the gravest acts', async () => {
    const { recorder, index } = parts();
    await fill(recorder, 1, 30);
    await index.settled();
    expect(index.getSession('ses_0')).toEqual({
      id: 'ses_0',
      person: { id: 'i#ada', name: 'Ada Lovelace' },
      startedAt: T0,
      lastAt: T0 + 5000,
      endedAt: null,
      consoles: ['mdm'],
      exchanges: 30,
      acts: 4,
      refusals: 2,
      highlights: [
        { title: WIPE.title, risk: 'destructive', verdict: 'go' },
        { title: WIPE.title, risk: 'destructive', verdict: 'refuse' },
        { title: LOCK.title, risk: 'high', verdict: 'go' },
      ],
    });
    const titles = (kind: 'acts' | 'refused' | 'all') =>
      index.listExchanges('ses_0', kind, null).exchanges.map(({ title, verdict }) => `${title} ${verdict}`);
    expect(titles('acts')).toHaveLength(4);
    expect(titles('refused')).toEqual([`${WIPE.title} refuse`, `${WIPE.title} refuse`]);
    expect(titles('all')).toHaveLength(30);
    expect(index.getSession('ses_none')).toBeNull();
  });

  test('the journal says when a session began and ended; live ones come first', async () => {
    const { recorder, index } = parts();
    await fill(recorder, 3, 2);
    await index.settled();
    const entry = (seq: number, at: number, event: object): JournalEntry => ({
      seq,
      at,
      event: JSON.stringify(event),
      digest: '',
      fact: '',
      hash: String(seq),
    });
    await index.mentions.add([
      entry(1, T0 - 60_000, { kind: 'login.succeeded', session: 'ses_0', actor: 'i#ada', facts: {} }),
      entry(2, T0 + 9_000_000, { kind: 'session.ended', session: 'ses_2', actor: null, facts: {} }),
      entry(3, T0 + 7, {
        kind: 'login.succeeded',
        session: 'ses_idle',
        actor: 'i#mallory',
        actorName: 'Mallory',
        facts: {},
      }),
      entry(4, T0, {
        kind: 'act.intent',
        exchange: 'exc_0_1',
        facts: { grant: 'gra_1', title: 'exc_0_0 is not meant' },
      }),
    ]);
    expect(index.listSessions({}, null).sessions.map(({ id, endedAt }) => [id, endedAt])).toEqual([
      ['ses_1', null],
      ['ses_0', null],
      ['ses_idle', null],
      ['ses_2', T0 + 9_000_000],
    ]);
    expect(index.getSession('ses_0')?.startedAt).toBe(T0 - 60_000);
    expect(index.getSession('ses_idle')).toMatchObject({ person: { name: 'Mallory' }, exchanges: 0, highlights: [] });
    expect(index.mentions.find(['exc_0_1'], 10)).toEqual([4]);
    expect(index.mentions.find(['gra_1', 'exc_0_1'], 10)).toEqual([4]);
    expect(index.mentions.find(['exc_0_0'], 10)).toEqual([]);
    expect(index.mentions.position()).toEqual({ seq: 4, hash: '4' });
  });

  test('pages follow each other without a gap or a double, and a foreign cursor is refused', async () => {
    const { recorder, index } = parts();
    const same = { at: T0 };
    await Promise.all(
      [...Array(120).keys()].map((n) => recorder.open(opening(`exc_${n}`, { ...same, session: `ses_${n % 60}` }))),
    );
    await Promise.all(
      [...Array(120).keys()].map((n) => recorder.open(opening(`big_${n}`, { ...same, session: 'ses_big' }))),
    );
    await index.settled();
    const sessions: string[] = [];
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const page = index.listSessions({}, cursor);
      sessions.push(...page.sessions.map(({ id }) => id));
      cursor = page.next;
    }
    expect([sessions.length, new Set(sessions).size]).toEqual([61, 61]);
    const exchanges: string[] = [];
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const page = index.listExchanges('ses_big', 'all', cursor);
      exchanges.push(...page.exchanges.map(({ id }) => id));
      cursor = page.next;
    }
    expect([exchanges.length, new Set(exchanges).size]).toEqual([120, 120]);
    for (const cursor of [
      'x',
      '',
      Buffer.from('[1]').toString('base64url'),
      Buffer.from('{"a":1}').toString('base64url'),
    ]) {
      expect(() => index.listSessions({}, cursor)).toThrow('not a cursor');
    }
  });

  test('one exchange brings its recorded lines, only under its own session', async () => {
    const { recorder, index } = parts();
    const recording = await recorder.open(
      opening('exc_1', { requestBody: { text: '{"a":1}', note: null, digest: 'd' } }),
    );
    recording.message({ from: 'client', size: 4, text: 'ping' });
    await recording.close(closing({ status: 101 }));
    await index.settled();
    const record = await index.getExchange('ses_1', 'exc_1');
    expect(record?.row).toMatchObject({ id: 'exc_1', status: 101, sent: 10, received: 100, took: 12 });
    expect(record?.lines.map(({ type }) => type).sort()).toEqual(['close', 'message', 'open']);
    expect(await index.getExchange('ses_2', 'exc_1')).toBeNull();
    expect(await index.getExchange('ses_1', "exc_1' OR 1=1 --")).toBeNull();
  });
});

test('200,000 exchanges: a page of sessions or exchanges within 50 ms', async () => {
  const base = mkdtempSync(join(tmpdir(), 'sallyport-index-'));
  cleanups.push(() => rmSync(base, { recursive: true, force: true }));
  const database = openDatabase(join(base, 'index.sqlite'));
  cleanups.push(() => database.close());
  // Only to have it filled sooner: this test is about reading.
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -131072');
  const lines = prepareApplyLine(database);
  database.exec('BEGIN');
  const started = performance.now();
  for (let n = 0; n < 200_000; n += 1) {
    // One session has 50,000 of them, 3,000 others share the rest.
    const s = n % 4 === 0 ? 0 : 1 + (n % 3001);
    const kind = n % 50 === 7 ? { ...WIPE, ...(n % 100 === 7 ? REFUSED : {}) } : {};
    const principal = { id: `i#p${s % 200}`, name: `Person ${s % 200}` };
    const content = {
      type: 'open' as const,
      ...opening(`exc_${n}`, { session: `ses_${s}`, at: T0 + n, principal, ...kind }),
    };
    lines.apply({ part: 'ses_1/gw_1-000001', chunk: 1 + Math.floor(n / 1000), n }, content);
  }
  lines.finish();
  database.exec('COMMIT');
  const each = (performance.now() - started) / 200;
  const slowest = (work: () => unknown): number => {
    const times = [...Array(5)].map(() => {
      const before = performance.now();
      work();
      return performance.now() - before;
    });
    return times.sort((a, b) => a - b)[2] ?? 0;
  };
  const deep = (): string => {
    let cursor: string | null = null;
    for (let page = 0; page < 40; page += 1) cursor = listSessions(database, {}, cursor).next;
    return cursor ?? '';
  };
  const far = deep();
  const times = {
    'sessions, first page': slowest(() => listSessions(database, {}, null)),
    'sessions, page 41': slowest(() => listSessions(database, {}, far)),
    'sessions of a person': slowest(() => listSessions(database, { person: 'person 17' }, null)),
    'sessions of nobody': slowest(() => listSessions(database, { person: 'zzz' }, null)),
    'sessions with refused wipes': slowest(() =>
      listSessions(database, { action: 'device.wipe', verdict: 'refuse' }, null),
    ),
    'sessions with a risk nobody took': slowest(() => listSessions(database, { risk: 'low', console: 'mdm' }, null)),
    'exchanges of a session with 50,000': slowest(() => listExchanges(database, 'ses_0', 'all', null)),
    'its acts': slowest(() => listExchanges(database, 'ses_0', 'acts', null)),
    'its refusals': slowest(() => listExchanges(database, 'ses_0', 'refused', null)),
  };
  process.stdout.write(`    indexing 1,000 lines: ${each.toFixed(1)} ms\n`);
  for (const [what, ms] of Object.entries(times)) process.stdout.write(`    ${what}: ${ms.toFixed(1)} ms\n`);
  expect(Math.max(...Object.values(times))).toBeLessThan(50);
}, 120_000);
