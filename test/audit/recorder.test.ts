// Rules about recordings: what was acknowledged is on the disk, one line each, without secrets; and when it cannot be written,
// nothing is let through.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import type { ChunkFacts } from '../../src/audit/recording/chunkText.ts';
import { createDiskHealth } from '../../src/audit/recording/diskHealth.ts';
import type { ReadLine } from '../../src/audit/recording/reader.ts';
import { createRecorder, type Recorder, RecordingUnavailable } from '../../src/audit/recording/recorder.ts';
import { redactBody } from '../../src/audit/recording/redact.ts';
import { verifyJournal } from '../../src/audit/verify/verifyJournal.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { startRedis } from '../kit/redis.ts';
import { closing, KEYS, linesIn, opening, partsIn, readerOf, T0, verifyAll } from './recordingKit.ts';

const folders: string[] = [];
const recorders: Recorder[] = [];
const clock = { now: () => T0 };
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'sallyport-recording-'));
  folders.push(made);
  return made;
};
const recorderIn = (dir: string, more: Partial<Parameters<typeof createRecorder>[0]> = {}): Recorder => {
  const recorder = createRecorder({ dir, clock, ...KEYS, ...more });
  recorders.push(recorder);
  return recorder;
};
afterEach(async () => {
  await Promise.all(recorders.splice(0).map((recorder) => recorder.close()));
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});
const linesOf = async (dir: string): Promise<ReadLine[]> => (await linesIn(dir)).map(({ line }) => line);
const textOf = async (dir: string): Promise<string> => {
  const reader = readerOf(dir);
  const texts: string[] = [];
  for (const part of await partsIn(dir))
    for (const chunk of await reader.chunks(part)) texts.push((await reader.text(part, chunk)).lines.toString());
  return texts.join('');
};

describe('what is written', () => {
  test('open resolves only after its line is on the disk', async () => {
    const dir = folder();
    const recorder = recorderIn(dir);
    await recorder.open(opening('exc_1'));
    expect((await linesOf(dir)).map(({ type, id }) => [type, id])).toEqual([['open', 'exc_1']]);
  });

  test('an opening, messages and one closing, in order, numbered and linked', async () => {
    const dir = folder();
    const recording = await recorderIn(dir).open(opening('exc_1'));
    for (let n = 0; n < 20; n += 1) recording.message({ from: n % 2 ? 'client' : 'console', size: n, text: `m${n}` });
    await recording.close(closing());
    await recording.close(closing({ status: 500 }));
    expect(() => recording.message({ from: 'client', size: 0, text: null })).toThrow(RecordingUnavailable);
    const lines = await linesOf(dir);
    expect(lines.map(({ n }) => n)).toEqual([...Array(22).keys()]);
    expect(lines.at(-1)).toMatchObject({ type: 'close', status: 200 });
    expect(await verifyAll(dir)).toMatchObject([{ lines: 22, end: 'open', faults: [] }]);
  });

  test('more sessions than open files: none is lost, all go on in their files', async () => {
    const dir = folder();
    const recorder = recorderIn(dir, { maxOpen: 4 });
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        [...Array(40).keys()].map((n) => recorder.open(opening(`exc_${round}_${n}`, { session: `ses_${n}` }))),
      );
      for (let n = 0; n < 40; n += 1) await recorder.open(opening(`exc_${round}_${n}b`, { session: `ses_${n}` }));
    }
    expect(open() - before).toBeLessThan(4 + 8);
    expect(await partsIn(dir)).toHaveLength(40);
    expect(await linesOf(dir)).toHaveLength(240);
    for (const { faults } of await verifyAll(dir)) expect(faults).toEqual([]);
  });

  test('many openings at once share few writes', async () => {
    const dir = folder();
    const recorder = recorderIn(dir);
    const started = performance.now();
    await Promise.all([...Array(5000).keys()].map((n) => recorder.open(opening(`exc_${n}`))));
    const took = performance.now() - started;
    process.stdout.write(`    5,000 openings of one session: ${took.toFixed(0)} ms\n`);
    expect(await linesOf(dir)).toHaveLength(5000);
  });

  test('a session id that could leave the folder is refused', async () => {
    const dir = folder();
    for (const session of ['../x', 'a/b', '', '.', 'a\0b', 'x'.repeat(200)]) {
      await expect(recorderIn(dir).open(opening('exc_1', { session }))).rejects.toThrow(RecordingUnavailable);
    }
    expect(existsSync(join(dir, '..', 'x'))).toBe(false);
  });
});

describe('log injection (trap 25)', () => {
  test('any text in any field is one line, shows nothing that acts on a terminal, and reads back unchanged', async () => {
    const dir = folder();
    const recorder = recorderIn(dir);
    const nasty = [
      'a\nb',
      '\r\n{"type":"close"}',
      '\u001b[2J',
      'x\u202Ey',
      '\u2028\u2029',
      '\u0085',
      '\u{E0041}',
      '\ud800',
      '\u0000',
      '"\\',
    ];
    const texts = [...nasty, ...fc.sample(fc.string({ unit: 'binary', maxLength: 60 }), { numRuns: 500, seed: 3 })];
    await Promise.all(
      texts.map((title, n) =>
        recorder.open(opening(`exc_${n}`, { title, method: title, principal: { id: title, name: title } })),
      ),
    );
    const text = await textOf(dir);
    expect(text.split('\n')).toHaveLength(texts.length + 1);
    expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text.replaceAll('\n', ''))).toBe(false);
    const byId = new Map((await linesOf(dir)).map((line) => [line.id, line]));
    texts.forEach((title, n) => {
      expect(byId.get(`exc_${n}`)).toMatchObject({ title, principal: { id: title, name: title } });
    });
  });

  test('long fields are bounded and say by how much', async () => {
    const dir = folder();
    const long = 'y'.repeat(50_000);
    const text = 'z'.repeat(600 * 1024);
    await recorderIn(dir).open(
      opening('exc_1', {
        title: long,
        target: `/${long}`,
        requestHeaders: [['user-agent', long]],
        requestBody: { text, note: null, digest: '' },
      }),
    );
    const [line] = await linesOf(dir);
    if (line?.type !== 'open') throw new Error('no opening');
    for (const value of [line.title, line.target, line.requestHeaders[0]?.[1] ?? '']) {
      expect(value.length).toBeLessThan(8 * 1024 + 200);
      expect(value).toMatch(/more characters; SHA-256 of all/);
    }
    expect(line.requestBody.text?.length).toBeLessThan(256 * 1024 + 200);
  });
});

test('no secret reaches a file, whichever way it came', async () => {
  const dir = folder();
  const canary = 'CANARY-b7e1';
  const json = redactBody(
    'application/json',
    Buffer.from(JSON.stringify({ a: [{ PassWord: canary, deep: { api_token: [canary] } }], note: { text: canary } })),
    ['/note/text'],
  );
  const form = redactBody(
    'application/x-www-form-urlencoded',
    Buffer.from(`user=ada&wipe_pin=${canary}&x[password]=${canary}`),
  );
  const recorder = recorderIn(dir);
  for (const [n, requestBody] of [json, form].entries()) {
    const recording = await recorder.open(
      opening(`exc_${n}`, {
        target: `/api?access_token=${canary}&page=2&client%5Fsecret=${canary}#${canary}`,
        requestBody: { ...requestBody, digest: '' },
        requestHeaders: [
          ['cookie', canary],
          ['Authorization', `Bearer ${canary}`],
          ['x-api-key', canary],
          ['sec-websocket-protocol', canary],
          ['proxy-authorization', canary],
          ['referer', `https://u:${canary}@mdm.example.com/?code=${canary}`],
        ],
      }),
    );
    const told = JSON.stringify({ action: 'cookie', sessionCookie: canary, user: { auth_token: canary } });
    recording.message({ from: 'console', size: told.length, text: told });
    await recording.close(
      closing({
        responseHeaders: [
          ['set-cookie', canary],
          ['location', `/next?token=${canary}`],
        ],
      }),
    );
  }
  const text = await textOf(dir);
  expect(text).not.toContain(canary);
  expect(text).toContain('page=2');
  expect(text.match(/redacted/g)?.length).toBeGreaterThan(8);
});

describe('when it cannot be written, nothing is let through', () => {
  test('a file where the folder should be: unavailable, and back by itself when it is gone', async () => {
    const dir = join(folder(), 'recordings');
    writeFileSync(dir, 'in the way');
    const recorder = recorderIn(dir);
    await expect(recorder.open(opening('exc_1'))).rejects.toThrow(RecordingUnavailable);
    expect(recorder.health()).toBe(false);
    rmSync(dir);
    await recorder.open(opening('exc_2'));
    expect(recorder.health()).toBe(true);
  });

  test('a file where a session’s folder should be: this session is refused, health says so', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'ses_1'), 'in the way');
    const told: unknown[] = [];
    const recorder = recorderIn(dir, { onError: (error) => told.push(error) });
    await expect(recorder.open(opening('exc_1'))).rejects.toThrow(RecordingUnavailable);
    expect(recorder.health()).toBe(false);
    expect(told).not.toEqual([]);
    await recorder.open(opening('exc_2', { session: 'ses_2' }));
    expect(recorder.health()).toBe(true);
  });

  test('less free space than the limit: unavailable, with words', async () => {
    const recorder = recorderIn(folder(), { minFree: Number.MAX_SAFE_INTEGER });
    await expect(recorder.open(opening('exc_1'))).rejects.toThrow(/are free for recordings/);
    expect(recorder.health()).toBe(false);
  });

  test('a full disk in the middle of an exchange: the file is left, later openings throw, the torn line is its last', async () => {
    const mount = join(folder(), 'small');
    mkdirSync(mount);
    const run = async (...args: string[]): Promise<number> =>
      (await once(spawn(args[0] ?? '', args.slice(1), { stdio: 'ignore' }), 'exit'))[0];
    if ((await run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount)) !== 0) {
      // Where mounting is not allowed, a folder without write permission is the refusing disk (not for root).
      chmodSync(mount, 0o500);
      if (process.getuid?.() !== 0)
        await expect(recorderIn(mount).open(opening('exc_0'))).rejects.toThrow(RecordingUnavailable);
      return;
    }
    try {
      const recorder = recorderIn(mount, { minFree: 0 });
      // Chance does not compress: finishing chunks makes no room.
      const requestBody = { text: randomBytes(75_000).toString('base64'), note: null, digest: '' };
      let acknowledged = 0;
      const fill = async (): Promise<void> => {
        for (;;) {
          await recorder.open(opening(`exc_${acknowledged}`, { requestBody }));
          acknowledged += 1;
        }
      };
      await expect(fill()).rejects.toThrow(RecordingUnavailable);
      expect(recorder.health()).toBe(false);
      await expect(recorder.open(opening('exc_late', { requestBody }))).rejects.toThrow(RecordingUnavailable);
      const reports = await verifyAll(mount);
      expect(reports.flatMap(({ faults }) => faults)).toEqual([]);
      expect(reports.reduce((sum, { lines }) => sum + lines, 0)).toBeGreaterThanOrEqual(acknowledged);
      expect(acknowledged).toBeGreaterThan(5);
    } finally {
      await Promise.all(recorders.splice(0).map((recorder) => recorder.close()));
      await run('umount', mount);
    }
  });

  test('a probe of the disk is what makes it healthy again, not time', async () => {
    const dir = folder();
    const disk = createDiskHealth({ dir, minFree: 0, every: 60_000, onError: () => undefined });
    await disk.check();
    disk.failed(new Error('EIO'));
    expect(disk.fault()).toBe('EIO');
    await disk.check();
    expect(disk.fault()).toBeNull();
    expect(readdirSync(dir)).toEqual([]);
    disk.stop();
  });

  test('too much that waits: messages throw, so that the connection is closed', async () => {
    const recording = await recorderIn(folder(), { maxWaiting: 100_000 }).open(opening('exc_1'));
    const flood = () => {
      for (let n = 0; n < 1000; n += 1) recording.message({ from: 'client', size: 1000, text: 'x'.repeat(1000) });
    };
    expect(flood).toThrow(RecordingUnavailable);
    await recording.close(closing());
  });
});

test('kill -9 at any moment: what was acknowledged is there, only last lines are torn, the journal verifies', async () => {
  const redis = await startRedis();
  try {
    const dir = folder();
    const acknowledged: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const script = new URL('./crashWriter.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, [script, dir, redis.socketPath, redis.pulse.epoch()], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let out = '';
      child.stdout.on('data', (data) => {
        out += String(data);
      });
      while (out.length < 3000) await new Promise((wake) => setTimeout(wake, 5));
      await new Promise((wake) => setTimeout(wake, round * 13));
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
      acknowledged.push(...out.split('\n').slice(0, -1));
    }
    // What the dead ones left gets its end from the next one.
    const { scripts, client, keys } = redis;
    const journal = createJournal({ scripts, client, keys });
    const onChunk = (facts: ChunkFacts) =>
      journal.append({ kind: 'recording.chunk', actor: null, session: facts.session, facts });
    const next = recorderIn(dir, { onChunk });
    await next.recover(true);
    const reports = await verifyAll(dir);
    expect(reports.flatMap(({ faults }) => faults)).toEqual([]);
    expect([...new Set(reports.map(({ end }) => end))]).toEqual(['cut']);
    const counts = new Map<string, number>();
    for (const line of await linesOf(dir))
      if (line.type === 'open') counts.set(line.id, (counts.get(line.id) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
    const ids = new Set(counts.keys());
    const recorded = acknowledged
      .filter((line) => line.startsWith('recorded '))
      .map((line) => line.slice('recorded '.length));
    expect(recorded.filter((id) => !ids.has(id))).toEqual([]);
    expect(recorded.length).toBeGreaterThan(50);

    const report = await verifyJournal(journal.all(), []);
    expect(report.faults).toEqual([]);
    const intents = new Set<string>();
    const told = new Map<string, unknown>();
    for await (const { seq, event } of journal.all()) {
      const { kind, exchange, facts } = JSON.parse(event) as AuditEvent;
      intents.add(`intent ${seq} ${exchange}`);
      if (kind === 'recording.chunk') told.set(`${facts.session}/${facts.part} ${facts.chunk}`, facts.sha256);
    }
    for (const { part, digests } of reports)
      for (const { chunk, sha256 } of digests) expect(told.get(`${part} ${chunk}`)).toBe(sha256);
    expect(acknowledged.filter((line) => line.startsWith('intent ') && !intents.has(line))).toEqual([]);
    process.stdout.write(
      `    ${recorded.length} recordings acknowledged, ${reports.length} parts, ${told.size} chunks\n`,
    );
  } finally {
    await redis.stop();
  }
}, 120_000);
