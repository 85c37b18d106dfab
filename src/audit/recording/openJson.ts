// Tells quickly whether JSON holds nothing that may be a secret: nearly every answer of a console does. Taking it apart and writing it
// anew costs several times as much, and half of what a read leaves to the garbage collector. In doubt: no.

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
/** What is nested deeper is left to the way that ends with an error when it is too deep. */
const MOST_DEPTH = 200;

export type OpenRules = {
  readonly isSecret: (name: string) => boolean;
  /** names that a place of the pack may end in; null: any */
  readonly ends: ReadonlySet<string> | null;
  /** whether a text neither is the name of a secret nor holds one */
  readonly isOpenText: (text: string) => boolean;
};

/**
 * Whether nothing in this text can be secret, were it JSON: no name is, every name is written without escapes, no text names or
 * holds one, and it is not deep. Goes from string to string; between them JSON has no quotes.
 */
export function isOpen(text: string, { isSecret, ends, isOpenText }: OpenRules): boolean {
  if (ends === null) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (isOpening(unit)) depth += 1;
    else if (isOpening(unit - 2)) depth -= 1;
    if (depth > MOST_DEPTH) return false;
    if (unit !== QUOTE) continue;
    const begin = at + 1;
    const end = endOfString(text, begin);
    if (end < 0) return false;
    at = end;
    while (text.charCodeAt(at + 1) <= SPACE) at += 1;
    if (text.charCodeAt(at + 1) === COLON) {
      const name = text.slice(begin, end);
      if (name.includes('\\') || isSecret(name) || ends.has(name)) return false;
    } else {
      const value = stringIn(text, begin, end);
      if (value === null || !isOpenText(value)) return false;
    }
  }
  return true;
}

/** `[` or `{`; what closes them stands two further in ASCII */
const isOpening = (unit: number): boolean => unit === 0x5b || unit === 0x7b;

/** @returns where the string that begins here has its closing quote; -1: nowhere */
function endOfString(text: string, begin: number): number {
  for (let at = text.indexOf('"', begin); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return -1;
}

/** @returns what the string says; null: it is none */
function stringIn(text: string, begin: number, end: number): string | null {
  const value = text.slice(begin, end);
  if (!value.includes('\\')) return value;
  try {
    return String(JSON.parse(`"${value}"`));
  } catch {
    return null;
  }
}
