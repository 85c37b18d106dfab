// `sallyport pack learn`: what it proposes loads, describes the very requests that it was made from, errs to the dangerous
// side, and holds nothing secret of them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { looksLikeId, shapeOf, singular } from '../../src/cli/learn/shapes.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { createRecogniser } from '../../src/proxy/recognise/recognise.ts';
import { parseSamples, runSample } from '../../src/proxy/recognise/samples.ts';
import { packsWithout, paste, recordTraffic, sallyport, type Traffic } from './recordedTraffic.ts';

type Proposed = {
  id: string;
  request: string;
  action: string;
  risk: string;
  body?: Record<string, unknown>;
  query?: Record<string, unknown>;
  targets?: Record<string, string>[];
  redact?: string[];
  volatile?: string[];
  upgrade?: boolean;
};

const entriesOf = (text: string): Proposed[] =>
  (parse(/^# Below entries:\n(.*)$/ms.exec(text)?.[1] ?? '') ?? []) as Proposed[];
const requestIs = (request: string) => (one: Proposed) => one.request === request;

/** What the pack in this folder takes a request for. */
async function taken(packs: string, method: string, url: string, body?: unknown): Promise<string> {
  const recogniser = createRecogniser(loadPacks(packs));
  const head = body === undefined ? '' : `Content-Type: application/json\n\n${JSON.stringify(body)}\n`;
  const [sample] = parseSamples(`# @action any.thing\n${method} ${url} HTTP/1.1\n${head}`);
  if (sample === undefined) throw new Error('no sample');
  const found = await runSample(sample, 'acme-mdm', recogniser);
  if (!('action' in found)) return found.reason;
  return [found.action.name, found.action.risk, ...found.action.targets.map(({ kind, id }) => `${kind}:${id}`)].join(
    ' ',
  );
}

describe('from recordings of a real session', () => {
  let traffic: Traffic;
  let proposal: string;
  beforeAll(async () => {
    traffic = await recordTraffic();
    const recordings = join(traffic.stack.dataDir, 'recordings');
    const { code, out } = await sallyport('pack', 'learn', recordings, '--pack', 'acme-mdm', '--packs', traffic.packs);
    expect(code).toBe(0);
    proposal = out;
  }, 60_000);
  afterAll(() => traffic?.close());

  test('proposes what was taken out of the pack, with its action, targets and at least its risk', () => {
    const entries = entriesOf(proposal);
    const of = (request: string) => entries.find(requestIs(request));
    expect(of('POST /api/devices/{device}/lock')).toMatchObject({
      ...{ action: 'device.lock', risk: 'high', targets: [{ path: 'device' }], redact: ['/pin'] },
      body: { type: 'json', fields: ['message'] },
    });
    expect(of('GET /api/devices/{device}')).toMatchObject({ action: 'device.read', risk: 'read' });
    expect(of('GET /api/stats')).toMatchObject({ risk: 'read' });
    expect(of('GET /api/profiles')).toMatchObject({ action: 'config.read', risk: 'high' });
    expect(of('PATCH /api/devices/{device}')).toMatchObject({ action: 'device.update', risk: 'high' });
    const bulk = entries.filter(requestIs('POST /api/devices/bulk'));
    expect(bulk.map(({ action, risk, body }) => [action, risk, body?.where])).toEqual([
      ['device.retire', 'destructive', { '/command': 'retire' }],
      ['device.lock', 'high', { '/command': 'lock' }],
    ]);
    expect(bulk.map(({ targets }) => targets)).toEqual([
      [{ kind: 'device', json: '/ids/*' }],
      [{ kind: 'device', json: '/ids/*' }],
    ]);
  });

  test('stands in the order of risk, then of how often it was seen, and says that it is guessed', () => {
    const ranks = ['destructive', 'high', 'low', 'read'];
    const risks = entriesOf(proposal).map(({ risk }) => ranks.indexOf(risk));
    expect(risks).toEqual([...risks].sort());
    const counts = [...proposal.matchAll(/# (\d+) requests?\n(?: {2}#.*\n)*.*\n.*\n.*\n +risk: high/g)].map(([, n]) =>
      Number(n),
    );
    expect(counts.length).toBeGreaterThan(2);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    for (const line of proposal.split('\n').filter((one) => /^ +(- id|action|risk):/.test(one)))
      expect(line).toContain('# guessed, look at it');
  });

  test('holds no id and no secret of what was recorded', () => {
    expect(proposal).not.toMatch(/d-000\d|483920|Call us|Front desk/);
  });

  test('loads when it is pasted, and then the pack knows these requests', async () => {
    expect(await taken(traffic.packs, 'POST', '/api/devices/d-0001/lock', { message: 'x' })).toBe('unknown.write high');
    paste(traffic.packs, proposal);
    expect(loadPacks(traffic.packs).faults).toEqual([]);
    expect(await taken(traffic.packs, 'POST', '/api/devices/d-0001/lock', { message: 'x' })).toBe(
      'device.lock high device:d-0001',
    );
    expect(
      await taken(traffic.packs, 'POST', '/api/devices/bulk', { command: 'retire', ids: ['d-0001', 'd-0002'] }),
    ).toBe('device.retire destructive device:d-0001 device:d-0002');
    expect(await taken(traffic.packs, 'POST', '/api/devices/bulk', { command: 'explode', ids: ['d-0001'] })).toBe(
      'unknown.write high',
    );
    const recordings = join(traffic.stack.dataDir, 'recordings');
    const again = await sallyport('pack', 'learn', recordings, '--pack', 'acme-mdm', '--packs', traffic.packs);
    expect(again.out).toContain('0 unknown');
    expect(again.out).toContain('Nothing to propose');
  });
});

describe('from a HAR file', () => {
  const ORIGIN = 'https://mdm.example.com';
  const TOKEN = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9-hidden';
  let folder: string;
  let packs: string;
  let file: string;
  let proposal: string;
  let entries: Proposed[];

  const request = (method: string, url: string, body?: unknown, type = 'application/json') => ({
    request: {
      method,
      url: url.startsWith('/') ? `${ORIGIN}${url}` : url,
      headers: [
        { name: ':authority', value: 'mdm.example.com' },
        { name: 'Cookie', value: 'sid=hidden-cookie' },
        { name: 'Authorization', value: 'Bearer hidden-bearer' },
        ...(body === undefined ? [] : [{ name: 'Content-Type', value: type }]),
      ],
      cookies: [{ name: 'sid', value: 'hidden-cookie' }],
      ...(body === undefined
        ? { bodySize: 0 }
        : { postData: { mimeType: type, text: typeof body === 'string' ? body : JSON.stringify(body) } }),
    },
    response: { content: { text: 'hidden-answer' } },
  });
  const uuid = '9b2d7c3e-1f00-4c5d-8a11-0123456789ab';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sp-har-'));
    packs = packsWithout([]);
    file = join(folder, 'console.har');
    const log = {
      version: '1.2',
      entries: [
        request('GET', '/api/devices'),
        request('GET', '/static/js/app.js'),
        request('GET', '/static/js/vendor.js'),
        request('POST', '/api/devices/d-0001/erase', {
          pin: 'hidden-pin',
          csrf_token: 'hidden-csrf',
          note: 'hidden-note',
        }),
        request('POST', '/api/devices/d-0002/erase'),
        request('POST', `/api/computers/${uuid}/commands`, { RequestType: 'EraseDevice' }),
        request('POST', `/api/computers/${uuid}/commands`, { RequestType: 'DeviceLock' }),
        request('POST', '/api/fleet/actions', { operation: 'frobnicate', device_ids: [12, 13], note: 'hidden-note' }),
        request('POST', '/bulk', 'cmd=retire&device_ids=1%2C2&csrf=hidden-form', 'application/x-www-form-urlencoded'),
        request('POST', '/api/raw', 'hiddenword', 'application/x-www-form-urlencoded'),
        { request: { method: 'GET', url: 'wss://mdm.example.com/shell-of/12', headers: [] } },
        request('DELETE', `/api/tokens/${TOKEN}`),
        request('DELETE', '/api/users/hidden%40example.com'),
        request('GET', '/reports/alpha'),
        request('GET', '/reports/beta'),
        request('GET', '/reports/gamma'),
        request('GET', '/reports/7/wipe?key=hidden-query'),
        request('POST', '/api/wipe-everything', { sure: true }),
        request('POST', '/api/devices/search', { q: 'hidden-search' }),
        request('PUT', '/api/settings/mail', { host: 'hidden-host', a8f3e1c07d5b2: 1 }),
        request('POST', '/api/devices/d-0001/lock', { message: 'x', force: true }),
        request('OPTIONS', '/api/devices'),
        request('POST', 'https://elsewhere.example.net/collect', 'x', 'text/plain'),
      ],
    };
    writeFileSync(file, JSON.stringify({ log }));
    const out = join(folder, 'proposal.yaml');
    expect((await sallyport('pack', 'learn', file, '--pack', 'acme-mdm', '--packs', packs, '--out', out)).code).toBe(0);
    proposal = readFileSync(out, 'utf8');
    entries = entriesOf(proposal);
  }, 30_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
    rmSync(packs, { recursive: true });
  });

  test('nothing of cookies, authorization, bodies and ids reaches the proposal', () => {
    expect(readFileSync(file, 'utf8').match(/hidden-/g)?.length).toBeGreaterThan(20);
    expect(proposal).not.toMatch(/hidden|eyJ|9b2d7c3e|a8f3e1c07d5b2|d-000\d|example\.net/);
  });

  test('makes places of ids and of words that vary, named after what stands before them', () => {
    const requests = entries.map((one) => one.request);
    expect(requests).toContain('POST /api/devices/{device}/erase');
    expect(requests).toContain('POST /api/computers/{computer:device_uuid}/commands');
    expect(requests).toContain('DELETE /api/tokens/{token}');
    expect(requests.filter((one) => one === 'GET /reports/{report}')).toHaveLength(1);
    expect(requests).toContain('GET /static/js/**');
  });

  test('tells actions behind one path apart by their field', () => {
    const found = entries.filter(requestIs('POST /api/computers/{computer:device_uuid}/commands'));
    expect(found.map(({ action, risk, body }) => [action, risk, body?.where])).toEqual([
      ['device.wipe', 'destructive', { '/RequestType': 'EraseDevice' }],
      ['device.lock', 'high', { '/RequestType': 'DeviceLock' }],
    ]);
    expect(entries.find(requestIs('POST /bulk'))).toMatchObject({
      action: 'device.retire',
      body: { type: 'form', where: { cmd: 'retire' } },
      targets: [{ form: 'device_ids', list: ',' }],
    });
  });

  test('errs to the dangerous side', () => {
    const of = (one: string) => entries.find(requestIs(one));
    expect(of('POST /api/fleet/actions')).toMatchObject({ action: 'device.command.raw', risk: 'destructive' });
    expect(of('POST /api/wipe-everything')).toMatchObject({ action: 'device.wipe', targets: [{ all: 'device' }] });
    expect(entries.find(({ request: one }) => /^GET .*\/wipe$/.test(one))).toMatchObject({ risk: 'destructive' });
    expect(of('POST /api/devices/search')).toMatchObject({ action: 'device.read', risk: 'high' });
    expect(entries.find(({ upgrade }) => upgrade)).toMatchObject({ action: 'remote.session', risk: 'destructive' });
    const changes = entries.filter(({ request: one }) => !one.startsWith('GET '));
    expect(changes.length).toBeGreaterThan(8);
    for (const { risk } of changes) expect(['high', 'destructive']).toContain(risk);
  });

  test('what is secret by its name is redacted, and what changes from try to try is volatile', () => {
    expect(entries.find(requestIs('POST /api/devices/{device}/erase'))).toMatchObject({
      body: { type: 'json', empty: true, fields: ['note'] },
      redact: ['/pin', '/csrf_token'],
      volatile: ['/csrf_token'],
    });
  });

  test('what an entry of the pack owns already stands there as a comment that says so', () => {
    expect(proposal).toMatch(/# not proposed: one request could also match device-lock; tell them apart\n {2}# - id: /);
    expect(entries.some(requestIs('POST /api/devices/{device}/lock'))).toBe(false);
  });

  test('loads when it is pasted', async () => {
    paste(packs, proposal);
    expect(loadPacks(packs).faults).toEqual([]);
    expect(await taken(packs, 'POST', '/api/devices/d-0003/erase')).toBe('device.wipe destructive device:d-0003');
    expect(await taken(packs, 'POST', '/api/fleet/actions', { operation: 'frobnicate', device_ids: [7] })).toBe(
      'device.command.raw destructive device_digits:7',
    );
  });

  test('says what is wrong with a file or a pack that cannot be read', async () => {
    const say = async (...args: string[]) => {
      const { code, err } = await sallyport('pack', 'learn', ...args);
      return `${code} ${err}`;
    };
    const broken = join(folder, 'broken.har');
    writeFileSync(broken, '{"log":');
    expect(await say(join(folder, 'none.har'), '--pack', 'acme-mdm')).toMatch(/^2 .*is not there/s);
    expect(await say(broken, '--pack', 'acme-mdm')).toMatch(/^2 .*is no JSON/s);
    expect(await say(file, '--pack', 'nothing')).toMatch(/^2 .*There is no pack nothing/s);
    expect(await say(file, '--pack', 'acme-mdm', '--from', 'https://x.example')).toMatch(
      /^2 .*There is: https:\/\/mdm/s,
    );
  });
});

test('ids and words are told apart', () => {
  const ids = [
    '12',
    'd-0142',
    uuidOf(),
    'C02XK1ABJGH5',
    'a@b.example',
    'deadbeefcafe',
    'Zm9vYmFyYmF6cXV4cXV1eA',
    'ünï',
  ];
  const words = ['devices', 'v1', 'v2.1', 'oauth2', 'bulk-wipe', 'resetManagementPasscode', 'index.php', 'JSSResource'];
  expect(ids.filter((text) => !looksLikeId(text))).toEqual([]);
  expect(words.filter(looksLikeId)).toEqual([]);
  expect(shapeOf(['api', 'devices', '12'])).toEqual(['api', 'devices', '{}']);
  expect(['devices', 'policies', 'addresses', 'status', 'boxes'].map(singular)).toEqual([
    ...['device', 'policy', 'address', 'status', 'box'],
  ]);
});

const uuidOf = (): string => '9b2d7c3e-1f00-4c5d-8a11-0123456789ab';
