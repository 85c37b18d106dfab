// Which parts of a text are what was searched for: without case and accents, as the search finds them. Pure.

const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

export type MarkedPart = { readonly text: string; readonly marked: boolean };

/** The text in parts, whole and in its order. */
export const markedParts = (text: string, words: readonly string[]): MarkedPart[] => {
  // Folding changes lengths: each folded unit knows the character that it came from.
  const from: number[] = [];
  let folded = '';
  let at = 0;
  for (const char of text) {
    const part = fold(char);
    folded += part;
    for (let n = 0; n < part.length; n += 1) from.push(at);
    at += char.length;
  }
  const marked = new Array<boolean>(text.length).fill(false);
  for (const word of words.map(fold)) {
    if (word === '') continue;
    for (let found = folded.indexOf(word); found >= 0; found = folded.indexOf(word, found + word.length)) {
      const end = from[found + word.length] ?? text.length;
      marked.fill(true, from[found] ?? 0, end);
    }
  }
  const parts: { text: string; marked: boolean }[] = [];
  for (let n = 0; n < text.length; n += 1) {
    const last = parts.at(-1);
    const is = marked[n] === true;
    if (last === undefined || last.marked !== is) parts.push({ text: text.charAt(n), marked: is });
    else last.text += text.charAt(n);
  }
  return parts;
};
