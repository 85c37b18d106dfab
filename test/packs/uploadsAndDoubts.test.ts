// What an entry cannot read, and what may be left out: an upload beside a judged body, a document inside that is none of
// an entry's, null for a target that may be missing, a form with nothing but the method that it names.
import { describe, expect, test } from 'vitest';
import { packFaults, recogniserFor, tell } from './kit.ts';

const HEAD = (more: string) => `format: 1
pack: test
name: Test
${more}
kinds:
  device: { id: word, numbers: true }
entries:
`;
const json = 'application/json';
const multipart = 'multipart/form-data; boundary=cut';
const part = (name: string, value: string) =>
  `--cut\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--cut--`;

describe('an upload that nobody looks into', () => {
  const beside = `
  - { id: upload, request: POST /apps, action: device.update, body: { mode: opaque, type: multipart } }
  - { id: add, request: POST /apps, action: device.lock, body: { type: json, has: [/store] } }
  - { id: alone, request: POST /alone, action: device.update, body: { mode: opaque, type: multipart, limit: 4GiB } }
`;
  const pack = recogniserFor(beside, { head: HEAD('') });
  const post = (url: string, type: string, body: string) => tell(pack, { method: 'POST', url, type, body });

  test('is told apart from other bodies of its path by the content type', async () => {
    expect(await post('/apps', multipart, part('file', 'x'))).toMatchObject({ entry: 'upload', bytes: null });
    expect(await post('/apps', json, '{"store":1}')).toMatchObject({ entry: 'add', asked: [['judged', 65_536]] });
    expect((await post('/apps', json, '{}')).is).toBe('unknown.write');
    expect((await post('/apps', 'text/plain', 'x')).is).toBe('body.unreadable');
  });

  test('is never held in memory because it came as something else', async () => {
    expect(await post('/alone', json, '{}')).toMatchObject({ is: 'body.unreadable', asked: [] });
  });

  test('shares no path with what could be the same', () => {
    const twin = `
  - { id: upload, request: POST /apps, action: device.update, body: { mode: opaque, type: multipart } }
  - { id: add, request: POST /apps, action: device.lock, body: { type: multipart, has: [store] } }
`;
    expect(packFaults(twin, HEAD('')).join()).toContain('tell them apart');
    const bytes = `
  - { id: upload, request: POST /apps, action: device.update, body: { mode: opaque, type: bytes } }
  - { id: add, request: POST /apps, action: device.lock, body: { type: json, has: [/store] } }
`;
    expect(packFaults(bytes, HEAD('')).join()).toContain('tell them apart');
  });
});

describe('a document inside a body', () => {
  const wipe = `
  - { id: wipe, request: POST /run, action: device.wipe, body: { type: json, decode: { /command: base64-json }, where: { /command/is: wipe } }, targets: [{ kind: device, json: /ids/* }] }
`;
  const raw = `  - { id: raw, request: POST /run, action: device.wipe, otherwise: true, body: { type: json, has: [/command] }, targets: [{ kind: device, json: /ids/* }] }
`;
  const send = (entries: string, command: string) =>
    tell(recogniserFor(entries, { head: HEAD('') }), {
      ...{ method: 'POST', url: '/run', type: json },
      body: JSON.stringify({ command: Buffer.from(command).toString('base64'), ids: ['a'] }),
    });

  test('that an entry cannot read is taken by the one that looks at none, which is the most dangerous', async () => {
    expect((await send(wipe + raw, '{"is":"wipe"}')).entry).toBe('wipe');
    expect((await send(wipe + raw, '<SyncML/>')).entry).toBe('raw');
    expect((await send(wipe + raw, '{"is":"wipe","is":"lock"}')).entry).toBe('raw');
  });

  test('that no entry can read is refused', async () => {
    expect((await send(wipe, '<SyncML/>')).is).toBe('body.unreadable');
  });
});

describe('what may be left out', () => {
  const pack = recogniserFor(
    `
  - { id: move, request: POST /move, action: device.lock, body: { type: json }, targets: [{ kind: device, json: /ids/* }, { kind: device, json: /with, optional: true }] }
`,
    { head: HEAD('') },
  );
  const move = (body: string) => tell(pack, { method: 'POST', url: '/move', type: json, body });

  test('may be null; what may not is refused', async () => {
    expect((await move('{"ids":["a"],"with":null}')).targets).toEqual(['device:a']);
    expect((await move('{"ids":["a"],"with":"b"}')).targets).toEqual(['device:a', 'device:b']);
    for (const body of ['{"ids":[null]}', '{"ids":null}', '{"ids":["a"],"with":""}', '{"ids":["a"],"with":[]}'])
      expect((await move(body)).is, body).toBe('body.unreadable');
  });
});

test('an id that is a number is written in one way only', async () => {
  const head = HEAD('')
    .replace('device: {', 'plain: { one: p, many: p, id: digits }\n  device: {')
    .replace('id: word', 'id: digits');
  const entries = `
  - { id: one, request: 'POST /one/{device}', action: device.lock, targets: [{ path: device }] }
  - { id: two, request: 'POST /two/{plain}', action: device.lock, targets: [{ path: plain }] }
`;
  const pack = recogniserFor(entries, { head });
  const post = async (url: string) => (await tell(pack, { method: 'POST', url })).is;
  for (const url of ['/one/42', '/one/0', '/two/0042']) expect(await post(url), url).toBe('device.lock');
  for (const url of ['/one/0042', '/one/00']) expect(await post(url), url).toBe('unknown.write');
});

test('a multipart form with nothing but a method is a request of that method without a body', async () => {
  const pack = recogniserFor(
    `
  - { id: gone, request: 'DELETE /devices/{device}', action: device.wipe, targets: [{ path: device }] }
`,
    { head: HEAD('override: { form: _method }') },
  );
  const body = part('_method', 'delete');
  expect((await tell(pack, { method: 'POST', url: '/devices/a', type: multipart, body })).entry).toBe('gone');
  const more = part('_method', 'delete').replace(
    '--cut--',
    '--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--cut--',
  );
  expect((await tell(pack, { method: 'POST', url: '/devices/a', type: multipart, body: more })).is).toBe(
    'body.too_large',
  );
});
