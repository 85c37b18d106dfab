// The strict JSON reader: what it takes, every reader takes in the same way; what readers disagree on, it refuses.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonValue, membersAt, readJson } from '../../src/proxy/recognise/bodyReaders/json.ts';

const read = (text: string) => readJson(Buffer.from(text));

/** As JSON.parse would give it. */
function plain(value: JsonValue): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Map) {
    const object: Record<string, unknown> = Object.create(null);
    for (const [key, member] of value) object[key] = plain(member);
    return object;
  }
  if (Array.isArray(value)) return value.map(plain);
  return Number((value as { number: string }).number);
}

test('takes a document for what JSON.parse takes it for', () => {
  const document = fc.json({ maxDepth: 5, noUnicodeString: false });
  let taken = 0;
  fc.assert(
    fc.property(document, fc.constantFrom(0, 1, 2), (text, indent) => {
      const written = JSON.stringify(JSON.parse(text), null, indent);
      let value: JsonValue;
      try {
        value = read(written);
      } catch {
        return; // keys that fold to one, lone surrogates: tested below
      }
      taken += 1;
      expect(JSON.stringify(plain(value))).toBe(JSON.stringify(JSON.parse(written)));
    }),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(300);
});

test('never takes what JSON.parse does not take', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...'{}[]":,\\u0019eE+-. \ttrufalsn'), { maxLength: 14 }), (chars) => {
      const text = chars.join('');
      let ours = true;
      try {
        read(text);
      } catch {
        ours = false;
      }
      if (ours) expect(() => JSON.parse(text)).not.toThrow();
    }),
    { numRuns: 3000 },
  );
});

describe('refuses', () => {
  test.each([
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a key twice, once in capitals', '{"a":1,"A":2}'],
    ['a key twice, once with the Kelvin sign', '{"kind":1,"\u212aind":2}'],
    ['a key twice, once with the long s', '{"ids":1,"id\u017f":2}'],
    ['a key twice further down', '{"x":[{"a":1,"a":2}]}'],
    ['a byte order mark', '\ufeff{}'],
    ['two documents', '{}{}'],
    ['nothing', ''],
    ['a comment', '{/*x*/}'],
    ['a comma at the end', '[1,]'],
    ['single quotes', "{'a':1}"],
    ['NaN', '[NaN]'],
    ['a number with a leading zero', '[01]'],
    ['a control character in a text', '["\n"]'],
    ['a lone surrogate', '["\\ud800"]'],
    ['an unknown escape', '["\\x41"]'],
    ['33 levels', '['.repeat(33) + ']'.repeat(33)],
    ['100,000 levels', '['.repeat(100_000)],
  ])('%s', (_what, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ name: 'Unreadable' }));
  });

  test('bytes that are not UTF-8', () => {
    expect(() => readJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('UTF-8');
    expect(() => readJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toThrow('UTF-8');
  });
});

test('takes 32 levels, the names of prototypes, and numbers as they were written', () => {
  expect(plain(read('['.repeat(32) + ']'.repeat(32)))).toBeInstanceOf(Array);
  expect(membersAt(read('{"__proto__":"x","constructor":"y"}'), '/__proto__')).toEqual(['x']);
  expect(membersAt(read('{"a":9007199254740993}'), '/a')).toEqual([{ number: '9007199254740993' }]);
});

test('finds members by pointer, all of a list with *, and refuses a key in another case', () => {
  const value = read('{"a/b":{"c":[{"id":"1"},{"id":"2"},{}]},"n":null}');
  expect(membersAt(value, '/a~1b/c/*/id')).toEqual(['1', '2']);
  expect(membersAt(value, '/n')).toEqual([null]);
  expect(membersAt(value, '/x/y')).toEqual([]);
  expect(() => membersAt(value, '/N')).toThrow('another case');
  expect(() => membersAt(value, '/n/*')).toThrow('no list');
});
