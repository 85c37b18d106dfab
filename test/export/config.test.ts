// The settings of the export: every fault says where and what to do, no secret stands in the file or in a fault.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigFaults, loadConfig } from '../../src/config/load.ts';
import { CERT } from './kit.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-config-'));
  await writeFile(join(folder, 'ca.pem'), CERT);
});
afterEach(() => rm(folder, { recursive: true }));

const BASE = `
portal: { origin: https://access.example.com }
oidc: { issuer: https://idp.example.com, clientId: x, clientSecret: { env: SECRET } }
consoles: [{ id: acme, name: Acme, origin: https://mdm.example.com, upstream: https://10.0.0.5, pack: acme }]
`;
const load = async (text: string, environment: Record<string, string> = {}) => {
  const file = join(folder, 'sallyport.yaml');
  await writeFile(file, `${BASE}${text}`);
  return loadConfig(file, { SECRET: 'x', ...environment });
};
const faults = async (text: string, environment: Record<string, string> = {}): Promise<string[]> => {
  try {
    await load(text, environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    return error.faults.map(({ at, what }) => `${at}: ${what}`);
  }
};
const one = (text: string) => `export: { destinations: [${text}] }`;

test('every kind of destination, with secrets and certificates read and defaults filled in', async () => {
  const config = await load(
    one(`
      { id: siem, kind: syslog, host: siem.example.com, ca: ca.pem },
      { id: splunk, kind: splunk, url: https://s.example.com/services/collector/event, token: { env: TOKEN } },
      { id: elastic, kind: elastic, url: https://e.example.com, index: logs },
      { id: lake, kind: http, url: http://127.0.0.1:9000/in, from: now },
      { id: otel, kind: otlp, url: https://o.example.com/v1/logs, authorization: { env: TOKEN } },
      { id: files, kind: file, folder: export }`),
    { TOKEN: 'very-secret' },
  );
  expect(config.export.alarm).toEqual({ entries: 10_000, after: 900_000 });
  expect(config.export.destinations).toEqual([
    {
      id: 'siem',
      kind: 'syslog',
      from: 'start',
      host: 'siem.example.com',
      port: 6514,
      longest: 8192,
      ca: CERT,
      client: null,
    },
    expect.objectContaining({ id: 'splunk', token: 'very-secret', index: null, ca: null }),
    expect.objectContaining({ id: 'elastic', authorization: null }),
    expect.objectContaining({ id: 'lake', from: 'now' }),
    expect.objectContaining({ id: 'otel', authorization: 'very-secret' }),
    { id: 'files', kind: 'file', from: 'start', folder: join(folder, 'export'), maxSize: 64 * 1024 * 1024 },
  ]);
});

test('without destinations nothing leaves', async () => {
  expect((await load('')).export.destinations).toEqual([]);
});

test.each([
  ['{ id: a, kind: syslog, host: h, ca: nowhere.pem }', 'destinations.0.ca: the file cannot be read as a certificate'],
  ['{ id: a, kind: syslog, host: h, cert: ca.pem }', 'destinations.0.cert: a certificate of our own needs both'],
  ['{ id: a, kind: http, url: http://siem.example.com/ }', 'destinations.0.url: use https'],
  ['{ id: a, kind: http, url: "https://u:p@siem.example.com/" }', 'destinations.0.url: an address names no user'],
  [
    '{ id: a, kind: splunk, url: https://s.example.com, token: plain }',
    'destinations.0.token: a secret is {env: NAME}',
  ],
  [
    '{ id: a, kind: splunk, url: https://s.example.com, token: { env: NONE } }',
    'token: the environment variable NONE is not set',
  ],
  [
    '{ id: a, kind: otlp, url: https://s.example.com, authorization: { env: BAD } }',
    'authorization: its value has characters',
  ],
  [
    '{ id: a, kind: file, folder: x }, { id: a, kind: file, folder: y }',
    'destinations.1.id: two destinations are called a',
  ],
  ['{ id: a, kind: kafka }', 'a destination is of the kind syslog, splunk'],
  ['{ id: a, kind: syslog, host: h, insecure: true }', 'insecure: is not a setting'],
])('%s is a fault', async (text, fault) => {
  const found = await faults(one(text), { BAD: 'a\nb-secret' });
  expect(found.join('\n')).toContain(fault);
  expect(found.join('\n')).not.toContain('b-secret');
});
