// Rules about chunks: what is stored can be opened by auditors and by nobody else, with the tools of everybody; and whatever is
// damaged, missing or cut is said.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createSessionIndex } from '../../src/audit/index/sessionIndex.ts';
import { newIdentity, recipientOf } from '../../src/audit/recording/age.ts';
import type { ChunkFacts } from '../../src/audit/recording/chunkText.ts';
import { recordingKeys } from '../../src/audit/recording/keys.ts';
import { chunkFile, KEY_FILE, openFile } from '../../src/audit/recording/places.ts';
import { createRecordingReader, NoIdentity } from '../../src/audit/recording/reader.ts';
import { createRecorder, type Recorder } from '../../src/audit/recording/recorder.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';
import {
  closing,
  IDENTITY,
  KEYS,
  linesIn,
  opening,
  partsIn,
  RECIPIENT,
  readerOf,
  T0,
  verifyAll,
} from './recordingKit.ts';

const folders: string[] = [];
const recorders: Recorder[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'sallyport-chunks-'));
  folders.push(made);
  return made;
};
let now = T0;
function recorderIn(dir: string, more: Partial<Parameters<typeof createRecorder>[0]> = {}) {
  const facts: ChunkFacts[] = [];
  const recorder = createRecorder({
    dir,
    clock: { now: () => now },
    ...KEYS,
    onChunk: async (chunk) => void facts.push(chunk),
    ...more,
  });
  recorders.push(recorder);
  return { recorder, facts };
}
afterEach(async () => {
  now = T0;
  await Promise.all(recorders.splice(0).map((recorder) => recorder.close()));
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});
const NEEDLE = 'needle-4711';
async function write(recorder: Recorder, count: number, from = 0): Promise<void> {
  for (let n = from; n < from + count; n += 1) {
    const recording = await recorder.open(opening(`exc_${n}`, { title: `${NEEDLE} ${'x'.repeat(200)}` }));
    await recording.close(closing());
  }
}
const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('a recording', () => {
  test('is cut into chunks; each one’s digests are told, and at the end that it was the end', async () => {
    const dir = folder();
    const { recorder, facts } = recorderIn(dir, { limits: { text: 8 * 1024 } });
    await write(recorder, 40);
    await recorder.close();
    expect(facts.length).toBeGreaterThan(3);
    expect(facts.map(({ chunk }) => chunk)).toEqual(facts.map((_, at) => at + 1));
    expect(facts.map(({ end }) => end)).toEqual([...facts.slice(1).map(() => 'more'), 'end']);
    for (const { session, part, chunk, sha256, bytes, lines, text, from, to } of facts) {
      const file = readFileSync(join(dir, session, part, chunkFile(chunk)));
      expect([sha256Hex(file), file.length]).toEqual([sha256, bytes]);
      expect([from, to]).toEqual([T0, T0]);
      const read = await readerOf(dir).text(`${session}/${part}`, chunk);
      expect(read.mark).toMatchObject({ chunk, lines });
      expect(sha256Hex(Buffer.concat([read.lines, Buffer.from(`${JSON.stringify(read.mark)}\n`)]))).toBe(text);
      expect(read.lines.length).toBeLessThanOrEqual(8 * 1024);
    }
    expect(await verifyAll(dir)).toMatchObject([{ lines: 80, end: 'end', faults: [] }]);
    // Nothing is left to open it with but the key to all recordings.
    expect(filesIn(dir).filter((file) => !file.endsWith('.age'))).toEqual([]);
    expect(filesIn(dir).filter((file) => file.endsWith(KEY_FILE))).toEqual([]);
  });

  test('gets its end when its session is over, or when nothing came for long; what comes later is another part', async () => {
    const dir = folder();
    const { recorder, facts } = recorderIn(dir);
    await write(recorder, 1);
    recorder.endSession('ses_1');
    now += 5000;
    await expect.poll(() => facts.map(({ end }) => end), { timeout: 20_000 }).toEqual(['end']);
    await write(recorder, 1, 1);
    now += 61_000;
    await expect.poll(() => facts.map(({ end }) => end), { timeout: 20_000 }).toEqual(['end', 'more']);
    now += 20 * 60_000;
    await expect.poll(() => facts.map(({ end }) => end), { timeout: 20_000 }).toEqual(['end', 'more', 'end']);
    expect(facts.map(({ lines }) => lines)).toEqual([2, 2, 0]);
    expect((await verifyAll(dir)).map(({ end, faults }) => [end, faults])).toEqual([
      ['end', []],
      ['end', []],
    ]);
  }, 90_000);

  test('cannot be read in any file of the folder, finished or not, without the identity', async () => {
    const dir = folder();
    const { recorder } = recorderIn(dir, { identities: null, limits: { text: 16 * 1024 } });
    await write(recorder, 40);
    const names = () => filesIn(dir).map((file) => file.replace(/.*\//, ''));
    await expect.poll(names, { timeout: 20_000 }).toEqual(expect.arrayContaining([KEY_FILE, chunkFile(1)]));
    expect(names()).toEqual(expect.arrayContaining([expect.stringMatching(/\.open$/)]));
    for (const file of filesIn(dir)) {
      const bytes = readFileSync(file);
      for (const secret of [NEEDLE, 'exc_', 'idp.example', '"open"']) expect(bytes.includes(secret)).toBe(false);
    }
    const [part = ''] = await partsIn(dir);
    const closed = createRecordingReader({ dir, identities: null });
    await expect(closed.text(part, 1)).rejects.toThrow(NoIdentity);
    const other = createRecordingReader({ dir, identities: [await newIdentity()] });
    await expect(other.text(part, 1)).rejects.toThrow('written for another key');
    const last = (await other.chunks(part)).at(-1) ?? 0;
    await expect(other.text(part, last)).rejects.toThrow('written for another key');
  });

  test('of one part cannot pass for that of another: records and chunks know where they belong', async () => {
    const dir = folder();
    const { recorder } = recorderIn(dir);
    await write(recorder, 2);
    await (await recorder.open(opening('exc_b', { session: 'ses_2' }))).close(closing());
    const [one = '', two = ''] = await partsIn(dir);
    // The whole unfinished part under another session's name, key and all.
    const moved = two.replace('ses_2', 'ses_3');
    mkdirSync(join(dir, moved), { recursive: true });
    for (const name of [KEY_FILE, openFile(1)]) copyFileSync(join(dir, two, name), join(dir, moved, name));
    await expect(readerOf(dir).text(moved, 1)).rejects.toThrow('damaged');
    rmSync(join(dir, 'ses_3'), { recursive: true });
    await recorder.close();
    copyFileSync(join(dir, one, chunkFile(1)), join(dir, two, chunkFile(1)));
    expect((await readerOf(dir).verify(two)).faults).toEqual([expect.stringContaining('it is another one')]);
  });
});

describe('faults', () => {
  test('a chunk that is missing, damaged or cut short, and an end that was cut off, are named; the rest is read', async () => {
    const dir = folder();
    const { recorder } = recorderIn(dir, { limits: { text: 8 * 1024 } });
    await write(recorder, 60);
    await recorder.close();
    const [part = ''] = await partsIn(dir);
    const path = (chunk: number) => join(dir, part, chunkFile(chunk));
    const all = await readerOf(dir).chunks(part);
    const last = all.at(-1) ?? 0;
    const keep = readFileSync(path(3));
    rmSync(path(2));
    const bytes = readFileSync(path(3));
    bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
    writeFileSync(path(3), bytes);
    truncateSync(path(4), 100);
    rmSync(path(last));
    const report = await readerOf(dir).verify(part);
    expect(report.faults).toEqual(['chunk 2: it is missing', 'chunk 3: it is damaged', 'chunk 4: it is damaged']);
    expect(report.end).toBe('open');
    writeFileSync(path(3), keep);
    expect((await readerOf(dir).verify(part)).faults).toEqual(['chunk 2: it is missing', 'chunk 4: it is damaged']);
    const told: string[] = [];
    let lines = 0;
    for await (const _ of readerOf(dir).sessionLines('ses_1', (_part, chunk) => told.push(String(chunk)))) lines += 1;
    expect(told).toEqual(['4']);
    expect(lines).toBeGreaterThan(20);
  });

  test('chunks that were exchanged, and lines that were changed by somebody with the key, show', async () => {
    const dir = folder();
    const { recorder } = recorderIn(dir, { limits: { text: 8 * 1024 } });
    await write(recorder, 30);
    await recorder.close();
    const [part = ''] = await partsIn(dir);
    const path = (chunk: number) => join(dir, part, chunkFile(chunk));
    const [one, two] = [readFileSync(path(1)), readFileSync(path(2))];
    writeFileSync(path(1), two);
    writeFileSync(path(2), one);
    expect((await readerOf(dir).verify(part)).faults).toHaveLength(2);
  });

  test('an index passes over what it cannot read, and says so', async () => {
    const dir = folder();
    const { recorder } = recorderIn(dir, { limits: { text: 8 * 1024 } });
    await write(recorder, 30);
    await recorder.close();
    const [part = ''] = await partsIn(dir);
    rmSync(join(dir, part, chunkFile(2)));
    const told: string[] = [];
    const index = createSessionIndex({
      ...{ file: join(folder(), 'index.sqlite'), dir, identities: KEYS.identities },
      onError: (error) => told.push(String(error)),
    });
    index.start();
    await index.settled();
    const exchanges = index.getSession('ses_1')?.exchanges ?? 0;
    await index.close();
    expect(exchanges).toBeGreaterThan(10);
    expect(exchanges).toBeLessThan(30);
    expect(told).toEqual([expect.stringContaining('chunk 2: it is missing')]);
  });
});

describe('keys', () => {
  test('are made once, for this machine’s user alone, and opened by nothing else', async () => {
    const data = join(folder(), 'data');
    const [first, again] = await Promise.all([1, 2].map(() => recordingKeys(data, { recipients: [], identities: [] })));
    expect(again).toEqual(first);
    expect(first?.recipients).toEqual([await recipientOf(first?.identities?.[0] ?? '')]);
    expect(readFileSync(join(data, 'recording.key'), 'utf8')).toContain(`# public key: ${first?.recipients[0]}`);
    expect(execFileSync('stat', ['-c', '%a', join(data, 'recording.key')], { encoding: 'utf8' }).trim()).toBe('600');
    const writesOnly = await recordingKeys(data, { recipients: [RECIPIENT], identities: [] });
    expect(writesOnly).toEqual({ recipients: [RECIPIENT], identities: null });
    await expect(recordingKeys(data, { recipients: ['age1nonsense'], identities: [] })).rejects.toThrow(
      'no age recipient',
    );
  });

  test('can change: new parts are written to the new one, several identities read all of them', async () => {
    const dir = folder();
    const { recorder } = recorderIn(dir);
    await write(recorder, 1);
    await recorder.close();
    const next = await newIdentity();
    const later = recorderIn(dir, { recipients: [await recipientOf(next)], identities: [next] });
    await write(later.recorder, 1, 1);
    await later.recorder.close();
    const both = createRecordingReader({ dir, identities: [next, IDENTITY] });
    const ids: string[] = [];
    for await (const { line } of both.sessionLines('ses_1')) if (line.type === 'open') ids.push(line.id);
    expect(ids.sort()).toEqual(['exc_0', 'exc_1']);
    const faults: string[] = [];
    for await (const _ of readerOf(dir).sessionLines('ses_1', (_p, _c, fault) => faults.push(fault.message)));
    expect(faults).toEqual([expect.stringContaining('another key')]);
  });

  test('two recipients: each opens everything alone', async () => {
    const dir = folder();
    const second = await newIdentity();
    const { recorder } = recorderIn(dir, { recipients: [RECIPIENT, await recipientOf(second)] });
    await write(recorder, 1);
    await recorder.close();
    for (const identity of [IDENTITY, second]) {
      const reader = createRecordingReader({ dir, identities: [identity] });
      const [part = ''] = await reader.parts('ses_1');
      expect((await reader.verify(part)).faults).toEqual([]);
    }
  });
});

describe('everybody’s tools', () => {
  const has = (tool: string): boolean => {
    try {
      execFileSync(tool, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  test('what age and zstd wrote, and what we wrote, is the same thing', async () => {
    const dir = folder();
    const { recorder } = recorderIn(dir);
    await write(recorder, 3);
    await recorder.close();
    const [part = ''] = await partsIn(dir);
    const ours = await readerOf(dir).text(part, 1);
    if (has('age') && has('zstd')) {
      const key = join(dir, 'key.txt');
      writeFileSync(key, `${IDENTITY}\n`);
      const text = execFileSync('sh', ['-c', `age -d -i "${key}" "${join(dir, part, chunkFile(1))}" | zstd -dc`]);
      expect(text.subarray(0, ours.lines.length).equals(ours.lines)).toBe(true);
      expect(text.toString().trimEnd().split('\n')).toHaveLength(7);
    }
    // Recorded with age 1.1.1 and zstd 1.5.4 from the text of a chunk.
    const vector = join(import.meta.dirname, 'vectors');
    mkdirSync(join(dir, 'ses_v/gw_v-000001'), { recursive: true });
    copyFileSync(join(vector, 'chunk.jsonl.zst.age'), join(dir, 'ses_v/gw_v-000001', chunkFile(1)));
    const read = await readerOf(dir).text('ses_v/gw_v-000001', 1);
    expect(`${read.lines.toString()}${JSON.stringify(read.mark)}\n`).toBe(
      readFileSync(join(vector, 'chunk.jsonl'), 'utf8'),
    );
    expect((await readerOf(dir).verify('ses_v/gw_v-000001')).faults).toEqual([]);
  });
});

describe('after a crash', () => {
  test('what a dead run left is given its end once, by whoever has the identity; a living one is left alone', async () => {
    const dir = folder();
    const alive = recorderIn(dir);
    await write(alive.recorder, 2);
    // As a killed process leaves it: records, key, no lock.
    const copies = folder();
    const wounded = recorderIn(copies);
    await write(wounded.recorder, 2);
    const [theirs = ''] = await partsIn(copies);
    expect(await linesIn(copies)).toHaveLength(4);
    rmSync(join(copies, 'runs'), { recursive: true });
    const writesOnly = recorderIn(copies, { identities: null });
    expect(await writesOnly.recorder.recover(true)).toBe(0);
    const next = recorderIn(copies);
    expect(await next.recorder.recover(true)).toBe(1);
    expect(next.facts.map(({ end, lines, part: name }) => [end, lines, `ses_1/${name}`])).toEqual([['cut', 4, theirs]]);
    expect(await next.recorder.recover(true)).toBe(0);
    expect(existsSync(join(copies, theirs, KEY_FILE))).toBe(false);
    expect(await verifyAll(copies)).toMatchObject([{ lines: 4, end: 'cut', faults: [] }]);
    expect(await alive.recorder.recover(true)).toBe(0);
    expect(await verifyAll(dir)).toMatchObject([{ end: 'open', faults: [] }]);
  });

  test('records that were changed on the disk are not believed, and kept', async () => {
    const dir = folder();
    const { recorder } = recorderIn(dir);
    await write(recorder, 5);
    const [part = ''] = await partsIn(dir);
    const path = join(dir, part, openFile(1));
    const bytes = readFileSync(path);
    bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await recorder.close();
    const report = await readerOf(dir).verify(part);
    expect(report.lines).toBeLessThan(10);
    expect(existsSync(path.replace('.open', '.damaged'))).toBe(true);
  });
});
