// Where a console needs an encoding that is refused everywhere else: the canonicaliser asks, the pack answers. It opens
// single places of single paths, and the recogniser then takes such a segment in that place only (pitfall 2).

import type { Encoding, Template } from './template.ts';

export type Allowances = {
  /** segment number -> how it may be encoded; @param segments as they were sent, still encoded */
  readonly encoded: (segments: readonly string[]) => ReadonlyMap<number, Encoding>;
  /** the query key that may name another method; null: none */
  readonly methodKey: string | null;
};

export function createAllowances(
  templates: readonly Template[],
  methodKey: string | null,
  caseless: boolean,
): Allowances {
  const open = templates.filter(({ segments }) => segments.some((one) => 'name' in one && one.encoded !== null));
  const fold = (text: string): string => (caseless ? text.toLowerCase() : text);
  const byLength = Map.groupBy(open, ({ segments }) => segments.length);
  return {
    methodKey,
    encoded(segments) {
      const found = new Map<number, Encoding>();
      for (const template of byLength.get(segments.length) ?? []) {
        const fits = template.segments.every((segment, index) => {
          const given = segments[index] ?? '';
          return 'name' in segment ? given !== '' : fold(decoded(given)) === fold(segment.literal);
        });
        if (!fits) continue;
        for (const [index, segment] of template.segments.entries()) {
          if (!('name' in segment) || segment.encoded === null) continue;
          // Two entries that disagree about one place open nothing.
          if (found.has(index) && found.get(index) !== segment.encoded) return new Map();
          found.set(index, segment.encoded);
        }
      }
      return found;
    },
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
