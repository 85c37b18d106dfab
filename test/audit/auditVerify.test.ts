// Rules about the command: its exit code never says more than it knows.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { auditVerify } from '../../src/cli/auditVerify.ts';
import { programPath } from '../../src/config/load.ts';
import type { AuditEvent, JournalEntry } from '../../src/kernel/auditEvent.ts';
import { createRedisClient } from '../../src/redis/client.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createScripts, eventArgs } from '../../src/redis/scripts.ts';
import { chain, newKey, T0, wipeStory } from './journalKit.ts';

const dir = mkdtempSync(join(tmpdir(), 'sp-'));
const file = join(dir, 'journal.jsonl');
const checkpoints = join(dir, 'checkpoints.jsonl');
const entries = chain(wipeStory(newKey('EdDSA')));
const lines = (list: readonly object[]): string => list.map((one) => `${JSON.stringify(one)}\n`).join('');
const head = (list: readonly JournalEntry[]) => ({ seq: list.length, hash: list.at(-1)?.hash, at: T0 });

let out = '';
const hear = (stream: NodeJS.WriteStream) =>
  vi.spyOn(stream, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
const run = async (options: Partial<Parameters<typeof auditVerify>[0]>): Promise<number> => {
  out = '';
  const spies = [hear(process.stdout), hear(process.stderr)];
  try {
    return await auditVerify({ config: join(dir, 'none.yaml'), ...options });
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
};
afterEach(() => rmSync(checkpoints, { force: true }));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('an exported journal', () => {
  test('whole: 0, and says so', async () => {
    writeFileSync(file, lines(entries));
    writeFileSync(checkpoints, lines([head(entries)]));
    expect(await run({ file })).toBe(0);
    expect(out).toContain('The journal is whole.');
    expect(await run({ file, json: true })).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, entries: 10, signatures: 2, faults: [] });
  });
  test('cut, changed, or with a line that is no entry: 1, with the place', async () => {
    writeFileSync(checkpoints, lines([head(entries)]));
    const cases: [string, RegExp][] = [
      [lines(entries.slice(0, -1)), /entry 9 .*cut/],
      [lines(entries.map((e) => (e.seq === 4 ? { ...e, event: `${e.event} ` } : e))), /entry 4 .*digest/],
      [`${lines(entries)}{"seq":`, /not a positive whole number/],
      ['', /cut/],
    ];
    for (const [text, what] of cases) {
      writeFileSync(file, text);
      expect(await run({ file })).toBe(1);
      expect(out).toMatch(what);
    }
  });
  test('without checkpoints, without the file, without a configuration: 2, never 0', async () => {
    writeFileSync(file, lines(entries));
    expect(await run({ file })).toBe(2);
    expect(out).toContain('Cannot verify');
    writeFileSync(checkpoints, '');
    expect(await run({ file })).toBe(2);
    writeFileSync(checkpoints, lines([head(entries)]));
    expect(await run({ file: join(dir, 'nowhere', 'x'), checkpoints })).toBe(2);
    expect(await run({})).toBe(2);
  });
  test('what a rule approved is told apart: nobody signed it', async () => {
    const byRule = chain([
      { kind: 'grant.asked', actor: 'i#ada', facts: { grant: 'gra_1' } },
      { kind: 'grant.approved', actor: null, facts: { grant: 'gra_1', automatic: true } },
    ]);
    writeFileSync(file, lines(byRule));
    writeFileSync(checkpoints, lines([head(byRule)]));
    expect(await run({ file })).toBe(0);
    expect(out).toMatch(/Approved by a rule +1: nobody signed these/);
  });
  test('an act without an outcome is shown, and text from the journal cannot act on the terminal', async () => {
    const title = 'Wipe \u001b[2J\u202E d-1';
    const list = chain([{ kind: 'act.intent', actor: 'i#ada', exchange: 'exc_1', facts: { title } }]);
    writeFileSync(file, lines(list));
    writeFileSync(checkpoints, lines([head(list)]));
    expect(await run({ file })).toBe(0);
    expect(out).toMatch(/Outcome unknown/);
    expect(out).toContain('Wipe ?[2J? d-1');
  });
});

describe('the data folder of an embedded Redis', () => {
  const data = mkdtempSync(join(tmpdir(), 'sp-'));
  let server: EmbeddedRedis | undefined;
  const keys = createKeys('demo-1');
  const withClient = async (work: (client: ReturnType<typeof createRedisClient>) => Promise<void>): Promise<void> => {
    server ??= await startEmbeddedRedis({ dataDir: data, path: programPath(), log: () => undefined });
    const client = createRedisClient({ address: server, commandTimeout: 10_000, onError: () => undefined });
    while (!client.connected()) await new Promise((wake) => setTimeout(wake, 5));
    await work(client);
    await client.close();
  };
  const stop = async (): Promise<void> => {
    await server?.stop();
    server = undefined;
  };
  beforeAll(() =>
    withClient(async (client) => {
      const scripts = createScripts({ client, keys, epoch: () => 'e' });
      await client.command('SET', keys.epoch, 'e');
      const event = (n: number): AuditEvent => ({ kind: 'gateway.started', actor: null, facts: { n } });
      for (let n = 0; n < 450; n += 1) await scripts.run('appendEvent', [], eventArgs(event(n)));
    }),
  );
  afterAll(async () => {
    await stop();
    rmSync(data, { recursive: true, force: true });
  });
  const note = async (): Promise<void> =>
    withClient(async (client) => {
      const [seq, hash] = (await client.command('HMGET', keys.journalHead, 'seq', 'hash')) as string[];
      writeFileSync(join(data, 'checkpoints.jsonl'), lines([{ seq: Number(seq), hash, at: T0 }]));
    });

  test('alive, and stopped: 0', async () => {
    await note();
    expect(await run({ data })).toBe(0);
    await stop();
    expect(await run({ data })).toBe(0);
    expect(out).toMatch(/450 entries/);
  });
  test('a cut tail is found, by the checkpoint and by the head that Redis keeps', async () => {
    await withClient(async (client) => void (await client.command('XDEL', keys.journal, '450-0')));
    expect(await run({ data })).toBe(1);
    expect(out).toMatch(/ends with entry 449, but entry 450 was there/);
    writeFileSync(join(data, 'checkpoints.jsonl'), lines([{ ...entries[0], seq: 1, at: T0 }]));
    expect(await run({ data })).toBe(1);
  });
});
