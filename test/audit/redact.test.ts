// Rules about what of a request may be recorded: nothing secret, nothing that was not understood, and true to what was sent.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordedHeaders } from '../../src/audit/recording/headers.ts';
import { redactBody, redactTarget } from '../../src/audit/recording/redact.ts';
import { isSecretName } from '../../src/audit/recording/secretNames.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';

const json = (text: string, redact: string[] = []) => redactBody('application/json', Buffer.from(text), redact);

describe('names', () => {
  const secret = [
    'password',
    'newPassword',
    'PASSWORD',
    'user[password]',
    'pin',
    'wipePin',
    'wipe_pin',
    'WIPE-PIN',
    'code',
    'x[code]',
    'access_token',
    'clientSecret',
    'otp',
    'Authorization',
    'unlockCode',
    'api-key',
    'ｐassword',
    'csrf_token',
    '__proto__.secret',
  ];
  const open = [
    'name',
    'shipping',
    'pinned',
    'countryCode',
    'errorCode',
    'state',
    'author',
    'key',
    'monkey',
    'description',
    'device',
    'passed',
  ];
  test.each(secret)('%s is secret', (name) => expect(isSecretName(name)).toBe(true));
  test.each(open)('%s is not', (name) => expect(isSecretName(name)).toBe(false));
});

describe('JSON', () => {
  test('members with secret names go at any depth, whatever their value is', () => {
    const { text } = json('{"a":[{"Password":"x"},{"token":{"deep":["y"]}}],"pin":1234,"code":null,"name":"ok"}');
    expect(JSON.parse(text ?? '')).toEqual({
      a: [{ Password: '[redacted]' }, { token: '[redacted]' }],
      pin: '[redacted]',
      code: null,
      name: 'ok',
    });
  });
  test('what the pack points at goes: pointers with escapes and *, and names', () => {
    const { text } = json('{"a/b":{"m~n":1,"k":2},"users":[{"phone":"1"},{"phone":"2"}],"x":{"SSN":"3"}}', [
      '/a~1b/m~0n',
      '/users/*/phone',
      'ssn',
    ]);
    expect(JSON.parse(text ?? '')).toEqual({
      'a/b': { 'm~n': '[redacted]', k: 2 },
      users: [{ phone: '[redacted]' }, { phone: '[redacted]' }],
      x: { SSN: '[redacted]' },
    });
  });
  test('JSON in a JSON string is looked into', () => {
    expect(json('{"payload":"{\\"password\\":\\"hush\\"}"}').text).not.toContain('hush');
  });
  test('numbers keep their digits', () => {
    expect(json('{"id":9007199254740993,"x":1.10,"y":1e400}').text).toBe('{"id":9007199254740993,"x":1.10,"y":1e400}');
  });
  test('a member twice, or named __proto__, hides nothing', () => {
    expect(json('{"password":"hush","password":"hush2"}').text).not.toContain('hush');
    expect(json('{"__proto__":{"token":"hush","a":1}}').text).toBe('{"__proto__":{"token":"[redacted]","a":1}}');
  });
  test('a text or a number alone says nothing of what it is: it goes', () => {
    for (const bare of ['"hush"', '123456', '9007199254740993']) expect(json(bare).text).toBe('"[redacted]"');
    for (const bare of ['null', 'true', '[]']) expect(json(bare).text).toBe(bare);
  });
  test('what is not JSON, not UTF-8, or nested without end is a note with its size and digest, never text', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    for (const bytes of [Buffer.from('{"password":"hush"'), Buffer.from([0x22, 0xff, 0x22]), Buffer.from(deep)]) {
      const { text, note } = redactBody('application/json', bytes);
      expect(text).toBeNull();
      expect(note).toContain(sha256Hex(bytes));
    }
    expect(redactBody('application/json; charset=utf-16', Buffer.from('{}')).text).toBeNull();
  });
  test('any JSON without secrets comes back as it was', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        fc.pre(!isSecretText(text) && !/^["\d-]/.test(text));
        expect(JSON.parse(json(text).text ?? 'x')).toEqual(JSON.parse(text));
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  test('what is let through as it came is what taking it apart would have left, whatever is in it', () => {
    const name = fc.constantFrom(
      'password',
      'pass\\',
      'a"b',
      'ünlock Code',
      'name',
      ':',
      '',
      'puk',
      'serial',
      '[0]',
      '{',
    );
    const nested = fc.constantFrom('{"token":"t"}', ' [{"pin":1}]', '[]', '\\', '":', '\n{"password":1}', 'x', '', ':');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(nested, fc.string({ maxLength: 8 }), fc.integer(), fc.constant(null)),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(name, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    // A pointer that ends in `*` may lead anywhere, so that everything is taken apart; this one leads nowhere.
    const apart = (text: string, redact: string[]) => json(text, [...redact, '/nowhere/*']).text ?? 'x';
    fc.assert(
      fc.property(
        tree,
        fc.constantFrom(0, 1, '\t'),
        fc.subarray(['serial', '/name', '/0/x~1y']),
        (value, space, redact) => {
          const text = JSON.stringify(value, null, space);
          expect(JSON.parse(json(text, redact).text ?? 'x')).toEqual(JSON.parse(apart(text, redact)));
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
  });
});
/** Whether any member of it might have a secret name. */
const isSecretText = (text: string): boolean =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].some(([, name = '']) => isSecretName(name) || /[[{]/.test(name));

describe('forms', () => {
  const form = (text: string, redact: string[] = []) =>
    redactBody('application/x-www-form-urlencoded', Buffer.from(text), redact).text;
  test('secret fields go, others stay as they were sent', () => {
    expect(form('name=Ada+L&p%61ssword=x&device%5Bpin%5D=1&note=a%20b')).toBe(
      'name=Ada+L&p%61ssword=[redacted]&device%5Bpin%5D=[redacted]&note=a%20b',
    );
    expect(form('PHONE=1&x=2', ['phone'])).toBe('PHONE=[redacted]&x=2');
  });
  test('a name that cannot be decoded is taken for a secret', () => {
    expect(form('pass%E0word=x&%=y')).toBe('pass%E0word=[redacted]&%=[redacted]');
  });
  test('JSON in a field is looked into', () =>
    expect(form('data=%7B%22password%22%3A%22hush%22%7D')).not.toContain('hush'));

  const multipart = (body: string) =>
    redactBody('multipart/form-data; boundary="b-1"', Buffer.from(body.replaceAll('\n', '\r\n')));
  const part = (head: string, content: string) => `--b-1\nContent-Disposition: form-data; ${head}\n\n${content}\n`;
  test('multipart: fields by name, files only by name, size and digest', () => {
    const file = 'SECRET BYTES';
    const { text } = multipart(
      `${part('name="title"', 'Acme')}${part('name="password"', 'hush')}${part('name="app"; filename="app.ipa"', file)}${part('name="empty"', '')}--b-1--\n`,
    );
    expect(text?.split('\n')).toEqual([
      '"title": "Acme"',
      '"password": [redacted]',
      `"app": file "app.ipa", 12 B, SHA-256 ${sha256Hex(file)}`,
      '"empty": ""',
    ]);
  });
  test('multipart that is not well-formed to its last byte is a note', () => {
    const good = part('name="a"', 'hush');
    for (const body of [
      good,
      `x${good}--b-1--`,
      `${good}--b-1--\nmore`,
      '--b-1\nX: y\n\nhush\n--b-1--',
      part('filename="x"', 'hush'),
      '--b-1--hush',
    ]) {
      const { text, note } = multipart(body);
      expect(text).toBeNull();
      expect(note).not.toContain('hush');
    }
  });
});

test('other types are a note, no body is nothing', () => {
  const { text, note } = redactBody('application/x-plist', Buffer.from('password'));
  expect(text).toBeNull();
  expect(note).toBe(`application/x-plist, 8 B, SHA-256 ${sha256Hex('password')}`);
  expect(redactBody(undefined, Buffer.alloc(0))).toEqual({ text: null, note: null });
});

test('targets and headers', () => {
  expect(redactTarget('/a?code=1&b=2;token=3#x')).toBe('/a?code=[redacted]&b=2;token=[redacted]');
  expect(redactTarget('/x/EraseDevice/passcode/123456/id/5?a=1')).toBe('/x/EraseDevice/passcode/[redacted]/id/5?a=1');
  expect(redactTarget('/pin/1234')).toBe('/pin/[redacted]');
  expect(redactTarget('/shipping/1/pinned/2')).toBe('/shipping/1/pinned/2');
  expect(redactTarget('https://u:p@h/x?a=1')).toBe('https://[redacted]@h/x?a=1');
  expect(redactTarget('//u:p@h/')).toBe('//[redacted]@h/');
  expect(
    recordedHeaders(
      [
        ['Cookie', 'a'],
        ['User-Agent', 'b'],
        ['X-Anything', 'c'],
        ['Referer', '/x?password=1'],
      ],
      'request',
    ),
  ).toEqual([
    ['user-agent', 'b'],
    ['referer', '/x?password=[redacted]'],
  ]);
});
