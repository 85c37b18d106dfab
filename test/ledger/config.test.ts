// The settings of the ledger: closed defaults, secrets by name only, faults that say what to do.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createCosigner, createNoteSigner, newNoteKey } from '../../src/audit/ledger/note.ts';
import { ConfigFaults, loadConfig } from '../../src/config/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'sp-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const BASE = `portal: { origin: https://access.example.com }
oidc: { issuer: https://idp.example.com, clientId: sallyport, clientSecret: { env: SECRET } }
consoles: [{ id: main, name: Main, origin: https://mdm.example.com, upstream: https://10.0.0.5, pack: acme-mdm }]
`;
const key = newNoteKey('access.example.com/main');
const environment = {
  SECRET: 's',
  KEY: key,
  ACCESS: 'canary-access',
  HIDDEN: 'canary-hidden',
  URL: 'https://x.example.com/canary',
};
function load(text: string) {
  const file = join(folder, 'sallyport.yaml');
  writeFileSync(file, BASE + text);
  return loadConfig(file, environment).ledger;
}
function faultsOf(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    if (error instanceof ConfigFaults) return error.faults.map(({ at, what }) => `${at}: ${what}`);
    throw error;
  }
  return [];
}

test('without settings: a folder in the data folder, a key of its own, nobody else', () => {
  expect(load('')).toEqual({
    ...{ origin: null, key: null, every: 1000, keep: 100_000, witnesses: [], post: [], postEvery: 60_000 },
    store: { kind: 'folder', folder: join(folder, 'data/ledger') },
  });
});
test('a bucket, a key, a witness and destinations are read, with their secrets', () => {
  const witness = createCosigner(newNoteKey('w.example.org', 'witness')).verifierKey;
  const s3 =
    '{ s3: { endpoint: "https://s3.example.com/", bucket: one-two, accessKey: { env: ACCESS }, secretKey: { env: HIDDEN }, lock: { mode: compliance, days: 9 } } }';
  const ledger = load(
    `ledger: { key: { env: KEY }, store: ${s3}, witnesses: [{ key: "${witness}", url: https://w.example.org }], post: [{ folder: other }, ${s3}] }\n`,
  );
  const bucket = {
    ...{ kind: 's3', endpoint: 'https://s3.example.com', region: 'us-east-1', bucket: 'one-two', prefix: '' },
    ...{ accessKey: 'canary-access', secretKey: 'canary-hidden', lock: { mode: 'compliance', days: 9 } },
  };
  expect(ledger.store).toEqual(bucket);
  expect(ledger.key).toBe(key);
  expect(ledger.post).toEqual([
    { kind: 'store', store: { kind: 'folder', folder: join(folder, 'other') } },
    { kind: 'store', store: bucket },
  ]);
});
test.each([
  ['ledger: { key: PRIVATE+KEY+x }', /ledger.key: a secret is/],
  ['ledger: { key: { env: HIDDEN } }', /ledger.key: its value is no key of a ledger/],
  [
    'ledger: { key: { env: KEY }, origin: other.example.com }',
    /ledger.origin: the key was made for access.example.com.main/,
  ],
  [
    `ledger: { witnesses: [{ key: "${createNoteSigner(key).verifierKey}", url: https://w.example.org }] }`,
    /witnesses.0.key: is no verifier key of a witness/,
  ],
  ['ledger: { witnesses: [{ key: x, url: http://w.example.org }] }', /witnesses.0.url: write an address/],
  ['ledger: { store: { folder: a, s3: {} } }', /ledger.store/],
  [
    'ledger: { store: { s3: { endpoint: "https://s3.example.com", bucket: one-two, accessKey: { env: NONE }, secretKey: { env: HIDDEN } } } }',
    /accessKey: the environment variable NONE is not set/,
  ],
  [
    'ledger: { post: [{ webhook: { url: { env: URL }, secret: { env: HIDDEN } } }] }',
    /post.0.webhook.secret: its value is no secret/,
  ],
  [
    'ledger: { post: [{ mail: { channel: post, to: [a@example.com] } }] }',
    /post.0.mail.channel: there is no e-mail channel post/,
  ],
  ['ledger: { keep: 5 }', /ledger.keep/],
  ['ledger: { enabled: false }', /is not a setting/],
])('%s is a fault', (text, words) => {
  const faults = faultsOf(`${text}\n`);
  expect(faults.join('\n')).toMatch(words);
  expect(faults.join('\n')).not.toContain('canary');
});
