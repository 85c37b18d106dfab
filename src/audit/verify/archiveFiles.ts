// What may be in an evidence archive, by name, and how much of it may be held in memory.

export type ArchiveFile =
  | { readonly kind: 'manifest' | 'signature' | 'checkpoint' | 'keys' | 'passkeys' | 'viewer' | 'readme' }
  | { readonly kind: 'entry' | 'proof'; readonly index: number }
  | { readonly kind: 'event'; readonly digest: string }
  | { readonly kind: 'policy'; readonly digest: string }
  | { readonly kind: 'chunk' | 'text'; readonly session: string; readonly part: string; readonly chunk: number };

const FIXED: { readonly [name: string]: ArchiveFile } = {
  'manifest.json': { kind: 'manifest' },
  'manifest.sig': { kind: 'signature' },
  checkpoint: { kind: 'checkpoint' },
  'keys/ledger.txt': { kind: 'keys' },
  'keys/passkeys.json': { kind: 'passkeys' },
  'viewer.html': { kind: 'viewer' },
  'README.txt': { kind: 'readme' },
};
const ENTRY = /^(entries|proofs)\/(0|[1-9]\d{0,14})\.json$/;
const EVENT = /^events\/([0-9a-f]{64})\.json$/;
const POLICY = /^policies\/([0-9a-f]{64})\.json$/;
const CHUNK = /^recordings\/([A-Za-z0-9_-]{1,100})\/(gw_[A-Za-z0-9_-]{1,60}-\d{1,9})\/(\d{6})\.jsonl(\.zst\.age)?$/;

/** null: nothing with this name belongs into an archive */
export function archiveFile(name: string): ArchiveFile | null {
  if (Object.hasOwn(FIXED, name)) return FIXED[name] ?? null;
  const [, folder, index] = ENTRY.exec(name) ?? [];
  if (index !== undefined) return { kind: folder === 'proofs' ? 'proof' : 'entry', index: Number(index) };
  const [, digest] = EVENT.exec(name) ?? [];
  if (digest !== undefined) return { kind: 'event', digest };
  const [, policy] = POLICY.exec(name) ?? [];
  if (policy !== undefined) return { kind: 'policy', digest: policy };
  const [, session = '', part = '', chunk, stored] = CHUNK.exec(name) ?? [];
  if (chunk === undefined) return null;
  return { kind: stored === undefined ? 'text' : 'chunk', session, part, chunk: Number(chunk) };
}

const MIB = 1024 * 1024;
/** Bytes of a file that is held in memory; null: only its digest is. */
export const mostBytes = ({ kind }: ArchiveFile): number | null => {
  if (kind === 'manifest') return 64 * MIB;
  if (kind === 'viewer') return 256 * MIB;
  if (kind === 'checkpoint' || kind === 'keys' || kind === 'signature') return MIB;
  if (kind === 'passkeys') return 8 * MIB;
  if (kind === 'entry') return 65_536;
  if (kind === 'proof') return 16_384;
  return kind === 'event' ? 4 * MIB : null;
};
/** Of all that is held together. */
export const MOST_HELD = 1024 * MIB;
