// Witnesses: their name stands only under histories that continue each other, and a receiver that is away delays nobody.

import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createCosigner, createNoteSigner, newNoteKey, readCheckpoint } from '../../src/audit/ledger/note.ts';
import { createDestination, createPost } from '../../src/audit/ledger/post.ts';
import { createProofs } from '../../src/audit/ledger/proofs.ts';
import { createSealer } from '../../src/audit/ledger/sealer.ts';
import { createWitness, type WitnessState } from '../../src/audit/ledger/witness.ts';
import { witnessDestination } from '../../src/audit/ledger/witnessClient.ts';
import { type NoteKey, openCheckpoint, readNoteKey } from '../../src/audit/verify/note.ts';
import { fileState } from '../../src/cli/ledgerWitness.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { rechain } from '../audit/journalKit.ts';
import { until } from '../kit/arrivals.ts';
import { journalOf, memoryBlobs, memorySource } from './kit.ts';

const ORIGIN = 'ledger.example.com/main';
const NOW = 1_800_000_000_000;
const clock = { now: () => NOW };
const signer = createNoteSigner(newNoteKey(ORIGIN));
const cosigner = createCosigner(newNoteKey('witness.example.org', 'witness'));
const keyOf = (text: string): NoteKey => {
  const key = readNoteKey(text);
  if (key === null) throw new Error('no key');
  return key;
};
const [log, witnessKey] = [keyOf(signer.verifierKey), keyOf(cosigner.verifierKey)];
const folder = mkdtempSync(join(tmpdir(), 'sp-'));
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function growing() {
  const blobs = memoryBlobs();
  let known: JournalEntry[] = [];
  const { source } = memorySource(() => known);
  const sealer = createSealer({ blobs, source, signer, origin: ORIGIN, clock, onError: () => {} });
  return {
    blobs,
    async grow(entries: JournalEntry[]): Promise<string> {
      known = entries;
      await sealer.seal();
      return String(blobs.files.get('checkpoint'));
    },
    async request(old: number): Promise<string> {
      const note = String(blobs.files.get('checkpoint'));
      const { size } = readCheckpoint(note);
      const proof = old > 0 && old < size ? await createProofs(blobs, size).consistency(old) : [];
      return [`old ${old}`, ...proof.map((hash) => hash.toString('base64')), '', note].join('\n');
    },
  };
}
let states = 0;
const newWitness = (state: WitnessState = fileState(join(folder, `state-${states++}`))) =>
  createWitness({ log, signer: cosigner, state, clock });

describe('a witness', () => {
  test('cosigns what continues, again after a restart, and what it signs is checked by the verifier with its time', async () => {
    const ledger = growing();
    const state = fileState(join(folder, 'kept'));
    await ledger.grow(journalOf(300));
    expect((await newWitness(state).add(await ledger.request(0))).status).toBe(200);
    const note = await ledger.grow(journalOf(900));
    const witness = newWitness(state);
    expect(await witness.size()).toBe(300);
    const { status, text } = await witness.add(await ledger.request(300));
    expect(status).toBe(200);
    expect(openCheckpoint(`${note}${text}`, [log, witnessKey])).toMatchObject({
      size: 900,
      signedBy: [
        { name: ORIGIN, at: null },
        { name: 'witness.example.org', at: NOW },
      ],
    });
    // The same again is no contradiction.
    expect((await witness.add(await ledger.request(900))).status).toBe(200);
  });
  test('never signs another history, a shorter one, a wrong proof, another log, or a checkpoint that the log did not sign', async () => {
    const ledger = growing();
    await ledger.grow(journalOf(300));
    const witness = newWitness();
    await witness.add(await ledger.request(0));
    const other = growing();
    const forged = rechain(
      journalOf(500).map((one) => (one.seq === 7 ? { ...one, event: one.event.replace('person', 'nobody') } : one)),
    );
    await other.grow(forged);
    expect(await witness.add(await other.request(300))).toMatchObject({ status: 422 });
    expect(await witness.add(await other.request(0))).toEqual({ status: 409, text: '300\n', kind: 'size' });
    const same = growing();
    await same.grow(forged.slice(0, 300));
    expect((await witness.add(await same.request(300))).status).toBe(409);
    const shorter = growing();
    await shorter.grow(journalOf(200));
    expect((await witness.add(await shorter.request(300))).status).toBe(400);
    await ledger.grow(journalOf(400));
    const good = await ledger.request(300);
    expect((await witness.add(good.replace(/\n[A-Za-z0-9+/]{43}=\n/, '\n'))).status).toBe(422);
    expect((await witness.add(good.replaceAll(ORIGIN, 'other.example.com'))).status).toBe(404);
    expect((await witness.add(good.replace('\n400\n', '\n401\n'))).status).toBe(403);
    for (const text of ['', 'old x\n\n', 'old 300', `old 300\n\n`, `old 300\nAAAA\n\n${good}`])
      expect((await witness.add(text)).status, text).toBe(400);
    expect(await witness.size()).toBe(300);
    expect((await witness.add(good)).status).toBe(200);
  });
  test('gives no signature that it could not write down', async () => {
    const ledger = growing();
    await ledger.grow(journalOf(3));
    const witness = newWitness({ read: async () => null, write: () => Promise.reject(new Error('disk full')) });
    await expect(witness.add(await ledger.request(0))).rejects.toThrow('disk full');
  });
});

async function listening(
  answer: (body: string, headers: Record<string, unknown>) => Promise<{ status: number; text: string }>,
) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { status, text } = await answer(body, request.headers);
    response.writeHead(status).end(text);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const place = server.address();
  return `http://127.0.0.1:${typeof place === 'object' ? place?.port : 0}`;
}

describe('the gateway', () => {
  test('mails the checkpoint whole, and says in the log what the mail server said', async () => {
    const mails: { to: string; text: string; subject: string }[] = [];
    const settings = { kind: 'mail', channel: 'mail', to: ['a@example.com', 'b@example.com'], every: 5 } as const;
    const note = await growing().grow(journalOf(12));
    await createDestination(settings, clock, async (mail) => void mails.push(mail)).send(note);
    expect(mails.map(({ to }) => to)).toEqual(['a@example.com', 'b@example.com']);
    expect(mails[0]?.text).toContain(`-----\n${note}-----\n`);
    const refusing = createDestination(settings, clock, () =>
      Promise.reject(new Error('the mail server answered 550')),
    );
    await expect(refusing.send(note)).rejects.toThrow('550');
  });

  test('asks a witness, keeps what it answers beside the checkpoint, and goes on after it forgot what the witness knows', async () => {
    const ledger = growing();
    const witness = newWitness();
    const url = await listening((body) => witness.add(body));
    const destination = () => witnessDestination({ key: cosigner.verifierKey, url, blobs: ledger.blobs });
    await destination().send(await ledger.grow(journalOf(10)));
    // A new process knows nothing of the witness: it is told.
    await destination().send(await ledger.grow(journalOf(700)));
    const cosigned = String(ledger.blobs.files.get('cosigned'));
    expect(openCheckpoint(cosigned, [log, witnessKey])).toMatchObject({ size: 700, signedBy: [{}, { at: NOW }] });
    // A second witness adds its name.
    const second = createCosigner(newNoteKey('second.example.net', 'witness'));
    const more = createWitness({ log, signer: second, state: fileState(join(folder, 'second')), clock });
    const secondUrl = await listening((body) => more.add(body));
    const two = witnessDestination({ key: second.verifierKey, url: secondUrl, blobs: ledger.blobs });
    await two.send(String(ledger.blobs.files.get('checkpoint')));
    const opened = openCheckpoint(String(ledger.blobs.files.get('cosigned')), [
      log,
      witnessKey,
      keyOf(second.verifierKey),
    ]);
    expect(opened).toMatchObject({ signedBy: [{}, { name: 'witness.example.org' }, { name: 'second.example.net' }] });
  });
  test('keeps no answer that does not hold', async () => {
    const ledger = growing();
    const thief = createCosigner(newNoteKey('witness.example.org', 'witness'));
    const url = await listening(async (body) => ({
      status: 200,
      text: thief.cosign(readCheckpoint(body.slice(body.indexOf('\n\n') + 2)).text, NOW),
    }));
    const destination = witnessDestination({ key: cosigner.verifierKey, url, blobs: ledger.blobs });
    await expect(destination.send(await ledger.grow(journalOf(10)))).rejects.toThrow('not taken');
    expect(ledger.blobs.files.has('cosigned')).toBe(false);
  });

  test('posts the newest checkpoint, signed; a receiver that is away gets the newest when it is back, and delays no other', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const heard: { type: string; data: { size: number; checkpoint: string } }[] = [];
    let away = true;
    const url = await listening(async (body, headers) => {
      if (away) return { status: 503, text: '' };
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const signature = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${signature}`);
      heard.push(JSON.parse(body));
      return { status: 204, text: '' };
    });
    const place = join(folder, 'elsewhere');
    const errors: string[] = [];
    const post = createPost({
      destinations: [
        createDestination({ kind: 'webhook', url, secret }, clock),
        createDestination({ kind: 'store', store: { kind: 'folder', folder: place } }, clock),
      ],
      every: 20,
      onError: (error) => errors.push(String(error)),
    });
    const ledger = growing();
    for (const count of [5, 6, 300]) {
      post.sealed(await ledger.grow(journalOf(count)));
      await until(() => post.state()[1]?.size === count);
    }
    expect(post.state()[0]).toMatchObject({ waiting: true, fault: 'answered 503', size: 0 });
    away = false;
    await until(() => heard.length > 0, 20_000);
    expect(heard[0]).toMatchObject({ type: 'sallyport.ledger.checkpoint', data: { size: 300 } });
    expect(heard[0]?.data.checkpoint).toBe(String(ledger.blobs.files.get('checkpoint')));
    expect(errors).toHaveLength(1);
    expect(errors.join()).not.toContain('whsec');
    await post.stop();
  });
});
