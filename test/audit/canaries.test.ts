// Whatever shape a console or a browser gives a secret, nothing that is kept holds it, in any encoding. Each run hides a canary under
// the name of a secret, in one of many forms, and looks for it in what would be recorded.
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerText } from '../../src/audit/recording/answerText.ts';
import { bounded, type LineContent, oneLine } from '../../src/audit/recording/lines.ts';
import { redactBody, redactMessage, redactTarget } from '../../src/audit/recording/redact.ts';
import { isSecretName } from '../../src/audit/recording/secretNames.ts';
import { CANARY, holds, json, name, plainName, secret, text, wrapped, wraps } from './canaryForms.ts';
import { closing, opening } from './recordingKit.ts';

const kept = (content: LineContent): string => oneLine(bounded(content));
const clean = (what: unknown): void => {
  const said = typeof what === 'string' ? what : JSON.stringify(what);
  if (holds(said)) throw new Error(`kept: ${said.slice(0, 600)}`);
};
const RUNS = { numRuns: 400, seed: 20261123 };
const JSON_TYPES = fc.constantFrom('application/json', 'application/json; charset=utf-8', 'application/vnd.api+json');

test('the search of this test finds a canary in each of the encodings', () => {
  for (const wrap of wraps) for (const again of wraps) expect(holds(again(wrap(`x ${CANARY}`)))).toBe(true);
  expect(holds('nothing of it')).toBe(false);
});

test('every name of a secret is known as one, however it is written', () => {
  fc.assert(
    fc.property(name, (key) => {
      expect(isSecretName(key), key).toBe(true);
    }),
    RUNS,
  );
});

test('JSON, in requests', () => {
  fc.assert(
    fc.property(json(name), JSON_TYPES, fc.constantFrom('', '\ufeff'), (one, type, mark) =>
      clean(redactBody(type, Buffer.from(mark + one))),
    ),
    RUNS,
  );
});

test('texts and documents in JSON, encoded or not', () => {
  fc.assert(
    fc.property(wrapped(text(name)), (one) =>
      clean(redactBody('application/json', Buffer.from(JSON.stringify({ a: one })))),
    ),
    { ...RUNS, numRuns: 1200 },
  );
});

test('JSON in other character sets, twice in a body, cut off, or with a name twice', () => {
  fc.assert(
    fc.property(
      json(name),
      name,
      fc.constantFrom<BufferEncoding>('utf16le', 'utf8'),
      fc.constantFrom(
        (one: string) => one,
        (one: string) => `${one}\n${one}`,
        (one: string) => one.slice(0, one.indexOf(CANARY) + CANARY.length),
        (one: string) => `${one},`,
      ),
      (one, key, encoding, odd) => {
        clean(redactBody('application/json', Buffer.from(odd(one), encoding)));
        const twice = `{${JSON.stringify(key)}:1,${JSON.stringify(key)}:"${CANARY}","a":2}`;
        clean(redactBody('application/json', Buffer.from(twice)));
      },
    ),
    RUNS,
  );
});

test('forms and addresses', () => {
  const pair = (key: string, value: string): string => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`;
  fc.assert(
    fc.property(name, secret, wrapped(text(plainName)), (key, value, inner) => {
      for (const body of [
        `a=1&${pair(key, value)}&b=2`,
        `a=1;${encodeURIComponent(key)}=${encodeURIComponent(value)}`,
        `password=${CANARY.slice(0, 4)};${CANARY};x=${CANARY}&b=1`,
        pair(`device[${key}]`, value),
        `${pair('f[0][name]', key)}&${pair('f[0][value]', value)}`,
        `${pair('value', value)}&${pair('name', key)}`,
        pair('data', inner),
        `next=${encodeURIComponent(`/login?${pair(key, value)}`)}`,
      ]) {
        clean(redactBody('application/x-www-form-urlencoded', Buffer.from(body)));
        clean(redactTarget(`/api/devices?${body}`));
        clean(
          kept({
            type: 'open',
            ...opening('ex_1', { target: `/x?${body}`, requestHeaders: [['Referer', `https://h/?${body}`]] }),
          }),
        );
      }
      for (const target of [
        `/app;jsessionid=${CANARY}/x`,
        `/EraseDevice/passcode/${CANARY}/id/5`,
        `/enroll/token/${CANARY}`,
        `https://ada:${CANARY}@h/x`,
        `/x#access_token=${CANARY}`,
        `/devices/5/unlock-code/${CANARY}/show`,
      ]) {
        clean(redactTarget(target));
        clean(
          kept({
            type: 'close',
            id: 'ex_1',
            at: 1,
            ...closing({
              responseHeaders: [
                ['Location', target],
                ['Set-Cookie', CANARY],
              ],
            }),
          }),
        );
      }
      clean(
        kept({
          type: 'open',
          ...opening('ex_1', {
            requestHeaders: [
              [key, value],
              ['Cookie', value],
              ['X-Any', value],
            ],
          }),
        }),
      );
    }),
    { ...RUNS, numRuns: 150 },
  );
});

test('multipart forms', () => {
  const body = (parts: readonly (readonly [head: string, content: string | Buffer])[]): Buffer =>
    Buffer.concat([
      ...parts.map(([head, content]) =>
        Buffer.concat([
          Buffer.from(`--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
          Buffer.from(content),
          Buffer.from('\r\n'),
        ]),
      ),
      Buffer.from('--b--\r\n'),
    ]);
  const quoted = (key: string): string => `"${key.replace(/(["\\])/g, '\\$1')}"`;
  fc.assert(
    fc.property(name, secret, wrapped(text(plainName)), (key, value, inner) => {
      for (const parts of [
        [
          ['name="a"', 'ok'],
          [`name=${quoted(key)}`, value],
        ],
        [[`filename*=utf-8''x; name="a"`, CANARY]],
        [[`x="; name=safe"; name=${quoted(key)}`, value]],
        [[`name*=utf-8''${encodeURIComponent(key)}`, value]],
        [['name="data"', inner]],
        [['name="data"', Buffer.from(JSON.stringify({ [key]: value }), 'utf16le')]],
        [
          ['name="name"', key],
          ['name="value"', value],
        ],
        [['name="file"; filename="a.json"', `{"x":"${CANARY}"}`]],
      ] as const)
        clean(redactBody('multipart/form-data; boundary=b', body(parts)));
    }),
    { ...RUNS, numRuns: 150 },
  );
});

test('messages of sockets', () => {
  fc.assert(
    fc.property(text(name), fc.constantFrom('', '42', '42/chat,7', 'a', 'SEND\nto:/q\n\n'), (one, before) =>
      clean(redactMessage(before + one) ?? ''),
    ),
    RUNS,
  );
});

test('answers, compressed in any way', async () => {
  const coders: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
    ['', (bytes) => bytes],
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['gzip, br', gzipSync],
    ['constructor', (bytes) => bytes],
    ['br', gzipSync],
  ];
  const types = fc.constantFrom(
    'application/json',
    'application/problem+json',
    'text/plain',
    'application/xml',
    'text/event-stream',
    '',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(json(name), text(plainName)),
      types,
      fc.constantFrom(...coders),
      async (one, type, [encoding, code]) => {
        const bytes = code(Buffer.from(one));
        clean(await answerText({ type, encoding, bytes }, bytes.length, []));
      },
    ),
    RUNS,
  );
});

test('what is no secret is still there, or these tests would pass on an empty recording', () => {
  const plain = {
    ...{ id: 'd-0142', name: "Ada's iPhone", serial: 'C39XK0JKL2', udid: '00008030-001C4D1E28802E', os: '17.5.1' },
    ...{
      seen: '2026-11-23T10:12:33.000Z',
      note: 'lost in a taxi: see INC-12 & call back',
      url: 'https://x.example/a?page=2&sort=name',
    },
    ...{
      uuid: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      mac: 'aa:bb:cc:dd:ee:ff',
      sha: 'a'.repeat(64),
      country_code: 'DE',
    },
    ...{
      settings: [{ name: 'ssid', value: 'Guest' }],
      ids: ['d-1', 'd-2'],
      html: '<b>Marketing</b>',
      size: 9007199254740993n.toString(),
    },
  };
  const one = JSON.stringify(plain);
  expect(redactBody('application/json', Buffer.from(one)).text).toBe(one);
  const mixed = JSON.parse(
    redactBody('application/json', Buffer.from(JSON.stringify({ ...plain, password: CANARY }))).text ?? '',
  );
  expect(mixed).toEqual({ ...plain, password: '[redacted]' });
  expect(redactTarget('/api/tokens/revoke?page=2&next=%2Fdevices%3Fpage%3D1')).toBe(
    '/api/tokens/revoke?page=2&next=%2Fdevices%3Fpage%3D1',
  );
});
