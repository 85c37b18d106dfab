// A quick look at a text: most that pass hold nothing that could be a secret, and are not looked at any closer. One pass, a few
// nanoseconds a character. In doubt: not quiet.
import { STEMS } from './secretNames.ts';

const [OTHER, LETTER, RUN, ODD, PAIR] = [0, 1, 2, 3, 4];
/** By code: letters, what base64 and grouped keys are made of besides, what escapes, what stands between names and values. */
const CLASS = new Uint8Array(128);
for (let unit = 0; unit < 32; unit += 1) CLASS[unit] = ODD;
for (const unit of '\t\n\r') CLASS[unit.charCodeAt(0)] = OTHER;
for (const unit of '%\\\x7f') CLASS[unit.charCodeAt(0)] = ODD;
for (const unit of '=:<{[&') CLASS[unit.charCodeAt(0)] = PAIR;
for (const unit of '0123456789+/-_') CLASS[unit.charCodeAt(0)] = RUN;
for (let unit = 65; unit <= 90; unit += 1) CLASS[unit] = CLASS[unit + 32] = LETTER;

/** The first three letters of every stem, five bits a letter, whatever its case. */
const BEGINS = new Uint8Array(1 << 15);
for (const stem of STEMS) BEGINS[hashOf(stem.slice(0, 3))] = 1;
function hashOf(letters: string): number {
  let hash = 0;
  for (const letter of letters) hash = (hash << 5) | (letter.charCodeAt(0) & 31);
  return hash;
}

/** Characters in a row from which on something may be encoded in them. */
const ENCODED = 16;
/** A date, an address of a machine, a UUID. Nothing that names or holds a secret is written with these alone. */
const IDS = /^[0-9a-f]{1,12}(?:[-:. T][0-9a-f]{1,12}){1,8}(?:Z|\+[\d:]+)?$/i;
const LONGEST_ID = 40;
const AT = 0x40;
const SLASH = 0x2f;

/** @param pairs true: other names than STEMS are secret too, so whatever pairs a name with a value is not quiet */
export function isQuiet(text: string, pairs: boolean): boolean {
  const { length } = text;
  if (length < 3) return true;
  let hash = 0;
  let letters = 0;
  let run = 0;
  let longest = 0;
  let slashes = false;
  for (let at = 0; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit > 127) return false;
    const kind = CLASS[unit];
    if (kind === LETTER) {
      hash = ((hash << 5) | (unit & 31)) & 0x7fff;
      letters += 1;
      if (letters >= 3 && BEGINS[hash] === 1) return false;
      run += 1;
      continue;
    }
    letters = 0;
    if (kind === RUN) {
      run += 1;
      if (unit === SLASH && text.charCodeAt(at - 1) === SLASH) slashes = true;
      continue;
    }
    if (run > longest) longest = run;
    run = 0;
    if (kind === ODD || (kind === PAIR && pairs) || (unit === AT && slashes)) return false;
    if (pairs && unit <= 32 && text.charAt(at + 1) === '-') return false;
  }
  if (run > longest) longest = run;
  if (longest < ENCODED) return true;
  if (length <= LONGEST_ID && IDS.test(text) && !GROUPS.test(text)) return true;
  return ONE_CASE.test(text) && (length % 2 === 1 || !HEX.test(text));
}
/** Of letters in one case alone base64 makes no text, and keys are in groups. */
const ONE_CASE = /^(?:[0-9A-Z]+|[0-9a-z]+)$/;
const HEX = /^[0-9a-f]+$/i;
/** Recovery keys are groups of the same length. */
const GROUPS = /^[^-]{4}-[^-]{4}-[^-]{4}-|^\d{6}-|^[^-]{5}-[^-]{5}-/;
