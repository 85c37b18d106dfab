// After a whole story no secret of it stands in anything that the gateway keeps: log, recordings, journal, index, ledger.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import { until } from '../kit/arrivals.ts';
import { admin, approver, device, granted, type Person } from '../kit/people.ts';
import { consoleToken } from '../kit/stack.ts';
import { openSocket } from '../kit/streams.ts';
import { createUserAgent } from '../kit/userAgent.ts';
import { CLIENT_SECRET, type House, startHouse } from './house.ts';
import { journalOf } from './journal.ts';
import { recordedLines } from './readRecordings.ts';

const PIN = '918273';
const PASSWORD = 'canary-password-77aa';
const UNKNOWN = 'canary-in-an-unknown-write';

/** What the console answers to some reads, besides what the demo console does: secrets, as consoles write them. */
const ANSWERED = 'canary-answered-3f9e';
const ANSWERS: { readonly [path: string]: unknown } = {
  '/api/hints': {
    said: 'answered in front of the console',
    settings: [{ name: 'wifi_password', value: `${ANSWERED}-pair` }],
    profile: Buffer.from(`<dict><key>Password</key><string>${ANSWERED}-profile</string></dict>`).toString('base64'),
    script: `#!/bin/sh\nexport API_TOKEN=${ANSWERED}-script\n`,
    link: `https://mdm.example/enroll?token=${ANSWERED}-link`,
    nested: JSON.stringify({ deep: [{ FileVaultRecoveryKey: `${ANSWERED}-nested` }] }),
  },
  '/api/stats': { said: 'counted in front of the console', columns: ['id', 'otp'], rows: [[1, `${ANSWERED}-column`]] },
};

/** In front of the demo console: answers some reads itself, and passes on everything else. */
function startFront(port: () => number): Promise<Server> {
  const server = createServer((req, res) => {
    const answer = ANSWERS[req.url ?? ''];
    if (answer !== undefined) {
      const body = gzipSync(JSON.stringify(answer));
      res.writeHead(200, {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'set-cookie': `x=${ANSWERED}-cookie`,
      });
      res.end(body);
      return;
    }
    const { method, url: path, headers } = req;
    const onward = request({ host: '127.0.0.1', port: port(), method, path, headers }, (got) => {
      res.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  server.on('upgrade', (req, socket) => {
    const onward = connect(port(), '127.0.0.1', () => {
      const lines = req.rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${req.rawHeaders[at + 1]}`] : []));
      onward.write(`GET ${req.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

let house: House;
let front: Server;
const secrets = new Map<string, string>([
  ['client secret', CLIENT_SECRET],
  ['console password', PASSWORD],
  ['wipe pin', PIN],
  ['body of an unknown write', UNKNOWN],
  ['what the console answered', ANSWERED],
]);
const keepCookies = (who: string, person: Pick<Person, 'agent'>) => {
  for (const origin of [house.addresses.portal, house.addresses.console])
    for (const [name, value] of person.agent.cookiesOf(new URL(origin).host))
      if (value.length >= 16) secrets.set(`${who}: cookie ${name} of ${origin}`, value);
};

beforeAll(async () => {
  front = await startFront(() => house.port + 11);
  const { port } = front.address() as AddressInfo;
  const settings = 'redis: { commandTimeout: 1s }\nlog: { level: debug }\n';
  house = await startHouse({ settings, upstream: `http://127.0.0.1:${port}` });
  await house.startConsole();
});
afterAll(async () => {
  await house?.close();
  front?.closeAllConnections();
  front?.close();
});

/** A login by hand, so that what passes in addresses can be kept. */
async function loginByHand(): Promise<void> {
  const agent = createUserAgent();
  let answer = await agent.send(`${house.addresses.portal}/login?to=/`, { navigate: true });
  for (let hops = 0; hops < 15; hops += 1) {
    const location = answer.headers.location;
    if (location === undefined) {
      const action = /<form method="post" action="([^"]+)"/.exec(answer.text())?.[1];
      if (action === undefined) break;
      answer = await agent.send(new URL(action, answer.url).href, {
        method: 'POST',
        navigate: true,
        body: 'person=ada',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      });
      continue;
    }
    const to = new URL(location, answer.url);
    for (const name of ['code', 'state', 'nonce', 'code_challenge']) {
      const value = to.searchParams.get(name);
      if (value !== null) secrets.set(`${name} of ${to.pathname}`, value);
    }
    keepCookies(`hop ${hops}`, { agent });
    answer = await agent.send(to.href, { navigate: true });
  }
  expect(answer.status).toBe(200);
  // The same code a second time, and a made-up one: refusals are written down too.
  const state = secrets.get('state of /callback');
  const code = secrets.get('code of /callback');
  expect([typeof code, typeof state]).toEqual(['string', 'string']);
  expect(
    (await agent.send(`${house.addresses.portal}/callback?code=${code}&state=${state}`, { navigate: true })).status,
  ).toBe(400);
}

test('nothing that the gateway keeps holds a secret of the story', async () => {
  await loginByHand();
  const ada = await admin(house, 'ada');
  const grace = await approver(house);
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
  const login = await ada.agent.send(`${house.addresses.console}/login`, {
    method: 'POST',
    navigate: true,
    body: `user=demo&password=${PASSWORD}&next=/`,
    headers: form,
  });
  expect(login.status).toBeLessThan(500);
  await ada.enterConsole();
  for (const [who, someone] of [
    ['ada', ada],
    ['grace', grace],
  ] as const) {
    keepCookies(who, someone);
    secrets.set(`${who}: portal CSRF token`, (await someone.me()).csrf);
  }
  secrets.set('console CSRF token', await consoleToken(house, ada.agent));

  await granted(ada, grace, { targets: [device('d-0142')] });
  const wipe = (hold?: string) =>
    ada.call(
      'POST',
      '/api/devices/d-0142/wipe',
      { pin: PIN, reason: 'Lost in a taxi' },
      hold === undefined ? {} : { 'x-sallyport-hold': hold },
    );
  const { hold = '' } = (await wipe()).json<RefusalProblem>();
  expect((await ada.signHold(hold)).status).toBe(200);
  expect((await wipe(hold)).status).toBe(202);
  expect((await wipe(hold)).status).toBe(403);
  expect((await ada.call('POST', '/api/unknown/thing', { secret: UNKNOWN })).status).toBe(403);
  await ada.call('GET', `/api/devices?token=${UNKNOWN}-in-query&password=${PASSWORD}`);
  for (const path of Object.keys(ANSWERS)) expect((await ada.call('GET', path)).status).toBe(200);
  // A secret in a place of a path that no entry knows: it would stand in the title.
  await ada.call('GET', `/EraseDevice/passcode/${UNKNOWN}/id/5`);
  expect((await ada.call('POST', `/EraseDevice/passcode/${UNKNOWN}/id/6`, {})).status).toBe(403);
  const socket = await openSocket(ada.agent, `${house.addresses.console}/ws/events`);
  await until(() => socket.messages.length > 0);
  socket.close();
  expect((await ada.post('/api/logout')).status).toBe(204);

  // What the index is made of comes a moment later.
  await until(() => statSync(join(house.dataDir, 'ledger/checkpoint'), { throwIfNoEntry: false }) !== undefined);
  await new Promise((wake) => setTimeout(wake, 1500));
  const kept = new Map<string, string>();
  for (const entry of readdirSync(house.dataDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    // Redis's own file holds live state (what a console's CSRF token is bound to, one-time values); its journal is read below.
    if (entry.isFile() && !path.startsWith(join(house.dataDir, 'redis'))) kept.set(path, readFileSync(path, 'latin1'));
  }
  // Nobody without the key reads them, and whoever has it finds no secret either.
  kept.set('recordings, decrypted', JSON.stringify(await recordedLines(house.dataDir)));
  kept.set('journal', JSON.stringify(await journalOf(house.redisSocket)));
  const names = [...kept.keys()].join('\n');
  for (const wanted of ['gateway.log', 'index.sqlite', 'ledger/checkpoint', 'recordings', 'journal'])
    expect(names).toContain(wanted);
  // The story is in there, or this test could not fail.
  const all = [...kept.values()].join('\n');
  expect(all).toContain('Lost in a taxi');
  expect(all).toContain('/api/devices/d-0142/wipe');
  expect(all).toContain('answered in front of the console');
  expect(all).toContain('counted in front of the console');
  expect(all).toContain('/EraseDevice/passcode/[redacted]/id/6');

  expect(secrets.size).toBeGreaterThan(15);
  const found: string[] = [];
  for (const [what, secret] of secrets)
    for (const [where, text] of kept)
      if (written(secret).some((one) => text.includes(one)))
        found.push(`${what} in ${where.replace(house.dataDir, '')}`);
  expect(found).toEqual([]);
  console.log(
    `${secrets.size} secrets looked for in ${kept.size} places (${Math.round(all.length / 1024)} KiB): none found`,
  );
});

/** A secret as it may stand somewhere. Base64 of what it stands in begins at any of three places. */
function written(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const inside = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(before === 0 ? 0 : 4)
      .replace(/.{0,3}=*$/, ''),
  );
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('hex'),
    ...inside,
  ];
  return forms.filter((form) => form.length >= Math.min(8, secret.length));
}
