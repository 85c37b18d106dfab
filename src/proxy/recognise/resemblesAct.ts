// A GET that no entry describes counts as harmless only when its path does not even resemble one that acts own: consoles
// differ in case, trailing slashes and suffixes such as `.json` (pitfalls 4, 5, 7).

import type { Template } from './template.ts';

export function resemblesAct(actPaths: readonly Template[], segments: readonly string[]): boolean {
  let length = segments.length;
  while (length > 0 && segments[length - 1] === '') length -= 1;
  const given = segments.slice(0, length).map((segment) => segment.toLowerCase());
  return actPaths.some(
    (template) =>
      template.segments.length === length &&
      template.segments.every((segment, index) => {
        const text = given[index] ?? '';
        if (!('literal' in segment)) return text !== '';
        const literal = segment.literal.toLowerCase();
        return text === literal || (index === length - 1 && text.startsWith(`${literal}.`));
      }),
  );
}
