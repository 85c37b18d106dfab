// A small ledger with the whole story of one wipe in it, a recording of it, and archives made of it: to be exported as the
// product does, and to be taken apart and put together again as a forger would.
import { createHash } from 'node:crypto';
import { type EvidenceDeps, type EvidenceRequest, prepareEvidence } from '../../src/audit/evidence/export.ts';
import { openLedgerSource } from '../../src/audit/evidence/ledgerSource.ts';
import { tarOf } from '../../src/audit/evidence/tar.ts';
import { createNoteSigner, newNoteKey } from '../../src/audit/ledger/note.ts';
import { createSealer } from '../../src/audit/ledger/sealer.ts';
import { readNoteKey } from '../../src/audit/verify/note.ts';
import { readTar } from '../../src/audit/verify/tarReader.ts';
import { type EvidenceReport, verifyEvidence } from '../../src/audit/verify/verifyEvidence.ts';
import type { AuditEvent, JournalEntry } from '../../src/kernel/auditEvent.ts';
import { canonicalJson, type Json } from '../../src/kernel/canonicalJson.ts';
import { type HoldTerms, holdChallenge } from '../../src/kernel/hold.ts';
import { sha256Base64url, sha256Hex } from '../../src/kernel/ids.ts';
import {
  ADA,
  assertion,
  chain,
  GRACE,
  grantTerms,
  holdTerms,
  newKey,
  ORIGIN,
  RP_ID,
  rechain,
  T0,
  type TestKey,
} from '../audit/journalKit.ts';
import { memoryBlobs, memorySource } from '../ledger/kit.ts';

export const LOG = 'ledger.example.com/main';
export const signer = createNoteSigner(newNoteKey(LOG));
export const CEREMONY = { origin: ORIGIN, rpId: RP_ID };
export const KEYS: { readonly [person: string]: TestKey } = { [ADA]: newKey('ES256'), [GRACE]: newKey('EdDSA') };
export const keyOf = (person: string): TestKey => KEYS[person] ?? newKey('EdDSA');
const credentialOf = (person: string): string => Buffer.from(`credential of ${person}`).toString('base64url');

const POLICY_TEXT = canonicalJson({
  schema: 'entity Group;',
  policies: { look: 'permit (principal, action, resource);' },
});
export const POLICY_SET = sha256Hex(POLICY_TEXT);

export const CHUNKS = ['the look of a page', 'the wipe itself'].map((words, at) => ({
  session: 'ses_1',
  part: 'gw_1-000001',
  chunk: at + 1,
  stored: Buffer.from(`sealed: ${words}`.repeat(40)),
  text: Buffer.from(
    at === 0
      ? '{"n":0,"prev":"","type":"page"}\n'
      : `${[
          { type: 'open', id: 'exc_1', requestBody: { text: '{"pin":"[redacted]"} <script>alert(1)</script>' } },
          { type: 'close', id: 'exc_1', status: 200, responseBody: { text: 'queued' } },
        ]
          .map((line) => JSON.stringify(line))
          .join('\n')}\n`,
  ),
}));
const chunkEvent = ({ session, part, chunk, stored, text }: (typeof CHUNKS)[number]): AuditEvent => ({
  kind: 'recording.chunk',
  actor: null,
  facts: {
    ...{ session, part, chunk, sha256: sha256Hex(stored), text: sha256Hex(text), lines: 2, bytes: stored.length },
    ...{ from: T0, to: T0 + 1000, end: chunk === CHUNKS.length ? 'end' : 'more' },
  },
});

export const signed = (person: string, terms: HoldTerms, key = keyOf(person)): Json =>
  ({
    terms,
    challenge: holdChallenge(terms),
    evidence: { ...assertion(key, holdChallenge(terms)), credentialId: credentialOf(person) },
  }) as unknown as Json;
const approval = (person: string): Json => {
  const terms = grantTerms(person);
  const challenge = sha256Base64url(canonicalJson(terms));
  const evidence = { ...assertion(keyOf(person), challenge), credentialId: credentialOf(person) };
  return { terms, challenge, evidence } as unknown as Json;
};
const enrolled = (person: string, name: string): AuditEvent => ({
  ...{ kind: 'passkey.enrolled', actor: person, actorName: name, session: `ses_of_${name}` },
  facts: { passkey: credentialOf(person), name: `key of ${name}`, publicKey: keyOf(person).spki.toString('base64url') },
});

/** What happened, among what other people did meanwhile. */
export function story(): AuditEvent[] {
  const of = (kind: AuditEvent['kind'], facts: AuditEvent['facts'], more: Partial<AuditEvent> = {}): AuditEvent => ({
    ...{ kind, actor: ADA, actorName: 'Ada', session: 'ses_1' },
    ...more,
    facts,
  });
  const { id: hold, session, console, expiresAt, ...request } = holdTerms();
  const act = { exchange: 'exc_1', console };
  const other = { actor: 'https://idp.example.com#bob', actorName: 'Bob', session: 'ses_2' };
  const act1: AuditEvent['facts'] = {
    ...{ title: 'Wipe 1 device: d-0142', action: 'device.wipe', risk: 'destructive', method: 'POST' },
    ...{ target: request.target, targets: ['device:d-0142'], bodyDigest: request.bodyDigest, signedDigest: null },
    ...{ policies: ['look'], policySet: POLICY_SET, grant: 'gra_1', hold, holdSigned: true, holdApprovals: 1 },
  };
  return [
    of('gateway.started', {}, { actor: null, actorName: 'gateway', session: 'ses_0' }),
    enrolled(ADA, 'Ada'),
    enrolled(GRACE, 'Grace'),
    of('login.succeeded', {}),
    of('login.succeeded', {}, other),
    of('grant.asked', { grant: 'gra_1', actions: ['device.wipe'], reason: 'Lost <b>in</b> a taxi' }),
    of(
      'grant.approved',
      { grant: 'gra_1', signed: approval(GRACE) },
      { actor: GRACE, actorName: 'Grace', session: 'ses_3' },
    ),
    of('request.refused', { reason: 'policy.forbidden', title: 'Something else' }, { ...other, exchange: 'exc_7' }),
    of(
      'hold.created',
      { hold, title: 'Wipe 1 device: d-0142', ...(request as unknown as { [name: string]: Json }) },
      { console },
    ),
    of('hold.signed', { hold, signed: signed(ADA, holdTerms()) }),
    of(
      'hold.approved',
      { hold, signed: signed(GRACE, holdTerms()) },
      { actor: GRACE, actorName: 'Grace', session: 'ses_3' },
    ),
    of('act.intent', act1, act),
    of('act.outcome', { intent: 12, sent: true, status: 200 }, act),
    ...CHUNKS.map(chunkEvent),
    of('session.ended', { because: 'logout' }),
    of('session.ended', { because: 'logout' }, other),
  ];
}

/** Chained, with what only the script knew of the hold. */
export function journalOf(events: readonly AuditEvent[]): JournalEntry[] {
  const entries = chain(events).map((entry, at) =>
    events[at]?.kind === 'hold.created' ? { ...entry, fact: `{"expiresAt":${holdTerms().expiresAt}}` } : entry,
  );
  return rechain(entries);
}

export async function ledgerOf(entries: readonly JournalEntry[], key = signer) {
  const blobs = memoryBlobs();
  const { source } = memorySource(() => entries);
  await createSealer({
    blobs,
    source,
    clock: { now: () => T0 },
    signer: key,
    origin: LOG,
    onError: () => undefined,
  }).seal();
  return blobs;
}

export type MakeOptions = Partial<EvidenceRequest> & {
  readonly events?: readonly AuditEvent[];
  readonly entries?: readonly JournalEntry[];
  readonly key?: typeof signer;
  readonly recordings?: Partial<EvidenceDeps['recordings']>;
};

export async function make({ events = story(), entries, key = signer, recordings, ...request }: MakeOptions = {}) {
  const ledger = await openLedgerSource(await ledgerOf(entries ?? journalOf(events), key));
  const found = (one: { session: string; chunk: number }) =>
    CHUNKS.find(({ session, chunk }) => session === one.session && chunk === one.chunk);
  return prepareEvidence(
    {
      ledger,
      recordings: {
        async stored(chunk) {
          const bytes = found(chunk)?.stored;
          return bytes === undefined ? null : { size: bytes.length, open: () => once(bytes) };
        },
        text: async (chunk) => found(chunk)?.text ?? null,
        ...recordings,
      },
      ledgerKeys: [key.verifierKey],
      sign: key.sign,
      policySet: (digest) => (digest === POLICY_SET ? POLICY_TEXT : null),
      version: '0.0.0',
    },
    { about: { kind: 'session', id: 'ses_1' }, by: 'Linus', why: 'Audit 7', at: T0, decrypt: false, ...request },
  );
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
export async function bytesOf(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}

export type Files = Map<string, Buffer>;
export async function filesOf(archive: Buffer): Promise<Files> {
  const files: Files = new Map();
  for await (const { name, content } of readTar(once(archive))) files.set(name, await bytesOf(content));
  return files;
}

export const tarred = (files: Iterable<readonly [string, Buffer]>): Promise<Buffer> =>
  bytesOf(
    tarOf(
      [...files].map(([name, bytes]) => ({ name, size: bytes.length, open: () => once(bytes) })),
      T0,
    ),
  );

/** With a list of files that fits again, signed by `by`: what a careful forger does who has that key; null: has none. */
export function relisted(files: Files, by: typeof signer | null = signer): Files {
  const manifest = JSON.parse(String(files.get('manifest.json')));
  manifest.files = [...files]
    .filter(([name]) => name !== 'manifest.json' && name !== 'manifest.sig')
    .map(([name, bytes]) => ({ name, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }));
  const list = Buffer.from(JSON.stringify(manifest));
  const text = `sallyport.evidence.v1\nsha256:${sha256Hex(list)}\n`;
  const again: Files = new Map([...files, ['manifest.json', list]]);
  if (by !== null) again.set('manifest.sig', Buffer.from(`${text}\n${by.sign(text)}`));
  return again;
}

const known = readNoteKey(signer.verifierKey);
export const verify = (
  archive: Buffer,
  keys = known === null ? [] : [known],
  more: Parameters<typeof verifyEvidence>[3] = {},
): Promise<EvidenceReport> => verifyEvidence(readTar(once(archive)), keys, CEREMONY, more);
export const faultsOf = async (archive: Buffer): Promise<string[]> =>
  (await verify(archive)).faults.map(({ where, what }) => `${where}: ${what}`);
