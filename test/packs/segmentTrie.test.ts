// The trie finds exactly the templates that a plain comparison finds.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idsIn } from '../../src/proxy/recognise/kinds.ts';
import { KindFormat } from '../../src/proxy/recognise/packFormat.ts';
import { captured, createSegmentTrie } from '../../src/proxy/recognise/segmentTrie.ts';
import { parseRequest, type Template } from '../../src/proxy/recognise/template.ts';

const kinds = {
  word: KindFormat.parse({ id: 'word' }),
  num: KindFormat.parse({ id: 'digits', prefix: 'n-' }),
  listed: KindFormat.parse({ id: 'digits', separator: ',' }),
};

function plainly({ segments, tail }: Template, path: readonly string[]): readonly string[] | null {
  if (tail ? path.length <= segments.length : path.length !== segments.length) return null;
  if (tail && path.slice(segments.length).includes('')) return null;
  // A percent sign comes only through an encoding that an entry allows.
  if (path.some((text) => text.includes('%'))) return null;
  const captures: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const text = path[index] ?? '';
    if ('literal' in segment) {
      if (segment.literal !== text) return null;
      continue;
    }
    const inner = captured(segment, text);
    if (inner === null || idsIn(kinds[segment.kind as keyof typeof kinds], inner) === null) return null;
    captures.push(inner);
  }
  return captures;
}

test('on any templates and paths', () => {
  const part = fc.constantFrom('a', 'b', '{x:word}', '{x:num}', '{x:listed}', '{x:word}.zip', 'v{x:word}');
  const path = fc.array(part, { maxLength: 4 });
  const segment = fc.constantFrom('a', 'b', 'A', 'n-1', '1,2', '1,', 'c.zip', '.zip', 'va', 'v', '', '%');
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(path, fc.boolean()), { maxLength: 6 }),
      fc.array(segment, { maxLength: 5 }),
      (paths, wanted) => {
        const templates = paths.map(([parts, tail]) => {
          const named = parts.map((text, index) => text.replace('{x', `{x${index}`));
          const parsed = parseRequest(`GET /${[...named, ...(tail ? ['**'] : [])].join('/')}`);
          const template = typeof parsed === 'string' ? undefined : parsed[0];
          if (template === undefined) throw new Error(String(parsed));
          return template;
        });
        const trie = createSegmentTrie<number>(kinds);
        for (const [index, template] of templates.entries()) trie.add(template, index);
        const expected = templates.flatMap((template, owner) => {
          const captures = plainly(template, wanted);
          return captures === null ? [] : [{ owner, captures, tail: template.tail }];
        });
        const exact = expected.filter((one) => !one.tail);
        const owners = (exact.length > 0 ? exact : expected).map(({ owner, captures }) => ({ owner, captures }));
        const given = trie.find(wanted).map(({ owner, captures }) => ({ owner, captures }));
        found += owners.length;
        expect(given.sort((a, b) => a.owner - b.owner)).toEqual(owners);
      },
    ),
    { numRuns: 2000 },
  );
  expect(found).toBeGreaterThan(100);
});
