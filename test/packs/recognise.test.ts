// What holds for recognition under any pack: exactly one entry or a refusal, every doubt is a refusal or an unknown write.
import { describe, expect, test } from 'vitest';
import { readForm } from '../../src/proxy/recognise/bodyReaders/form.ts';
import { packFaults, recogniserFor, tell } from './kit.ts';

const ENTRIES = `
  - { id: list, request: GET /devices, action: device.read }
  - { id: one, request: 'GET /devices/{device}', action: device.read, targets: [{ path: device }] }
  - { id: lock, request: 'POST /devices/{device}/lock', action: device.lock, targets: [{ path: device }] }
  - id: bulk-wipe
    request: POST /devices/bulk
    action: device.wipe
    body: { type: json, where: { /command: wipe } }
    targets: [{ kind: device, json: /ids/* }]
  - id: bulk-lock
    request: POST /devices/bulk
    action: device.lock
    body: { type: json, where: { /command: lock }, fields: any }
    targets: [{ kind: device, json: /ids/* }]
  - { id: by-query, request: POST /command, action: device.wipe, query: { required: { do: wipe } }, targets: [{ kind: device, query: id }] }
  - { id: search, request: POST /search, action: device.read, reads: true, body: { type: json, fields: any } }
  - { id: numbered, request: POST /numbers, action: device.update, body: { type: json }, targets: [{ kind: number, json: /n }] }
  - { id: form, request: POST /form, action: device.update, body: { type: form }, targets: [{ kind: device, form: id }] }
  - { id: parts, request: POST /parts, action: device.update, body: { type: multipart, fields: [note] }, targets: [{ kind: device, form: id }] }
  - { id: upload, request: POST /upload, action: device.update, body: { mode: opaque, type: multipart, limit: 1GiB } }
  - { id: socket, request: GET /live, action: device.read, upgrade: true }
  - { id: files, request: 'GET /files/**', action: device.read }
  - { id: purge, request: 'POST /files/purge/{device}', action: device.wipe, targets: [{ path: device }] }
`;
const recogniser = recogniserFor(ENTRIES);
const json = 'application/json';
const bulk = (body: string) => tell(recogniser, { method: 'POST', url: '/devices/bulk', type: json, body });

describe('an act', () => {
  test('is recognised with its targets, sorted, and their number in words', async () => {
    const found = await bulk('{"ids":["b","a"],"command":"wipe"}');
    expect(found).toMatchObject({
      is: 'device.wipe',
      targets: ['device:a', 'device:b'],
      title: 'Wipe 2 devices: a, b',
    });
    expect((await bulk('{"ids":["a"],"command":"wipe"}')).title).toBe('Wipe 1 device: a');
    expect((await bulk('{"ids":["a","b","c","d","e"],"command":"lock"}')).title).toBe(
      'Lock 5 devices: a, b, c and 2 more',
    );
  });

  test('is refused when its list names one device twice: some consoles act twice', async () => {
    expect((await bulk('{"ids":["b","a","b"],"command":"wipe"}')).is).toBe('body.unreadable');
    expect((await bulk('{"ids":["a","\\u0061"],"command":"wipe"}')).is).toBe('body.unreadable');
  });

  test('goes on with the very bytes that were judged, white space and all', async () => {
    const text = '{ "command" : "wipe",\r\n\t"ids":["\\u0061"] }';
    const found = await bulk(text);
    expect(found.targets).toEqual(['device:a']);
    expect(found.bytes?.toString()).toBe(text);
  });

  test('has its body read once, with the limit of its entry', async () => {
    expect((await bulk('{"ids":["a"],"command":"wipe"}')).asked).toEqual([['judged', 65_536]]);
    expect((await tell(recogniser, { method: 'POST', url: '/devices/a/lock' })).asked).toEqual([['none', 0]]);
    expect((await tell(recogniser, { url: '/devices' })).asked).toEqual([['none', 0]]);
  });

  test('on more than 10,000 targets is refused, on 10,000 it is not', async () => {
    const many = (count: number) =>
      JSON.stringify({ command: 'wipe', ids: Array.from({ length: count }, (_, n) => `${n}`) });
    const wide = recogniserFor(ENTRIES.replace('where: { /command: wipe }', 'where: { /command: wipe }, limit: 1MiB'));
    const told = (count: number) => tell(wide, { method: 'POST', url: '/devices/bulk', type: json, body: many(count) });
    expect((await told(10_000)).targets.length).toBe(10_000);
    expect((await told(10_001)).is).toBe('body.unreadable');
  });

  test('without a target that it needs is refused: nothing may mean everything', async () => {
    for (const body of ['{"command":"wipe"}', '{"command":"wipe","ids":[]}', '{"command":"wipe","ids":null}'])
      expect((await bulk(body)).is, body).toBe('body.unreadable');
    for (const ids of [
      '["a",""]',
      '["a",null]',
      '[["a"]]',
      '[{"id":"a"}]',
      '["../a"]',
      '["a b"]',
      '[1]',
      '"a"',
      '{"0":"a"}',
    ])
      expect((await bulk(`{"command":"wipe","ids":${ids}}`)).is, ids).toBe('body.unreadable');
    expect((await tell(recogniser, { method: 'POST', url: '/command?do=wipe' })).is).toBe('body.unreadable');
    expect((await tell(recogniser, { method: 'POST', url: '/command?do=wipe&id=' })).is).toBe('body.unreadable');
  });

  test('takes a number for an id only where the kind says so, and only written the plain way', async () => {
    const told = async (n: string) =>
      (await tell(recogniser, { method: 'POST', url: '/numbers', type: json, body: `{"n":${n}}` })).targets;
    expect(await told('42')).toEqual(['number:42']);
    expect(await told('"42"')).toEqual(['number:42']);
    for (const odd of ['42.0', '4.2e1', '-0', '-1', '9007199254740993', 'true', 'null'])
      expect(await told(odd), odd).toEqual([]);
  });

  test('with a query key that nobody described is an unknown write; so is a key twice or in capitals', async () => {
    const is = async (query: string) => (await tell(recogniser, { method: 'POST', url: `/command?${query}` })).is;
    expect(await is('do=wipe&id=a')).toBe('device.wipe');
    for (const query of [
      'do=wipe&id=a&x=1',
      'do=wipe&do=lock&id=a',
      'do=wipe&id=a&id=b',
      'DO=wipe&id=a',
      'do=wipe&id=a&Do=x',
      'do=WIPE&id=a',
      'id=a',
    ])
      expect(await is(query), query).toBe('unknown.write');
  });

  test('whose body fits no entry is an unknown write, and keeps its bytes', async () => {
    const found = await bulk('{"command":"retire","ids":["a"]}');
    expect(found).toMatchObject({ is: 'unknown.write', entry: null });
    expect(found.bytes?.toString()).toBe('{"command":"retire","ids":["a"]}');
    expect((await bulk('{"command":"wipe","ids":["a"],"force":true}')).is).toBe('unknown.write');
    expect((await bulk('{"command":["wipe"],"ids":["a"]}')).is).toBe('unknown.write');
  });

  test('with open members is still closed to the same member in another case', async () => {
    expect((await bulk('{"command":"lock","ids":["a"],"note":"x"}')).is).toBe('device.lock');
    expect((await bulk('{"command":"lock","Ids":["a"]}')).is).toBe('body.unreadable');
    expect((await bulk('{"command":"lock","ids":["a"],"_method":"DELETE"}')).is).toBe('body.unreadable');
  });

  test('by form or by parts names its targets as well, each one', async () => {
    const form = (body: string) =>
      tell(recogniser, { method: 'POST', url: '/form', type: 'application/x-www-form-urlencoded', body });
    expect((await form('id=b&id=a')).targets).toEqual(['device:a', 'device:b']);
    for (const body of ['id=a;id=b', 'id', 'id=%zz', 'id=%ff', 'id=a&ID=b', 'id=a b', '=a', 'id=a&&id=b'])
      expect((await form(body)).is, body).toBe('body.unreadable');
    for (const text of ['note=a;id=b', 'note=\u00e9', 'note=a\nb', 'no%0ate=a'])
      expect(() => readForm(Buffer.from(text)), text).toThrow(expect.objectContaining({ name: 'Unreadable' }));
    expect(readForm(Buffer.from('note=a+b%3Bc%0d%0ad')).get('note')).toEqual(['a b;c\r\nd']);
    const part = (name: string, value: string) =>
      `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const parts = (body: string) =>
      tell(recogniser, { method: 'POST', url: '/parts', type: 'multipart/form-data; boundary=x', body });
    expect((await parts(`${part('id', 'a')}${part('note', 'n')}--x--\r\n`)).targets).toEqual(['device:a']);
    expect((await parts(`${part('id', 'a')}${part('other', 'n')}--x--\r\n`)).is).toBe('unknown.write');
    for (const body of [
      part('id', 'a'),
      `junk\r\n${part('id', 'a')}--x--`,
      `${part('id"; name="b', 'a')}--x--`,
      `${part('id', 'a')}${part('ID', 'b')}--x--`,
    ])
      expect((await parts(body)).is, body).toBe('body.unreadable');
  });

  test('that carries an opaque body is not looked into, but must say that it is one, and is bounded', async () => {
    const upload = (type: string, body: string) => tell(recogniser, { method: 'POST', url: '/upload', type, body });
    expect(await upload('multipart/form-data; boundary=x', 'anything')).toMatchObject({
      is: 'device.update',
      bytes: null,
      asked: [['opaque', 1024 ** 3]],
    });
    for (const type of [
      json,
      'multipart/form-data',
      'multipart/form-data; boundary=x; boundary=y',
      'multipart/mixed; boundary=x',
    ])
      expect((await upload(type, 'anything')).is, type).toBe('body.unreadable');
  });
});

describe('what no entry describes', () => {
  test('is an unknown read only as a GET or HEAD without a body, on a path that no entry owns', async () => {
    const is = async (method: string, url: string, body = '') => (await tell(recogniser, { method, url, body })).is;
    expect(await is('GET', '/help')).toBe('unknown.read');
    expect(await is('HEAD', '/help')).toBe('unknown.read');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])
      expect(await is(method, '/help'), method).toBe('unknown.write');
    expect(await is('GET', '/help', 'x')).toBe('unknown.write');
    expect(await is('GET', '/devices', 'x')).toBe('unknown.write');
  });

  test('is an unknown write on a path that only acts own, however it is dressed', async () => {
    for (const url of [
      '/devices/a/lock',
      '/devices/a/lock/',
      '/Devices/a/LOCK',
      '/devices/a/lock.json',
      '/devices/bulk',
      '/search/x',
      '/command',
    ])
      expect((await tell(recogniser, { url })).is, url).toBe(url === '/search/x' ? 'unknown.read' : 'unknown.write');
    expect((await tell(recogniser, { method: 'HEAD', url: '/devices/bulk' })).is).toBe('unknown.write');
  });

  test('is an unknown write as an upgrade, and a described socket is no page', async () => {
    expect((await tell(recogniser, { url: '/live', door: 'upgrade' })).is).toBe('device.read');
    expect((await tell(recogniser, { url: '/live' })).is).toBe('unknown.write');
    for (const url of ['/devices', '/help', '/files/a'])
      expect((await tell(recogniser, { url, door: 'upgrade' })).is, url).toBe('unknown.write');
  });

  test('is refused when it says that it is another method', async () => {
    expect((await tell(recogniser, { url: '/help?_method=DELETE' })).is).toBe('request.ambiguous');
    expect((await tell(recogniser, { url: '/devices?x-http-method-override=DELETE' })).is).toBe('request.ambiguous');
  });

  test('is everything, when the console has no pack: refused', async () => {
    const none = { ...recogniser };
    expect((await tell(none, { url: '/devices' })).is).toBe('device.read');
    const other = recogniserFor(ENTRIES, { head: HEAD_OTHER, tolerant: true });
    expect((await tell(other, { url: '/devices' })).is).toBe('action.broken');
  });
});
const HEAD_OTHER = 'format: 2\npack: test\nname: Test\nkinds: {}\nentries:\n';

describe('a path', () => {
  test('of a read glob never covers a path that another entry owns, whatever the method', async () => {
    expect((await tell(recogniser, { url: '/files/a/b' })).is).toBe('device.read');
    expect((await tell(recogniser, { url: '/files/purge/a' })).is).toBe('unknown.write');
    expect((await tell(recogniser, { url: '/files' })).is).toBe('unknown.read');
    expect((await tell(recogniser, { url: '/filesecrets/a' })).is).toBe('unknown.read');
  });

  test('matches segment by segment and with its case', async () => {
    const is = async (url: string) => (await tell(recogniser, { method: 'POST', url })).is;
    expect(await is('/devices/a/lock')).toBe('device.lock');
    for (const url of [
      '/devices/a/Lock',
      '/devices/a/lock/',
      '/devices/a/lock/b',
      '/x/devices/a/lock',
      '/devices/a.b/lock',
      '/devices/bulk/lock',
    ])
      expect(await is(url), url).toBe('unknown.write');
  });

  test('of 8 KiB of anything is judged in a moment', async () => {
    const deep = recogniserFor(
      ENTRIES +
        Array.from(
          { length: 6 },
          (_, n) =>
            `  - { id: deep${n}, request: 'POST /{a:device}/{b:device}/{c:device}/x${n}', action: device.update }\n`,
        ).join(''),
    );
    for (const url of [
      `/${'-'.repeat(8000)}`,
      `/${'a/'.repeat(4000)}`,
      `/${'%41'.repeat(2700)}`,
      `/devices/${'a'.repeat(8000)}/lock`,
    ]) {
      // The quickest of twenty: what it costs, not what else this machine does meanwhile.
      let quickest = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 20; round += 1) {
        const from = performance.now();
        await tell(deep, { method: 'POST', url });
        quickest = Math.min(quickest, performance.now() - from);
      }
      expect(quickest, url.slice(0, 10)).toBeLessThan(20);
    }
  });
});

describe('two entries', () => {
  const two = (query: string, body = '') => `
  - { id: first, request: POST /x, action: device.lock${body === '' ? '' : `, body: { type: json, ${body} }`} }
  - { id: second, request: POST /x, action: device.wipe, query: { ${query} } }
`;
  test('that one request could match are a fault at load', () => {
    expect(packFaults(two(''))).toEqual([
      '3: entry second: one request could also match first (line 9); tell them apart',
    ]);
    expect(
      packFaults(`
  - { id: first, request: 'GET /{device}/x', action: device.read }
  - { id: second, request: 'GET /all/{device}', action: device.read }
`),
    ).toEqual([expect.stringMatching(/^3: entry second: .*first/)]);
    expect(packFaults(two('required: { do: wipe }'))).toEqual([]);
  });

  test('that one request matches all the same are a refusal', async () => {
    const both = recogniserFor(two(''), { tolerant: true });
    const found = await tell(both, { method: 'POST', url: '/x' });
    expect(found).toMatchObject({ is: 'action.ambiguous', detail: 'matches first and second' });
  });
});

describe('a broken entry', () => {
  const broken = `
  - { id: good, request: GET /devices, action: device.read }
  - { id: bad, request: 'POST /devices/{device}/wipe', action: device.explode }
  - { id: shape, request: 'GET /devices/{device}', action: device.read, colour: red }
`;
  test('owns its path and refuses, and nothing else does', async () => {
    const tolerant = recogniserFor(broken, { tolerant: true });
    expect((await tell(tolerant, { url: '/devices' })).is).toBe('device.read');
    expect((await tell(tolerant, { method: 'POST', url: '/devices/a/wipe' })).is).toBe('action.broken');
    expect((await tell(tolerant, { url: '/devices/a' })).is).toBe('action.broken');
    expect((await tell(tolerant, { url: '/devices/a/wipe' })).is).toBe('unknown.write');
  });

  test('whose path cannot be read makes its whole pack refuse: nobody knows what it would have owned', async () => {
    const tolerant = recogniserFor(`${broken}  - { id: lost, request: POST devices, action: device.wipe }\n`, {
      tolerant: true,
    });
    for (const url of ['/devices', '/help']) expect((await tell(tolerant, { url })).is).toBe('action.broken');
  });
});

describe('what an action is called before there is a request', () => {
  test('is said with its number and the highest risk of its entries; null for what the pack does not do', () => {
    const wipe = recogniser.action('test', 'device.wipe');
    expect(wipe?.risk).toBe('destructive');
    expect(wipe?.title([{ kind: 'device', id: 'a' }])).toBe('Wipe 1 device: a');
    expect(recogniser.action('test', 'device.retire')).toBeNull();
    expect(recogniser.action('other', 'device.wipe')).toBeNull();
  });
});
