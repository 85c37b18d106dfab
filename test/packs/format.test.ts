// The features of the pack format, each by a hit and by what must not count as one.
import { describe, expect, test } from 'vitest';
import { packFaults, recogniserFor, tell } from './kit.ts';

const HEAD = (more: string) => `format: 1
pack: test
name: Test
${more}
kinds:
  device: { id: word, not: [bulk] }
  group: { one: group, many: groups, id: path, max: 200 }
  version: { one: v, many: v, id: word, values: [v1, beta] }
  ask: { one: ask, many: asks, id: word, values: [Sync, Query] }
entries:
`;
const pack = (entries: string, head = '') => recogniserFor(entries, { head: HEAD(head) });
const faults = (entries: string, head = '') => packFaults(entries, HEAD(head)).map((one) => one.replace(/^\d+: /, ''));
const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

describe('a path', () => {
  const paths = pack(
    `
  - { id: erase, request: 'POST /command/EraseDevice/id/{device:list}', action: device.wipe, targets: [{ path: device }] }
  - { id: two, request: 'POST /two/{many:device:list}/[x|y]', action: device.lock, targets: [{ path: many, kind: device }] }
  - { id: list, request: 'GET /devices[.json|.xml]?', action: device.read }
  - { id: end, request: 'GET /groups[/]?', action: device.read }
  - { id: more, request: 'POST /more/{device}[/now]?', action: device.lock, targets: [{ path: device }], title: 'Lock {path device}' }
  - { id: rooted, request: 'POST <api>/lock', action: device.lock }
`,
    "roots: { api: '/api/[v1|latest]' }",
  );
  const post = (url: string) => tell(paths, { method: 'POST', url });

  test('has several ids in one segment', async () => {
    expect((await post('/command/EraseDevice/id/b,a,b')).targets).toEqual(['device:a', 'device:b']);
    expect((await post('/two/a,b/y')).targets).toEqual(['device:a', 'device:b']);
    for (const url of ['/command/EraseDevice/id/a,', '/command/EraseDevice/id/a,bulk', '/two/a,b/z', '/more/a,b'])
      expect((await post(url)).is, url).toBe('unknown.write');
  });

  test('has alternatives, parts that may be left out, and roots', async () => {
    for (const url of ['/devices', '/devices.json', '/devices.xml', '/groups', '/groups/'])
      expect((await tell(paths, { url })).is, url).toBe('device.read');
    expect((await tell(paths, { url: '/devices.csv' })).entry).toBe(null);
    expect((await post('/more/a/now')).title).toBe('Lock "a"');
    expect((await post('/more/a')).entry).toBe('more');
    expect((await post('/api/v1/lock')).entry).toBe('rooted');
    expect((await post('/api/latest/lock')).entry).toBe('rooted');
    expect((await post('/api/v2/lock')).is).toBe('unknown.write');
  });

  test('has a base in front of all, and may be read without case', async () => {
    const iis = pack(
      "\n  - { id: lock, request: 'POST /Devices/{device}/Lock', action: device.lock, targets: [{ path: device }] }\n",
      'base: /API\ncaseless: [path]',
    );
    expect(await tell(iis, { method: 'POST', url: '/api/devices/AbC/LOCK' })).toMatchObject({
      entry: 'lock',
      targets: ['device:AbC'],
    });
    expect((await tell(iis, { method: 'POST', url: '/devices/a/lock' })).is).toBe('unknown.write');
    expect((await tell(paths, { method: 'POST', url: '/MORE/a' })).is).toBe('unknown.write');
  });

  test('is refused by the check when it cannot be meant', () => {
    const said = (request: string) => faults(`  - { id: a, request: '${request}', action: device.lock }\n`)[0];
    expect(said('POST /a[b')).toMatch(/bracket/);
    expect(said('POST <none>/a')).toMatch(/root/);
    expect(said('POST /a/{device:word:lots}')).toMatch(/only \{name:kind:list\}/);
    expect(said('POST /[a|b][a|b][a|b][a|b][a|b][a|b][a|b]')).toMatch(/more than 64/);
  });
});

describe('an encoded slash', () => {
  const soti = pack(`
  - { id: act, request: 'POST /groups/{group}/actions', action: device.lock, allow: { group: double-encoded }, targets: [{ path: group }] }
  - { id: once, request: 'POST /once/{group}', action: device.lock, allow: { group: encoded-slash }, targets: [{ path: group }] }
  - { id: plain, request: 'POST /plain/{group}', action: device.lock, targets: [{ path: group }] }
`);
  const is = async (url: string, method = 'POST') => {
    const found = await tell(soti, { method, url });
    return found.targets.join(' ') || found.is;
  };

  test('is taken where an entry allows it, and only there', async () => {
    expect(await is('/groups/%255C%255CMy%2520Company%255CX/actions')).toBe('group:\\\\My Company\\X');
    expect(await is('/once/a%2Fb')).toBe('group:a/b');
    for (const url of ['/plain/a%2Fb', '/groups/a%2Fb/actions', '/groups/a%5Cb/actions', '/once/a%252Fb', '/other/%2F'])
      expect(await is(url), url).toBe('request.ambiguous');
  });

  test('never makes a dot segment, another segment, or a third reading', async () => {
    for (const url of [
      '/once/a%2F..%2Fb',
      '/once/..%2Fb',
      '/groups/%252E%252E/actions',
      '/groups/a%255C..%255Cb/actions',
      '/groups/%25252F/actions',
      '/groups%2F/a/actions',
      '/once/%2F..',
    ])
      expect(await is(url), url).toBe('request.ambiguous');
    expect(await is('/once/a%2Fb', 'GET')).toBe('unknown.write');
  });

  test('needs a kind that can have one', () => {
    expect(
      faults("  - { id: a, request: 'POST /{device}', action: device.lock, allow: { device: encoded-slash } }\n"),
    ).toEqual(['entry a: the path has no {device} of a kind with id: path']);
  });
});

describe('a version in Accept', () => {
  const ws = pack(
    `
  - { id: one, request: POST /x, action: device.lock, version: '1' }
  - { id: two, request: POST /x, action: device.wipe, version: ['2', '3'] }
`,
    "versions: { parameter: version, default: '1' }",
  );
  const entry = async (...accept: string[]) => {
    const found = await tell(ws, { method: 'POST', url: '/x', headers: accept.map((value) => ['accept', value]) });
    return found.entry ?? found.is;
  };

  test('chooses the entry', async () => {
    expect(await entry()).toBe('one');
    expect(await entry('*/*')).toBe('one');
    expect(await entry('application/json;version=2')).toBe('two');
    expect(await entry('application/json; charset=utf-8; Version=3, text/html;q=0.5')).toBe('two');
    expect(await entry('application/json;version=4')).toBe('unknown.write');
  });

  test('that is several or odd is refused', async () => {
    for (const accept of [
      ['application/json;version=1, text/json;version=2'],
      ['a/b;version=1', 'a/b;version=2'],
      ['a/b;version="2"'],
      ['a/b;version='],
      ['a/b;version=2=3'],
    ])
      expect(await entry(...accept), accept.join()).toBe('request.ambiguous');
  });
});

describe('conditions', () => {
  const rules = pack(
    `
  - { id: head, request: POST /h, action: device.lock, headers: { required: { x-mode: fast } } }
  - { id: nohead, request: POST /h, action: device.wipe, headers: { forbidden: [x-mode] } }
  - { id: query, request: POST /q, action: device.lock, query: { required: { do: [lock, Lock] }, may: { wait: ['1'] }, present: [id] }, targets: [{ kind: device, query: id, list: '&' }] }
  - { id: a, request: POST /b, action: device.lock, body: { type: json, where: { /do: lock }, may: { /hard: false }, fields: any } }
  - { id: b, request: POST /b, action: device.wipe, body: { type: json, where: { /do: lock, /hard: true }, fields: any } }
  - { id: rest, request: POST /b, action: device.wipe, otherwise: true, body: { type: json, fields: any } }
`,
    'everywhere: { query: [_] }',
  );
  const at = async (url: string, more: Partial<Parameters<typeof tell>[1]> = {}) =>
    (await tell(rules, { method: 'POST', url, ...more })).entry;

  test('on headers', async () => {
    expect(await at('/h', { headers: [['x-mode', 'FAST']] })).toBe('head');
    expect(await at('/h')).toBe('nohead');
    expect(await at('/h', { headers: [['x-mode', 'slow']] })).toBe(null);
  });

  test('on the query, with a key that stands there several times', async () => {
    expect((await tell(rules, { method: 'POST', url: '/q?do=lock&id=a&id=b&_=1' })).targets).toEqual([
      'device:a',
      'device:b',
    ]);
    for (const url of [
      '/q?do=lock',
      '/q?id=a',
      '/q?do=LOCK&id=a',
      '/q?do=lock&id=a&wait=2',
      '/q?do=lock&do=lock&id=a',
      '/q?do=lock&id=a&x=1',
    ])
      expect(await at(url), url).toBe(null);
    expect(await at('/q?do=Lock&id=a&wait=1')).toBe('query');
  });

  test('on what may be there, and on what is left', async () => {
    const body = (text: string) => at('/b', { type: json, body: text });
    expect(await body('{"do":"lock"}')).toBe('a');
    expect(await body('{"do":"lock","hard":false}')).toBe('a');
    expect(await body('{"do":"lock","hard":true}')).toBe('b');
    expect(await body('{"do":"lock","hard":"true"}')).toBe('rest');
    expect(await body('{"do":"explode"}')).toBe('rest');
    expect(await body('[]')).toBe('rest');
  });

  test('are wanting when reads are not said to be reads, and what is left is not the worst', () => {
    expect(faults('  - { id: a, request: POST /a, action: device.read }\n')[0]).toMatch(/write reads: true/);
    expect(faults('  - { id: a, request: POST /a, action: device.lock, reads: true }\n')[0]).toMatch(
      /reads: true, but/,
    );
    expect(faults('  - { id: a, request: POST /a, action: device.lock, otherwise: true }\n')[0]).toMatch(
      /risk: destructive/,
    );
  });
});

describe('without case', () => {
  const net = pack(
    `
  - { id: a, request: POST /a, action: device.lock, query: { required: { Command: Lock } }, body: { type: json, where: { /Action: Lock }, fields: [Note] }, targets: [{ kind: device, json: /Ids/* }] }
`,
    'caseless: [query, keys, values]',
  );
  const at = (url: string, body: string) => tell(net, { method: 'POST', url, type: json, body });

  test('keys, query and values are the same', async () => {
    expect((await at('/a?command=LOCK', '{"action":"lock","IDS":["x"],"note":1}')).targets).toEqual(['device:x']);
    expect((await at('/a?command=LOCK', '{"action":"lock","Action":"lock","ids":["x"]}')).is).toBe('body.unreadable');
    expect((await at('/a?command=LOCK&Command=Lock', '{"action":"lock","ids":["x"]}')).is).toBe('unknown.write');
    expect((await at('/a?command=LOCK', '{"action":"lock","ids":["x"],"other":1}')).is).toBe('unknown.write');
  });
});

describe('another method in a field', () => {
  const rails = pack(
    `
  - { id: make, request: POST /d, action: device.update, body: { type: form, fields: [name] } }
  - { id: drop, request: 'DELETE /d/{device}', action: device.wipe, targets: [{ path: device }] }
  - { id: change, request: 'PATCH /d/{device}', action: device.lock, body: { type: form, fields: [name] }, targets: [{ path: device }] }
`,
    'override: { form: _method, query: _method }',
  );
  const at = async (url: string, body = '', method = 'POST') => {
    const found = await tell(rails, body === '' ? { method, url } : { method, url, type: form, body });
    return found.entry ?? found.is;
  };

  test('is the method where the pack says so', async () => {
    expect(await at('/d/a', '_method=delete')).toBe('drop');
    expect(await at('/d/a', '_method=PATCH&name=x')).toBe('change');
    expect(await at('/d/a?_method=delete')).toBe('drop');
    expect(await at('/d', 'name=x')).toBe('make');
  });

  test('is refused twice, unknown, in another case, or elsewhere', async () => {
    for (const body of ['_method=delete&_method=patch', '_method=GET', '_method=', '_METHOD=delete'])
      expect(await at('/d/a', body), body).toBe('body.unreadable');
    expect(await at('/d/a?_method=delete', '', 'GET')).toBe('request.ambiguous');
    expect(await at('/d/a', '_method=delete', 'PATCH')).toBe('unknown.write');
    expect(
      (
        await tell(pack('  - { id: a, request: POST /a, action: device.lock }\n'), {
          method: 'POST',
          url: '/a?_method=delete',
        })
      ).is,
    ).toBe('request.ambiguous');
  });

  test('cannot hide in an upload', () => {
    const entries =
      "  - { id: up, request: 'POST /d/{device}', action: device.lock, body: { mode: opaque, type: multipart } }\n  - { id: drop, request: 'DELETE /d/{device}', action: device.wipe }\n";
    expect(faults(entries, 'override: { form: _method }')[0]).toMatch(/nobody looks into can name another method/);
    expect(faults(entries.replace('type: multipart', 'type: bytes'), 'override: { form: _method }').length).toBe(1);
    expect(faults(entries)).toEqual([]);
  });
});

describe('paths of devices', () => {
  const lanes = pack(`
  - { id: checkin, lane: device, request: 'ANY /mdm/**' }
  - { id: page, request: GET /mdm/page, action: device.read }
`);
  test('are told apart, whatever comes with them', async () => {
    for (const method of ['GET', 'PUT', 'POST'])
      expect(
        (
          await tell(lanes, {
            method,
            url: '/mdm/checkin?x=1',
            ...(method === 'GET' ? {} : { body: 'x', type: 'a/b' }),
          })
        ).is,
      ).toBe('device.channel');
    expect((await tell(lanes, { url: '/mdm/page' })).is).toBe('device.read');
    for (const url of ['/MDM/checkin', '/Mdm/a/b']) expect((await tell(lanes, { url })).is, url).toBe('unknown.write');
    expect((await tell(lanes, { url: '/mdmx/a' })).is).toBe('unknown.read');
    expect((await tell(lanes, { url: '/mdm/page', method: 'POST' })).is).toBe('unknown.write');
  });
  test('have no other action, and nothing else has theirs', () => {
    expect(faults('  - { id: a, lane: device, request: GET /a, action: device.read }\n')[0]).toMatch(
      /is a device.channel/,
    );
    expect(faults('  - { id: a, request: GET /a }\n')[0]).toMatch(/action is missing/);
  });
});
