// The commands of the ledger as an auditor runs them: their exit code never says more than they know.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createDiskBlobs } from '../../src/audit/ledger/diskBlobs.ts';
import { keptSigner } from '../../src/audit/ledger/ledgerKey.ts';
import { createCosigner, createNoteSigner, type NoteSigner, newNoteKey } from '../../src/audit/ledger/note.ts';
import { createSealer } from '../../src/audit/ledger/sealer.ts';
import { ledgerKey } from '../../src/cli/ledgerKey.ts';
import { ledgerCheckProof, ledgerProve } from '../../src/cli/ledgerProve.ts';
import { ledgerVerify } from '../../src/cli/ledgerVerify.ts';
import { ledgerWitness } from '../../src/cli/ledgerWitness.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { chain, newKey, rechain, wipeStory } from '../audit/journalKit.ts';
import { events, memorySource } from './kit.ts';

const root = mkdtempSync(join(tmpdir(), 'sp-'));
const data = join(root, 'data');
const ledger = join(data, 'ledger');
const known = chain([...wipeStory(newKey('EdDSA')), ...events(600)]);
const config = join(root, 'none.yaml');
let signer: NoteSigner;
beforeAll(async () => {
  signer = await keptSigner(data, 'ledger.example.com/cli');
  await seal(ledger, known.slice(0, 300));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const seal = (folder: string, entries: readonly JournalEntry[]) =>
  createSealer({
    blobs: createDiskBlobs(folder),
    source: memorySource(() => entries).source,
    signer,
    origin: signer.name,
    clock: { now: () => 1 },
    onError: () => {},
  }).seal();

let out = '';
async function run(command: () => Promise<number>): Promise<number> {
  out = '';
  const hear = (stream: NodeJS.WriteStream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      out += String(text);
      return true;
    });
  const spies = [hear(process.stdout), hear(process.stderr)];
  try {
    return await command();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

test('verify: whole 0, changed 1, without a key or a ledger 2', async () => {
  expect(await run(() => ledgerVerify({ config, data }))).toBe(0);
  expect(out).toMatch(/The ledger is whole/);
  expect(out).toMatch(/Nothing from elsewhere was compared/);
  expect(await run(() => ledgerVerify({ config, from: ledger }))).toBe(2);
  expect(await run(() => ledgerVerify({ config, from: join(root, 'nowhere'), key: [signer.verifierKey] }))).toBe(2);
  expect(await run(() => ledgerVerify({ config, from: ledger, key: ['nonsense'] }))).toBe(2);
  expect(await run(() => ledgerVerify({ config }))).toBe(2);
  const other = createNoteSigner(newNoteKey(signer.name));
  expect(await run(() => ledgerVerify({ config, from: ledger, key: [other.verifierKey] }))).toBe(1);
  const copy = join(root, 'changed');
  cpSync(ledger, copy, { recursive: true });
  const bundle = join(copy, 'tile/entries/000');
  writeFileSync(bundle, readFileSync(bundle, 'latin1').replace('Lost', 'Sold'), 'latin1');
  expect(await run(() => ledgerVerify({ config, from: copy, key: [join(data, 'ledger.pub')], json: true }))).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ ok: false });
});

test('verify: a ledger that was made anew with the real key is found by what was kept elsewhere, and only by that', async () => {
  const kept = join(root, 'kept');
  mkdirSync(join(kept, 'checkpoints'), { recursive: true });
  cpSync(join(ledger, 'checkpoint'), join(kept, 'checkpoints/300'));
  const anew = join(root, 'anew');
  await seal(
    anew,
    rechain(known.map((one) => (one.seq === 50 ? { ...one, event: one.event.replace('person', 'nobody') } : one))),
  );
  const key = [signer.verifierKey];
  expect(await run(() => ledgerVerify({ config, from: anew, key }))).toBe(0);
  expect(await run(() => ledgerVerify({ config, from: anew, key, kept: [kept] }))).toBe(1);
  expect(out).toMatch(/rewritten/);
  const cut = join(root, 'cut');
  await seal(cut, known.slice(0, 100));
  expect(await run(() => ledgerVerify({ config, from: cut, key, kept: [join(ledger, 'checkpoint')] }))).toBe(1);
  expect(out).toMatch(/it was cut/);
  expect(await run(() => ledgerVerify({ config, data, kept: [kept] }))).toBe(0);
});

test('prove and check-proof: by number and by exchange; what was changed does not hold, another key does not count', async () => {
  expect(await run(() => ledgerProve('7', { config, data }))).toBe(0);
  const proof = out;
  expect(proof).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra [A-Za-z0-9+/=]+\nindex 6\n/);
  const file = join(root, 'one.tlog-proof');
  writeFileSync(file, proof);
  const key = [signer.verifierKey];
  expect(await run(() => ledgerCheckProof(file, { key }))).toBe(0);
  expect(out).toMatch(/act\.intent/);
  expect(await run(() => ledgerCheckProof(file, { key, json: true }))).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ ok: true, index: 6, entry: { seq: 7 }, checkpoint: { size: 300 } });
  const entry = /extra (\S+)/.exec(proof)?.[1] ?? '';
  const forged = Buffer.from(entry, 'base64').toString('utf8').replace('d-0142', 'd-0143');
  for (const bad of [
    proof.replace(entry, Buffer.from(forged).toString('base64')),
    proof.replace('index 6', 'index 7'),
    proof.replace('\n300\n', '\n301\n'),
    proof.replace(/\n[A-Za-z0-9+/]{43}=\n/, '\n'),
    '',
  ]) {
    writeFileSync(file, bad);
    expect(await run(() => ledgerCheckProof(file, { key }))).toBe(1);
  }
  writeFileSync(file, proof);
  const thief = createNoteSigner(newNoteKey(signer.name)).verifierKey;
  expect(await run(() => ledgerCheckProof(file, { key: [thief] }))).toBe(1);
  expect(await run(() => ledgerCheckProof(join(root, 'absent'), { key }))).toBe(2);

  const folder = join(root, 'proofs');
  mkdirSync(folder);
  expect(await run(() => ledgerProve('exc_1', { config, data, out: folder }))).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(['entry-7.tlog-proof', 'entry-8.tlog-proof']);
  expect(await run(() => ledgerCheckProof(join(folder, 'entry-8.tlog-proof'), { key }))).toBe(0);
  expect(await run(() => ledgerProve('301', { config, data }))).toBe(1);
  expect(await run(() => ledgerProve('exc_none', { config, data }))).toBe(1);
});

test('key: shows the public half, makes pairs for logs and witnesses', async () => {
  expect(await run(() => ledgerKey({ config, data }))).toBe(0);
  expect(out.trim()).toBe(signer.verifierKey);
  expect(await run(() => ledgerKey({ config, data: join(root, 'empty') }))).toBe(2);
  expect(await run(() => ledgerKey({ config, new: 'w.example.org', witness: true }))).toBe(0);
  const [secret = '', verifier = ''] = out.trim().split('\n');
  expect(createCosigner(secret).verifierKey).toBe(verifier);
});

test('witness: over HTTP, cosigns what continues, refuses what was cut or rewritten, and its file is what verify compares with', async () => {
  const place = join(root, 'watched');
  await seal(place, known.slice(0, 100));
  const server = createServer(async (request, response) => {
    const bytes = await createDiskBlobs(place)
      .read((request.url ?? '').slice('/ledger/'.length))
      .catch(() => null);
    response.writeHead(bytes === null ? 404 : 200).end(bytes);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const at = server.address();
  const from = `http://127.0.0.1:${typeof at === 'object' ? at?.port : 0}/ledger`;
  const secret = newNoteKey('w.example.org', 'witness');
  const options = { key: join(root, 'witness.key'), log: signer.verifierKey, state: join(root, 'witness.state'), from };
  writeFileSync(options.key, secret);
  try {
    expect(await run(() => ledgerWitness(options))).toBe(0);
    await seal(place, known);
    expect(await run(() => ledgerWitness(options))).toBe(0);
    expect(out).toContain(`${known.length} entries, ${known.length - 100} of them new`);
    const key = [signer.verifierKey, createCosigner(secret).verifierKey];
    expect(await run(() => ledgerVerify({ config, from, key, kept: [options.state] }))).toBe(0);
    rmSync(place, { recursive: true });
    await seal(place, known.slice(0, 50));
    expect(await run(() => ledgerWitness(options))).toBe(1);
    expect(out).toMatch(/It was cut/);
    const forged = rechain(known.map((one) => (one.seq === 5 ? { ...one, event: `${one.event} ` } : one)));
    rmSync(place, { recursive: true });
    await seal(place, forged);
    expect(await run(() => ledgerWitness(options))).toBe(1);
    expect(out).toMatch(/rewritten/);
  } finally {
    server.close();
  }
});
