// Requests in requests, operations in lists, messages over sockets: each part is judged, the strictest holds.
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/kernel/action.ts';
import type { Decision, Question } from '../../src/kernel/facts.ts';
import { decideAll } from '../../src/proxy/decideAll.ts';
import { packFaults, recogniserFor, tell } from './kit.ts';

const HEAD = `format: 1
pack: test
name: Test
kinds:
  device: { id: word }
  ver: { one: v, many: v, id: word, values: [v1, beta] }
entries:
`;
const ENTRIES = `
  - { id: batch, request: 'POST /{ver}/$batch', action: bulk.envelope, body: { type: json, has: [/requests] }, batch: { requests: /requests/*, under: '/{ver}', most: 3 } }
  - { id: list, request: 'GET /{ver}/devices', action: device.read }
  - { id: lock, request: 'POST /{ver}/devices/{device}/lock', action: device.lock, targets: [{ path: device }], body: { type: json, empty: true, fields: [message] }, redact: [/pin] }
  - { id: wipe, request: 'POST /{ver}/devices/{device}/wipe', action: device.wipe, targets: [{ path: device }] }
  - { id: upload, request: 'POST /{ver}/upload', action: device.lock, body: { type: bytes, mode: opaque } }
  - { id: checkin, lane: device, request: 'ANY /{ver}/checkin' }
  - { id: ops, request: POST /ops, action: bulk.envelope, body: { type: json, has: [/elements], fields: [token] }, batch: { items: /elements/*, most: 3 } }
  - { id: op-lock, of: ops, action: device.lock, body: { type: json, where: { /do: lock } }, targets: [{ kind: device, json: /ids/* }] }
  - { id: op-wipe, of: ops, action: device.wipe, body: { type: json, where: { /do: wipe } }, targets: [{ kind: device, json: /ids/* }] }
  - { id: socket, request: GET /control, upgrade: true, action: device.read, messages: { plain: [ping] } }
  - { id: say-lock, of: socket, action: device.lock, body: { type: json, where: { /action: lock }, fields: any }, targets: [{ kind: device, json: /nodeids/* }] }
  - { id: say-list, of: socket, action: device.read, body: { type: json, where: { /action: [nodes, meshes] }, fields: any } }
  - { id: loose, request: GET /loose, upgrade: true, action: device.read, messages: { unknown: read, binary: pass } }
  - { id: loose-lock, of: loose, action: device.lock, body: { type: json, where: { /action: lock } } }
  - { id: bare, request: GET /bare, upgrade: true, action: device.lock }
`;
const recogniser = recogniserFor(ENTRIES, { head: HEAD });
const post = (url: string, value: unknown) =>
  tell(recogniser, { method: 'POST', url, type: 'application/json', body: JSON.stringify(value) });
const batch = (...requests: unknown[]) => post('/v1/$batch', { requests });

describe('a batch of requests', () => {
  const wipe = (id: string) => ({ id: '1', method: 'POST', url: `/devices/${id}/wipe` });
  const lock = {
    method: 'POST',
    url: '/devices/a/lock',
    headers: { 'Content-Type': 'application/json' },
    body: { message: 'x' },
  };
  const read = { method: 'GET', url: '/devices?top=5' };

  test('of one name is that act on all targets', async () => {
    expect(await batch(wipe('b'), wipe('a'))).toMatchObject({
      is: 'device.wipe',
      entry: 'batch',
      targets: ['device:a', 'device:b'],
      title: '2 in one: Wipe 1 device: b; Wipe 1 device: a',
    });
    expect((await batch(read, wipe('a'))).is).toBe('device.wipe');
    expect(await batch(read)).toMatchObject({ is: 'device.read', title: 'Look at devices' });
  });

  test('of several names is an envelope with the highest risk and its parts', async () => {
    const { is, action, targets, title } = await batch(lock, wipe('b'));
    expect([is, action?.risk, targets]).toEqual(['bulk.envelope', 'destructive', ['device:a', 'device:b']]);
    expect(action?.parts?.map(({ name }) => name)).toEqual(['device.lock', 'device.wipe']);
    expect(action?.redact).toEqual(['/requests/*/body/pin']);
    expect(title).toBe('2 in one: Wipe 1 device: b; Lock 1 device: a');
  });

  test('is unknown with one unknown part, whatever stands beside it', async () => {
    for (const unknown of [
      { method: 'POST', url: '/devices/a/explode' },
      { method: 'DELETE', url: '/devices/a' },
      { method: 'GET', url: '/devices/a/wipe' },
      { method: 'POST', url: '/devices/a/lock', body: { message: 'x', more: 1 } },
      { method: 'POST', url: '/devices/a/lock', body: 'text' },
      { method: 'POST', url: '/upload', body: 'x' },
      { method: 'GET', url: '/checkin' },
    ])
      expect((await batch(wipe('a'), unknown)).is, JSON.stringify(unknown)).toBe('unknown.write');
    expect((await batch({ method: 'GET', url: '/unheard/of' })).is).toBe('unknown.read');
  });

  test('is refused when a part is not plainly a request', async () => {
    for (const odd of [
      'x',
      { method: 'post', url: '/devices' },
      { method: 'GET', url: 'https://x/v1/devices' },
      { method: 'GET', url: 'devices' },
      { method: 'GET', url: '/devices', body: {} },
      { method: 'GET', url: '/devices', extra: 1 },
      { method: 'GET', url: '/devices', headers: { 'X-HTTP-Method-Override': 'DELETE' } },
      { method: 'POST', url: '/devices/a/lock', headers: { 'content-type': 'text/plain' }, body: {} },
      { method: 'POST', url: '/$batch', body: { requests: [wipe('a')] } },
    ])
      expect((await batch(odd)).is, JSON.stringify(odd)).toBe('body.unreadable');
    expect((await batch({ method: 'GET', url: '/../admin' })).is).toBe('request.ambiguous');
    expect((await batch({ method: 'GET', url: '/devices/a%2Fwipe' })).is).toBe('request.ambiguous');
  });

  test('has at least one part and not more than its most', async () => {
    expect((await batch()).is).toBe('body.unreadable');
    expect((await batch(read, read, read)).is).toBe('device.read');
    expect((await batch(read, read, read, read)).is).toBe('body.unreadable');
  });
});

test('a list of operations is judged like a batch', async () => {
  const ops = (...elements: unknown[]) => post('/ops', { token: 't', elements });
  expect(await ops({ do: 'lock', ids: ['a'] }, { do: 'lock', ids: ['b'] })).toMatchObject({
    is: 'device.lock',
    targets: ['device:a', 'device:b'],
  });
  expect((await ops({ do: 'lock', ids: ['a'] }, { do: 'wipe', ids: ['b'] })).is).toBe('bulk.envelope');
  expect((await ops({ do: 'lock', ids: ['a'] }, { do: 'x' })).is).toBe('unknown.write');
  expect((await ops({ do: 'lock', ids: [] })).is).toBe('body.unreadable');
  expect((await ops('lock')).is).toBe('unknown.write');
});

test('policy must allow the whole and every part, and remedies are those of all', () => {
  const action = (name: string, parts?: Action[]) =>
    ({ name, risk: 'high', targets: [], ...(parts ? { parts } : {}) }) as unknown as Action;
  const answers: Record<string, Partial<Decision>> = {
    good: { allow: true, remedies: [] },
    step: { allow: false, remedies: ['stepup.fresh'] },
    granted: { allow: false, remedies: ['grant', 'stepup.fresh'] },
    never: { allow: false, remedies: [] },
  };
  const ask = (...parts: string[]) => {
    const decide = ({ action: { name } }: Question) =>
      ({ policies: [name], would: [], policySet: '', ...answers[name] }) as unknown as Decision;
    return decideAll(decide, {
      action: action(
        'good',
        parts.map((name) => action(name)),
      ),
    } as Parameters<typeof decideAll>[1]);
  };
  expect(ask('good', 'good').allow).toBe(true);
  expect(ask('good', 'step')).toMatchObject({ allow: false, remedies: ['stepup.fresh'] });
  expect(ask('step', 'granted')).toMatchObject({ allow: false, remedies: ['stepup.fresh', 'grant'] });
  expect(ask('step', 'never', 'granted')).toMatchObject({ allow: false, remedies: [], policies: ['never'] });
});

describe('a message', () => {
  const over = async (url: string, text: string) => {
    const { action } = await tell(recogniser, { url, door: 'upgrade' });
    if (action === null) throw new Error('no upgrade');
    const found = recogniser.recogniseMessage(action, text);
    return found.go ? found.value : found;
  };

  test('is told by the entries of its connection', async () => {
    expect(await over('/control', '{"action":"lock","nodeids":["b","a"],"x":1}')).toMatchObject({
      name: 'device.lock',
      entry: 'say-lock',
      title: 'Lock 2 devices: a, b',
    });
    expect(await over('/control', '{"action":"meshes"}')).toMatchObject({ name: 'device.read' });
    expect(await over('/control', 'ping')).toMatchObject({ name: 'unknown.read' });
  });

  test('that nobody told of is refused or a read, as the connection says', async () => {
    expect(await over('/control', '{"action":"explode"}')).toMatchObject({ name: 'unknown.write' });
    expect(await over('/loose', '{"action":"explode"}')).toMatchObject({ name: 'unknown.read' });
    expect(await over('/loose', '{"action":"lock","more":1}')).toMatchObject({ name: 'unknown.write' });
  });

  test('that can be read in two ways, or names nothing, is refused', async () => {
    for (const text of [
      '{"action":"nodes","action":"lock"}',
      '{"Action":"lock"}',
      '{"action":"lock","nodeids":[]}',
      'pong',
      '',
    ])
      expect(await over('/control', text), text).toMatchObject({ reason: 'body.unreadable' });
  });

  test('over a connection without any told is the connection itself', async () => {
    expect(await over('/bare', 'anything')).toMatchObject({ name: 'device.lock', entry: 'bare' });
    const upgrade = (await tell(recogniser, { url: '/bare', door: 'upgrade' })).action;
    expect(upgrade === null ? 0 : recogniser.messageRules(upgrade)).toBe(null);
    const loose = (await tell(recogniser, { url: '/loose', door: 'upgrade' })).action;
    expect(loose === null ? 0 : recogniser.messageRules(loose)).toEqual({ binary: 'pass' });
  });
});

test('a pack says which entries cannot belong together', () => {
  const said = (entries: string) => packFaults(entries, HEAD).join('\n');
  expect(said('  - { id: a, of: b, action: device.lock, body: { type: json } }\n')).toMatch(
    /neither messages nor a batch/,
  );
  expect(
    said("  - { id: a, request: POST /a, action: bulk.envelope, body: { type: json }, batch: { items: '/x/*' } }\n"),
  ).toMatch(/no entry tells of its operations/);
  expect(
    said(
      "  - { id: a, request: POST /a, action: bulk.envelope, body: { type: json }, batch: { requests: '/x/*', under: '/{v}' } }\n",
    ),
  ).toMatch(/the path has no \{v\}/);
  expect(said('  - { id: a, request: GET /a, action: device.read, messages: {} }\n')).toMatch(/upgraded connection/);
  expect(
    said(
      '  - { id: s, request: GET /s, upgrade: true, action: device.read, messages: {} }\n  - { id: a, of: s, action: device.lock, body: { type: json, fields: any } }\n  - { id: b, of: s, action: device.wipe, body: { type: json, where: { /x: 1 } } }\n',
    ),
  ).toMatch(/could also match a/);
});
