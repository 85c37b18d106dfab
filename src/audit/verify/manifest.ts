// The list of contents of an evidence archive. It proves nothing by itself: it says what the archive claims, and shows damage.
// What no entry of the ledger speaks of (the page for people, reasons, what is said to be gone) stands or falls with its signature.
import type { Withheld } from './chunkChecks.ts';
import { type Members, membersOf, textOf } from './members.ts';
import { type NoteKey, openNote } from './note.ts';

export type About =
  | { readonly kind: 'session' | 'grant' | 'hold'; readonly id: string }
  | { readonly kind: 'incident'; readonly person: string; readonly from: number; readonly to: number };

export type Manifest = {
  readonly about: About | null;
  readonly made: { readonly at: number; readonly by: string; readonly why: string };
  readonly files: ReadonlyMap<string, { readonly size: number; readonly sha256: string }>;
  readonly withheld: readonly Withheld[];
};

export const EVIDENCE_FORMAT = 'sallyport.evidence.v1';

/** @returns null when there is none to go by */
export function readManifest(bytes: Buffer | null, fault: (what: string) => void): Manifest | null {
  let value: Members | null;
  try {
    value = bytes === null ? null : membersOf(JSON.parse(bytes.toString('utf8')));
  } catch {
    value = null;
  }
  if (value === null) {
    fault(bytes === null ? 'is missing' : 'cannot be read');
    return null;
  }
  if (value.format !== EVIDENCE_FORMAT) fault('is of a format that is not known here');
  const about = aboutOf(membersOf(value.about));
  if (about === null) fault('does not say what the archive is about');
  const made = membersOf(value.made);
  const files = new Map<string, { size: number; sha256: string }>();
  for (const file of Array.isArray(value.files) ? value.files : []) {
    const { name, size, sha256 } = membersOf(file) ?? {};
    if (typeof name === 'string' && typeof size === 'number' && typeof sha256 === 'string' && !files.has(name))
      files.set(name, { size, sha256 });
    else fault('has a line in its list of files that cannot be read');
  }
  const withheld: Withheld[] = [];
  for (const one of Array.isArray(value.withheld) ? value.withheld : []) {
    const { session, part, chunk, why } = membersOf(one) ?? {};
    if (typeof session === 'string' && typeof part === 'string' && typeof chunk === 'number' && typeof why === 'string')
      withheld.push({ session, part, chunk, why });
    else fault('has a line about recordings that cannot be read');
  }
  return {
    about,
    made: { at: Number(made?.at ?? 0), by: textOf(made?.by), why: textOf(made?.why) },
    files,
    withheld,
  };
}

/**
 * Whether a key of the ledger signed this list of files.
 * @param sha256 of manifest.json, hex
 * @returns null when one did; else what is wrong, in words
 */
export function listFault(note: Buffer, sha256: string, keys: readonly NoteKey[]): string | null {
  const logs = keys.filter(({ kind }) => kind === 'log');
  const opened = openNote(note.toString('utf8'), logs);
  if (typeof opened === 'string') return opened;
  return opened.text === `${EVIDENCE_FORMAT}\nsha256:${sha256}\n` ? null : 'it is under another list of files';
}

function aboutOf(value: Members | null): About | null {
  const { kind, id, person, from, to } = value ?? {};
  if ((kind === 'session' || kind === 'grant' || kind === 'hold') && typeof id === 'string') return { kind, id };
  if (kind !== 'incident' || typeof person !== 'string' || typeof from !== 'number' || typeof to !== 'number')
    return null;
  return { kind, person, from, to };
}

/** Whether an event is about this at all. @param event as it stands in the ledger */
export function speaksOf(about: About, event: Members): boolean {
  const facts = membersOf(event.facts) ?? {};
  if (about.kind === 'incident') return event.actor === about.person;
  if (about.kind === 'session') return event.session === about.id || facts.session === about.id;
  return facts[about.kind] === about.id;
}
