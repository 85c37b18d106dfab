// How text becomes the words that a search finds, for what is taken in and for what is asked alike. Without case and accents.
// Everything here is bounded: no line of a recording can make the index grow by more than its own length.
import { sha256Hex } from '../../kernel/ids.ts';
import { fold } from './sessionSum.ts';

/** Longer words are nobody's to type. */
export const LONGEST_WORD = 64;

/** Kinds of term besides words: what a search can ask for by name. */
export type TermKind =
  | 'person'
  | 'console'
  | 'action'
  | 'device'
  | 'target'
  | 'verdict'
  | 'risk'
  | 'reason'
  | 'session'
  | 'about'
  | 'quarter'
  | 'year';

const SHORT: Readonly<Record<TermKind, string>> = {
  person: 'p',
  console: 'c',
  action: 'a',
  device: 'd',
  target: 'o',
  verdict: 'v',
  risk: 'k',
  reason: 'r',
  session: 'x',
  about: 'g',
  quarter: 'q',
  year: 'y',
};

const WORD = /[\p{L}\p{N}]+(?:[-_.@:]+[\p{L}\p{N}]+)*/gu;
const PART = /[\p{L}\p{N}]+/gu;

/**
 * Words of a text in its order: `d-0142` is one word, and `d` and `0142` besides.
 * @param most so many different words
 */
export function wordsOf(text: string, most: number): string[] {
  const words = new Set<string>();
  for (const [whole] of fold(text).matchAll(WORD)) {
    if (words.size >= most) break;
    if (whole.length <= LONGEST_WORD) words.add(whole);
    const parts = whole.match(PART) ?? [];
    if (parts.length < 2) continue;
    for (const part of parts) if (part.length <= LONGEST_WORD && words.size < most) words.add(part);
  }
  return [...words];
}

/** Words that somebody asked for: whole ones only. */
export const askedWords = (text: string): string[] => [...new Set(fold(text).match(WORD) ?? [])].slice(0, 20);

// The tokenizer of the full-text table takes letters, digits, everything beyond ASCII, ':' and '_' for parts of a term. All
// other characters are written as `_` and their code, so that no value can look like two terms, or like another kind's.
const PLAIN = /^[a-z0-9]*$/;
const escaped = (text: string): string =>
  // Nearly every word.
  PLAIN.test(text)
    ? text
    : text.replace(
        /[^a-z0-9\u0080-\u{10ffff}]/gu,
        (char) => `_${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
      );

export const wordTerm = (word: string): string => escaped(word);

/** A value of a kind as one term; long ones by their digest. */
export function termOf(kind: TermKind, value: string): string {
  const folded = fold(value);
  const short = folded.length > LONGEST_WORD ? `_h${sha256Hex(folded).slice(0, 24)}` : escaped(folded);
  return `${SHORT[kind]}:${short}`;
}

/** `device.wipe.cancel` -> itself, `device.wipe`, `device` */
export function actionTerms(action: string): string[] {
  const parts = action.split('.').slice(0, 6);
  return parts.map((_, at) => termOf('action', parts.slice(0, at + 1).join('.')));
}

// Places in time: entries are numbered by their time, so that the newest come first without sorting. Eight to the ms.
export const SLOTS_PER_MS = 8;
export const slotOf = (at: number): number => Math.floor(at) * SLOTS_PER_MS;
export const timeOf = (slot: number): number => Math.floor(slot / SLOTS_PER_MS);
/** ms; numbers stay exact up to here */
export const LATEST = 2 ** 49;

// All quarters are of one length, and so are years: 13 and 52 weeks.
const QUARTER = 13 * 7 * 86_400_000;
const QUARTERS = 4;
export const quarterOf = (at: number): number => Math.floor(at / QUARTER);
export const yearOf = (at: number): number => Math.floor(at / (QUARTER * QUARTERS));
export const quarterStart = (quarter: number): number => quarter * QUARTER;
export const yearStart = (year: number): number => year * QUARTER * QUARTERS;
