// Makes one evidence archive. Everything is gathered and hashed before the first byte leaves, so that what leaves can be
// written down first: the caller appends `evidence.exported` with `digest` before it asks for `bytes`.
import { createHash } from 'node:crypto';
import { sha256Hex } from '../../kernel/ids.ts';
import type { About } from './about.ts';
import { aboutWords } from './about.ts';
import type { LedgerSource } from './ledgerSource.ts';
import { type RecordedExchange, recordedExchanges } from './recorded.ts';
import { type Chosen, type ChunkRef, choose, textOf } from './selection.ts';
import { type TarFile, tarOf } from './tar.ts';
import { renderViewer } from './viewer.ts';

export type StoredChunk = { readonly size: number; open(): AsyncIterable<Uint8Array> };

export type EvidenceDeps = {
  readonly ledger: LedgerSource;
  readonly recordings: {
    /** A finished chunk as it is stored; null: it is not there. */
    stored(chunk: ChunkRef): Promise<StoredChunk | null>;
    /** What is inside; null: cannot be read here. */
    text(chunk: ChunkRef): Promise<Buffer | null>;
  };
  /** Keys that the ledger and its witnesses sign with, as `<name>+<hash>+<key>`. */
  readonly ledgerKeys: readonly string[];
  /** The lines of a signed note under this text, by the ledger's own key. */
  readonly sign: (text: string) => string;
  /** The canonical text of a policy set, by digest; null: not known any more. */
  policySet(digest: string): string | null;
  readonly version: string;
};

export type EvidenceRequest = {
  readonly about: About;
  /** who exports it, and why */
  readonly by: string;
  readonly why: string;
  /** ms */
  readonly at: number;
  /** adds the text of recordings */
  readonly decrypt: boolean;
  /** Nobody waits for it any more: give up. */
  readonly signal?: AbortSignal;
};

export type Evidence = {
  /** SHA-256, hex, of the manifest, which names every other file with its digest */
  readonly digest: string;
  readonly entries: number;
  readonly chunks: number;
  /** bytes of all files */
  readonly size: number;
  bytes(): AsyncIterable<Uint8Array>;
};

export class NothingFound extends Error {
  override readonly name = 'NothingFound';
}
export class CannotDecrypt extends Error {
  override readonly name = 'CannotDecrypt';
}

type File = TarFile & { readonly sha256: string };
type Withheld = {
  readonly session: string;
  readonly part: string;
  readonly chunk: number;
  readonly why: 'deleted' | 'gone';
};

/** @throws NothingFound when the sealed ledger does not speak of it; CannotDecrypt when asked to without the key; the signal's reason */
export async function prepareEvidence(deps: EvidenceDeps, request: EvidenceRequest): Promise<Evidence> {
  const { version } = deps;
  const { about, by, why, at, signal } = request;
  const ledger = signal === undefined ? deps.ledger : until(signal, deps.ledger);
  const chosen = await choose(ledger, about);
  if (chosen === null) throw new NothingFound(`The ledger does not speak of it: ${aboutWords(about)}.`);
  const files: File[] = [
    fileOf('checkpoint', ledger.checkpoint),
    fileOf('keys/ledger.txt', `${deps.ledgerKeys.join('\n')}\n`),
  ];
  files.push(fileOf('keys/passkeys.json', json(passkeysOf(chosen))));
  const long = new Set<string>();
  for (const { index, bytes, digest, beside } of chosen.entries) {
    files.push(fileOf(`entries/${index}.json`, bytes));
    const path = (await ledger.inclusion(index)).map((hash) => hash.toString('base64'));
    files.push(fileOf(`proofs/${index}.json`, `${JSON.stringify({ index, size: ledger.size, path })}\n`));
    if (beside === null || long.has(digest)) continue;
    long.add(digest);
    files.push(fileOf(`events/${digest}.json`, beside));
  }
  for (const digest of chosen.policySets) {
    const text = deps.policySet(digest);
    if (text !== null && sha256Hex(text) === digest) files.push(fileOf(`policies/${digest}.json`, text));
  }
  const { recorded, withheld } = await addRecordings(files, deps, chosen, request);
  const made = { at, by, why, version };
  const viewer = renderViewer({ about, made, origin: ledger.origin, size: ledger.size, chosen, recorded, withheld });
  files.push(fileOf('viewer.html', viewer), fileOf('README.txt', README));
  const manifest = fileOf(
    'manifest.json',
    json({
      format: 'sallyport.evidence.v1',
      about,
      made,
      ledger: { origin: ledger.origin, size: ledger.size },
      files: files.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
      withheld,
    }),
  );
  const signature = fileOf('manifest.sig', signedList(manifest.sha256, deps.sign));
  const all = [manifest, signature, ...files];
  return {
    digest: manifest.sha256,
    entries: chosen.entries.length,
    chunks: chosen.chunks.length - withheld.length,
    size: all.reduce((sum, { size }) => sum + size, 0),
    bytes: () => tarOf(all, at),
  };
}

/**
 * The list of files as the ledger's own word, so that nobody who carries the archive can put another page for people into it.
 * The second line can be no size: what is signed here is never taken for a checkpoint.
 */
function signedList(digest: string, sign: EvidenceDeps['sign']): string {
  const text = `sallyport.evidence.v1\nsha256:${digest}\n`;
  return `${text}\n${sign(text)}`;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
const digits = (chunk: number): string => String(chunk).padStart(6, '0');

function fileOf(name: string, content: string | Buffer): File {
  const bytes = Buffer.from(content);
  return {
    name,
    size: bytes.length,
    sha256: sha256Hex(bytes),
    async *open() {
      yield bytes;
    },
  };
}

/** Every passkey that the chosen entries enrolled. */
const passkeysOf = ({ entries }: Chosen) =>
  entries
    .filter(({ told }) => told.kind === 'passkey.enrolled')
    .map(({ index, at, told: { actor, actorName, facts } }) => ({
      person: { id: actor, name: actorName },
      passkey: textOf(facts.passkey),
      name: textOf(facts.name),
      publicKey: textOf(facts.publicKey),
      enrolled: { index, at },
    }));

/** The ledger, until somebody says that it is enough. */
const until = (signal: AbortSignal, ledger: LedgerSource): LedgerSource => ({
  ...ledger,
  async *entries() {
    for await (const entry of ledger.entries()) {
      signal.throwIfAborted();
      yield entry;
    }
  },
  inclusion(index) {
    signal.throwIfAborted();
    return ledger.inclusion(index);
  },
});

async function addRecordings(files: File[], deps: EvidenceDeps, chosen: Chosen, { decrypt, signal }: EvidenceRequest) {
  const withheld: Withheld[] = [];
  const recorded = new Map<string, RecordedExchange>();
  for (const chunk of chosen.chunks) {
    signal?.throwIfAborted();
    const { session, part } = chunk;
    const name = `recordings/${session}/${part}/${digits(chunk.chunk)}.jsonl`;
    const stored = await deps.recordings.stored(chunk);
    if (stored === null) {
      const gone = chosen.deleted.has(`${session}/${part}/${digits(chunk.chunk)}`) ? 'deleted' : 'gone';
      withheld.push({ session, part, chunk: chunk.chunk, why: gone });
      continue;
    }
    const hash = createHash('sha256');
    for await (const bytes of stored.open()) hash.update(bytes);
    files.push({ name: `${name}.zst.age`, size: stored.size, sha256: hash.digest('hex'), open: stored.open });
    if (!decrypt) continue;
    const text = await deps.recordings.text(chunk);
    if (text === null)
      throw new CannotDecrypt('The recordings cannot be read here: the key that opens them is not here.');
    recordedExchanges(text, recorded);
    files.push({
      ...fileOf(name, ''),
      size: text.length,
      sha256: sha256Hex(text),
      async *open() {
        const again = await deps.recordings.text(chunk);
        if (again === null) throw new Error(`${name} cannot be read any more`);
        yield again;
      },
    });
  }
  return { recorded, withheld };
}

const README = `This is evidence out of a Sallyport ledger.

To read it, open viewer.html in a browser. It needs no network.
To check it:

  sallyport evidence verify <this archive> --key <key of the ledger>

Take the key of the ledger from somebody you trust, not from this archive: keys/ledger.txt only says which one is meant.

To check it with other tools:
- checkpoint is a signed note (https://c2sp.org/tlog-checkpoint): origin, number of entries, root hash, signatures (Ed25519).
- manifest.json lists every file with its SHA-256. manifest.sig is a signed note by the same key: its second line is the
  SHA-256 of manifest.json. So nobody but the ledger's gateway wrote viewer.html and this text.
- entries/<n>.json holds the very bytes of entry n. Its leaf hash is SHA-256 of a zero byte and these bytes (RFC 6962).
- proofs/<n>.json holds the sibling hashes from that leaf up to the root in the checkpoint (RFC 9162, section 2.1.3.2).
- A signature of a passkey stands in the entry's event, under facts.signed.evidence or facts.evidence: WebAuthn
  authenticatorData, clientDataJSON, signature and publicKey, all base64url.
- recordings/**.jsonl.zst.age are opened with age and then zstd; their SHA-256 stands in an entry "recording.chunk".

An archive proves what is in it. That nothing else happened, only the whole ledger can prove: sallyport ledger verify.
`;
