// Point 5: every request that the demo console's pages make is recognised as what it is; the auditor's list is the witness.
// What nobody described is a read that admins may make, or a write that nobody may.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import type { ExchangePage, ExchangeRow } from '../../src/portal/contract/sessions.ts';
import { nothingArrives, until } from '../kit/arrivals.ts';
import { admin, approver, device, granted, type Person, person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import { openSocket, openStream } from '../kit/streams.ts';

let stack: Stack;
let ada: Person;
let grace: Person;
let linus: Person;
let session: string;
beforeAll(async () => {
  stack = await startStack();
  ada = await admin(stack, 'ada');
  grace = await approver(stack);
  linus = await person(stack, 'linus');
  session = (await ada.me()).session.id;
  expect((await ada.stepUp()).status).toBe(200);
});
afterAll(() => stack.close());

async function exchanges(): Promise<ExchangeRow[]> {
  const rows: ExchangeRow[] = [];
  for (let cursor = ''; ; ) {
    const answer = await linus.read(`/api/sessions/${session}/exchanges?kind=all${cursor}`);
    if (answer.status !== 200) return rows;
    const page = answer.json<ExchangePage>();
    rows.push(...page.exchanges);
    if (page.next === null) return rows;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}
/** What the auditor sees of the exchange that `act` makes. */
async function seen(method: string, target: string, act: () => Promise<unknown>): Promise<ExchangeRow> {
  const before = new Set((await exchanges()).map(({ id }) => id));
  await act();
  let row: ExchangeRow | undefined;
  await until(async () => {
    row = (await exchanges()).find((one) => !before.has(one.id) && one.method === method && one.target === target);
    // The answer is written when it has ended, a moment after the client has it.
    return row !== undefined && (row.verdict === 'refuse' || row.status !== null);
  });
  return row as ExchangeRow;
}

const READS: [string, string][] = [
  ['/', 'console.read'],
  ['/devices', 'device.read'],
  ['/devices?status=Attention', 'device.read'],
  ['/devices/d-0142', 'device.read'],
  ['/events', 'device.read'],
  ['/users', 'user.read'],
  ['/users?added=u-0042', 'user.read'],
  ['/users/new', 'user.read'],
  ['/profiles', 'config.read'],
  ['/apps', 'app.read'],
  ['/login', 'console.read'],
  ['/assets/base.css', 'console.read'],
  ['/assets/device.js', 'console.read'],
  ['/assets/icon.svg', 'console.read'],
  ['/api/devices?search=marie&status=&page=1&size=25', 'device.read'],
  ['/api/devices/d-0142', 'device.read'],
  ['/api/users?search=', 'user.read'],
  ['/api/profiles', 'config.read'],
  ['/api/apps', 'app.read'],
  ['/api/apps/a-03/download?size=1000', 'app.read'],
  ['/api/stats', 'device.read'],
  ['/api/me', 'console.read'],
  ['/api/hints', 'console.read'],
  ['/api/slow?ms=1', 'console.read'],
];
test('the reads of its pages, each under its own name, all allowed', async () => {
  for (const [path] of READS) {
    const { status } = await ada.call('GET', path);
    expect([path, status < 400], path).toEqual([path, true]);
  }
  const stream = await openStream(ada.agent, `${stack.addresses.console}/api/stream`);
  await stream.has('hello');
  stream.close();
  const socket = await openSocket(ada.agent, `${stack.addresses.console}/ws/events`);
  socket.close();
  const wanted = [...READS, ['/api/stream', 'device.read'], ['/ws/events', 'device.read']];
  await until(async () => {
    const rows = await exchanges();
    return wanted.every(([path]) => rows.some(({ target }) => target === path));
  });
  const rows = await exchanges();
  for (const [path = '', action] of wanted) {
    const row = rows.find(({ target }) => target === path);
    expect([path, row?.action, row?.risk, row?.verdict]).toEqual([path, action, 'read', 'go']);
  }
  expect(rows.filter(({ action }) => action.startsWith('unknown.'))).toEqual([]);
});

const WRITES: [string, string, unknown, string, string][] = [
  [
    'PATCH',
    '/api/devices/d-0142',
    { name: 'iPad of Marie' },
    'device.update',
    'Rename 1 device: d-0142 to "iPad of Marie"',
  ],
  ['POST', '/api/devices/d-0142/lock', { message: 'Return me' }, 'device.lock', 'Lock 1 device: d-0142'],
  [
    'POST',
    '/api/devices/bulk',
    { command: 'lock', ids: ['d-0001', 'd-0002'] },
    'device.lock',
    'Lock 2 devices: d-0001, d-0002',
  ],
  [
    'POST',
    '/api/profiles',
    { name: 'Guest', kind: 'Wi-Fi', description: 'x' },
    'profile.create',
    'Create the profile "Guest"',
  ],
  [
    'POST',
    '/api/devices/d-0142/profiles',
    { profile_id: 'p-03' },
    'profile.install',
    'Install p-03 on 1 device: d-0142',
  ],
  ['DELETE', '/api/devices/d-0142/profiles/p-03', undefined, 'profile.remove', 'Remove p-03 from 1 device: d-0142'],
  ['POST', '/api/users', { name: 'Zoë', email: 'zoe@acme.example' }, 'user.create', 'Create the user "Zoë"'],
];
test.each(WRITES)('%s %s with a fresh step-up', async (method, path, body, action, title) => {
  let status = 0;
  const row = await seen(method, path, async () => {
    status = (await ada.call(method, path, body)).status;
  });
  expect(status).toBeLessThan(300);
  expect([row.action, row.title, row.verdict, row.status]).toEqual([action, title, 'go', status]);
});

test('the form for a new user, the console’s own sign-in and out, and an upload', async () => {
  const { console } = stack.addresses;
  const page = await ada.agent.visit(`${console}/users/new`);
  const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.text())?.[1] ?? '';
  const fields = {
    csrf_token,
    name: 'Marie Curie',
    email: 'marie@acme.example',
    department: 'Engineering',
    role: 'Member',
  };
  const user = await seen('POST', '/users', () => ada.agent.submit(`${console}/users`, fields));
  expect([user.action, user.title, user.status]).toEqual(['user.create', 'Create the user "Marie Curie"', 303]);

  const body = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.ipa"\r\n\r\nPK\r\n--x--\r\n';
  const upload = await seen('POST', '/api/apps', () =>
    ada.agent.send(`${console}/api/apps`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'x-csrf-token': csrf_token },
    }),
  );
  expect([upload.action, upload.status]).toEqual(['app.upload', 201]);

  const out = await seen('POST', '/logout', () => ada.agent.submit(`${console}/logout`, { csrf_token }));
  expect([out.action, out.verdict]).toEqual(['console.logout', 'go']);
  const back = await seen('POST', '/login', () => ada.enterConsole());
  expect([back.action, back.verdict]).toEqual(['console.login', 'go']);
});

test('wipe, bulk wipe and bulk retire: all targets counted from the body', async () => {
  const cases: [string, Record<string, unknown>, string, string[]][] = [
    ['/api/devices/d-0201/wipe', { pin: '123456', reason: 'Lost' }, 'device.wipe', ['d-0201']],
    ['/api/devices/bulk', { command: 'wipe', ids: ['d-0203', 'd-0202'] }, 'device.wipe', ['d-0202', 'd-0203']],
    ['/api/devices/bulk', { command: 'retire', ids: ['d-0204'] }, 'device.retire', ['d-0204']],
  ];
  for (const [path, body, action, ids] of cases) {
    const refused = (await nothingArrives(stack, () => ada.call('POST', path, body))).json<RefusalProblem>();
    expect(refused.action?.name).toBe(action);
    expect(refused.targets?.map(({ id }) => id).sort()).toEqual(ids);
    await granted(ada, grace, { action, targets: ids.map(device) });
    const { hold = '' } = (await ada.call('POST', path, body)).json<RefusalProblem>();
    await ada.signHold(hold);
    const done = await ada.call('POST', path, body, { 'x-sallyport-hold': hold });
    expect([path, done.status]).toEqual([path, 202]);
  }
  // A list that names a device twice has two readings: one device, or two acts on it.
  const twice = await nothingArrives(stack, () =>
    ada.call('POST', '/api/devices/bulk', { command: 'wipe', ids: ['d-0203', 'd-0203'] }),
  );
  expect(twice.json()).toMatchObject({ status: 400, reason: 'body.unreadable' });
});

test('reads that nobody described are allowed to admins, under their own name', async () => {
  const row = await seen('GET', '/help/shortcuts?page=2', () => ada.call('GET', '/help/shortcuts?page=2'));
  expect([row.action, row.verdict, row.status]).toEqual(['unknown.read', 'go', 404]);
});

test.each([
  ['POST', '/api/devices/d-0142/unenrol'],
  ['PUT', '/api/devices/d-0142'],
  ['DELETE', '/api/devices/d-0142'],
  ['POST', '/api/devices/d-0142/wipe/'],
  ['POST', '/api/Devices/d-0142/wipe'],
  ['POST', '/api/devices/d-0142/wipe?all=1'],
  ['GET', '/api/devices/d-0142/wipe'],
  ['OPTIONS', '/api/devices'],
  ['POST', '/'],
])('%s %s is not described: refused, also with a fresh step-up', async (method, path) => {
  const body = method === 'POST' || method === 'PUT' ? {} : undefined;
  const answer = await nothingArrives(stack, () => ada.call(method, path, body));
  expect([answer.status, answer.json().reason]).toEqual([403, 'policy.forbidden']);
  expect(answer.json<RefusalProblem>().action?.name).toBe('unknown.write');
});

test('no page or script of the console names a path that is not tried here', () => {
  const root = join(import.meta.dirname, '../../demo/console');
  const files = ['static', 'pages'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => /\.(js|ts)$/.test(name))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  );
  /** Quoted paths, ids and queries left out. */
  const shape = (path: string) =>
    path
      .replace(/\?.*$/, '')
      .replace(/\$\{[^}]*\}|:id|\b[dpau]-\d+/g, '*')
      .replace(/(.)\/$/, '$1');
  const named = new Set<string>();
  for (const text of files)
    for (const [, path = ''] of text.matchAll(
      /["'`](\/(?:api|ws|users|devices|profiles|apps|events|login|logout)\b[^"'`\s<>]*)/g,
    ))
      named.add(shape(path));
  const tried = new Set(
    [
      ...READS.map(([path]) => path),
      ...WRITES.map(([, path]) => path),
      '/logout',
      '/api/stream',
      '/ws/events',
      '/api/devices/d-1/wipe',
    ].map(shape),
  );
  expect(named.size).toBeGreaterThan(15);
  expect([...named].filter((path) => !tried.has(path))).toEqual([]);
});
