// Reads what Redis answers for a hash, strictly: a member that is missing or of another shape is an error, never a default,
// because a default could grant something.
import type { Target } from '../kernel/action.ts';

export type StoredHash = { readonly [field: string]: string };

/** A flat [field, value, ...] list or an object, as the client gives it; null: no such key. */
export function storedHash(answer: unknown): StoredHash | null {
  const hash: Record<string, string> = Object.create(null);
  if (Array.isArray(answer)) {
    if (answer.length % 2 === 1) throw new Error('stored: half a hash');
    for (let i = 0; i < answer.length; i += 2) hash[String(answer[i])] = String(answer[i + 1]);
  } else if (typeof answer === 'object' && answer !== null) {
    for (const [field, value] of Object.entries(answer)) hash[field] = String(value);
  }
  return Object.keys(hash).length === 0 ? null : hash;
}

export function text(hash: StoredHash, field: string): string {
  const value = hash[field];
  if (value === undefined) throw new Error(`stored: no ${field}`);
  return value;
}

/** A word of a closed list. */
export function word<W extends string>(hash: StoredHash, field: string, words: readonly W[]): W {
  const found = words.find((candidate) => candidate === hash[field]);
  if (found === undefined) throw new Error(`stored: ${field} is none of its words`);
  return found;
}

export function whole(hash: StoredHash, field: string): number {
  const value = text(hash, field);
  if (!/^-?\d{1,16}$/.test(value)) throw new Error(`stored: ${field} is no whole number`);
  return Number(value);
}

/** `''` and absence both stand for null. */
export const maybeText = (hash: StoredHash, field: string): string | null => hash[field] || null;
export const maybeWhole = (hash: StoredHash, field: string): number | null => (hash[field] ? whole(hash, field) : null);

export const targets = (hash: StoredHash, field: string): Target[] => targetsIn(JSON.parse(text(hash, field)), field);

/** @param field what it is called in the error */
export function targetsIn(list: unknown, field: string): Target[] {
  if (!Array.isArray(list)) throw new Error(`stored: ${field} is no list`);
  return list.map((item: unknown) => {
    const { kind, id } = (item ?? {}) as { kind?: unknown; id?: unknown };
    if (typeof kind !== 'string' || typeof id !== 'string') throw new Error(`stored: ${field} has a strange target`);
    return { kind, id };
  });
}

/** What a console calls targets, by `kind:id`. */
export function names(hash: StoredHash): { [target: string]: string } {
  const value: unknown = JSON.parse(text(hash, 'names'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('stored: names are no map');
  return Object.fromEntries(
    Object.entries(value).map(([target, name]) => {
      if (typeof name !== 'string') throw new Error('stored: a name is no text');
      return [target, name];
    }),
  );
}

/** The list of ids that ZRANGE without scores answers. */
export const ids = (answer: unknown): string[] => (Array.isArray(answer) ? answer.map(String) : []);
