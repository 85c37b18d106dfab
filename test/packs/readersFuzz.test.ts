// Whatever bytes come, a reader reads them in one way or says that it cannot: nothing else is ever thrown.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv } from '../../src/proxy/recognise/bodyReaders/csv.ts';
import { readPairs } from '../../src/proxy/recognise/bodyReaders/form.ts';
import { readJson } from '../../src/proxy/recognise/bodyReaders/json.ts';
import { readParts } from '../../src/proxy/recognise/bodyReaders/multipart.ts';
import { readPlist } from '../../src/proxy/recognise/bodyReaders/plist.ts';
import { Unreadable } from '../../src/proxy/recognise/bodyReaders/unreadable.ts';
import { readXml } from '../../src/proxy/recognise/bodyReaders/xml.ts';

const readers: Record<string, (bytes: Buffer) => unknown> = {
  json: readJson,
  form: readPairs,
  xml: readXml,
  plist: readPlist,
  csv: (bytes) => readCsv(bytes.toString()),
  multipart: (bytes) => readParts(bytes, 'multipart/form-data; boundary=q').map((part) => part.text()),
};
const piece = fc.constantFrom(
  ...['<a>', '</a>', '<a/>', '<plist>', '</plist>', '<dict>', '</dict>', '<key>', '</key>', '<string>', '</string>'],
  ...[
    '<!DOCTYPE a>',
    '<?xml version="1.0"?>',
    '<![CDATA[',
    ']]>',
    '&amp;',
    '&#0;',
    '&x;',
    ' __proto__="1"',
    '<a b="c" b="d">',
  ],
  ...['{', '}', '[', ']', '"a"', ':', ',', '1e9', 'null', '"\\u00', '"__proto__":', '--q', '--', '\r\n', '\r\n\r\n'],
  ...['Content-Disposition: form-data; name="a"', 'a=b', '&', '%zz', ';', '"', '\n', 'x', '\ufeff', '\u0000', '\ud800'],
);

test.each(Object.entries(readers))('%s', (_name, read) => {
  let readable = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(''))),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        try {
          read(bytes);
          readable += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(Unreadable);
        }
      },
    ),
    { numRuns: 2000 },
  );
  expect(readable).toBeLessThan(2000);
});

test('a table that was written by the rules is read as it was', () => {
  const cell = fc.stringMatching(/^[a-z",\n ]{0,6}$/);
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 5 }), (rows) => {
      const text = rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')).join('\r\n');
      expect(readCsv(text)).toEqual(rows);
    }),
  );
});
