// The commands over the data of a gateway: how far the export is, sending again, trying it out, reports. What they do is in the journal.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createJournal, type Journal } from '../../src/audit/journal/journal.redis.ts';
import { type State, startState } from '../../src/wire/state.ts';
import { ACT, OUTCOME } from './events.ts';
import { type HttpReceiver, startHttp } from './kit.ts';

const run = promisify(execFile);
let folder: string;
let there: HttpReceiver;
let state: State;
let journal: Journal;
const stops: (() => unknown)[] = [];

const sallyport = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
  const program = join(import.meta.dirname, '../../src/main.ts');
  const options = { env: { ...process.env, SECRET: 'x', TOKEN: 'tok' } };
  try {
    const { stdout, stderr } = await run(
      process.execPath,
      [program, ...args, '-c', join(folder, 'sallyport.yaml')],
      options,
    );
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
};
const events = async (kind: string) =>
  (await journal.read(1, 1000)).map(({ event }) => JSON.parse(event)).filter((event) => event.kind === kind);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-cli-'));
  there = await startHttp(() => ({ status: 200 }));
  await writeFile(
    join(folder, 'sallyport.yaml'),
    `portal: { origin: https://access.example.com }
oidc: { issuer: https://idp.example.com, clientId: x, clientSecret: { env: SECRET } }
consoles: [{ id: acme, name: Acme, origin: https://mdm.example.com, upstream: https://10.0.0.5, pack: acme }]
data: data
export:
  destinations: [{ id: siem, kind: http, url: ${there.url}/in, authorization: { env: TOKEN } }]
`,
  );
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  state = await startState(
    { data: join(folder, 'data'), deployment: 'main', redis: { commandTimeout: 5000 } },
    { log, onError: () => () => undefined, stopWith: (stop) => stops.push(stop) },
  );
  await state.inStep;
  journal = createJournal({ ...state });
  const { seq } = await journal.append(ACT);
  await journal.append({ ...OUTCOME, facts: { ...OUTCOME.facts, intent: seq } });
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await there.close();
  await rm(folder, { recursive: true });
});

test('export status tells what waits; the exit code says whether all is well', async () => {
  const { code, out } = await sallyport('export', 'status', '--json');
  expect(JSON.parse(out)).toMatchObject({ ok: true, head: 3, destinations: [{ id: 'siem', lag: 3, at: null }] });
  expect(code).toBe(0);
  expect((await sallyport('export', 'status')).out).toMatch(/siem +http +3 /);
});

test('export test sends one event that says that it is a test', async () => {
  expect(await sallyport('export', 'test')).toMatchObject({ code: 0, out: expect.stringContaining('taken') });
  expect(JSON.parse(there.posts.at(-1)?.body ?? '').metadata.event_code).toBe('export.test');
  there.behave(() => ({ status: 403 }));
  expect(await sallyport('export', 'test')).toMatchObject({ code: 1, out: expect.stringContaining('answered 403') });
  expect((await sallyport('export', 'test', '--destination', 'nobody')).code).toBe(2);
});

test('export replay sets the place and is told; what does not exist is refused', async () => {
  expect((await sallyport('export', 'replay', 'siem', '--from', '2')).code).toBe(0);
  expect(await state.client.command('HGET', state.keys.exportCursor('siem'), 'seq')).toBe('1');
  expect((await events('export.replayed'))[0]).toMatchObject({ facts: { destination: 'siem', from: 2 } });
  expect((await sallyport('export', 'replay', 'siem', '--from', '9999')).code).toBe(1);
  expect((await sallyport('export', 'replay', 'nobody', '--from', '1')).code).toBe(2);
  expect((await sallyport('export', 'replay', 'siem', '--from', 'x')).code).toBe(2);
});

test('report: text, CSV, JSON and a page, each told in the journal', async () => {
  expect((await sallyport('report', 'activity')).out).toContain('1 act on 2 devices by 1 person, 1 destructive');
  expect((await sallyport('report', 'activity', '--format', 'csv')).out).toContain('"d-0142; d-0143"');
  const json = JSON.parse((await sallyport('report', 'activity', '--by', 'device', '--format', 'json')).out);
  expect(json.rows.map(({ label }: { label: string }) => label)).toEqual(['d-0142 (acme)', 'd-0143 (acme)']);
  const file = join(folder, 'report.html');
  expect((await sallyport('report', 'approvals', '--format', 'html', '--out', file)).code).toBe(0);
  expect(await readFile(file, 'utf8')).toContain('<h1>What was approved</h1>');
  expect((await sallyport('report', 'activity', '--format', 'pdf')).code).toBe(2);
  expect((await events('report.read')).map(({ facts }) => `${facts.report} ${facts.form}`)).toEqual([
    'activity text',
    'activity csv',
    'activity json',
    'approvals html',
  ]);
});
