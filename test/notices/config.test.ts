// The settings of notices: every fault says where and what to do, no secret stands in the file or in a fault.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { type ConfigFault, ConfigFaults, loadConfig } from '../../src/config/load.ts';
import { NOTICE_EVENTS } from '../../src/notices/notice.ts';
import { startMailServer, startReceiver } from './kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-notices-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
copyFileSync(join(import.meta.dirname, 'tls/cert.pem'), join(folder, 'ca.pem'));

const BASE = `portal: { origin: https://access.example.com }
oidc: { issuer: https://idp.example.com, clientId: sallyport, clientSecret: { env: OIDC } }
consoles:
  - { id: main, name: Main MDM, origin: https://mdm.example.com, upstream: https://10.0.0.5:8443, pack: acme-mdm }
`;
const NOTICES = `notices:
  channels:
    - { id: mail, kind: email, smtp: { env: SMTP }, from: Sallyport <sallyport@example.com>, ca: ca.pem }
    - { id: chat, kind: slack, url: { env: CHAT } }
    - { id: siem, kind: webhook, url: { env: SIEM }, secret: { env: KEY } }
  routes:
    - { to: approvers, channels: [mail, chat] }
    - { to: requester, events: [grant.*, hold.denied], channels: [mail] }
    - { to: [mdm-approvers], channels: [siem] }
    - { to: operators, channels: [mail] }
  addresses: { mdm-approvers: [approvers@example.com] }
  operators: [ops@example.com]
`;
const environment = {
  OIDC: 'canary-oidc',
  SMTP: 'smtps://user:canary-smtp@mail.example.com',
  CHAT: 'https://hooks.example.com/canary-chat',
  SIEM: 'https://siem.example.com/canary-siem',
  KEY: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
};
const file = join(folder, 'sallyport.yaml');
const load = (text: string, env: Record<string, string> = environment) => {
  writeFileSync(file, text);
  return loadConfig(file, env);
};
const faultsOf = (text: string, env?: Record<string, string>): readonly ConfigFault[] => {
  try {
    load(text, env);
  } catch (error) {
    if (error instanceof ConfigFaults) return error.faults;
    throw error;
  }
  return [];
};

test('without it nobody is told anything', () => {
  expect(load(BASE).notices).toEqual({ channels: [], routes: [], book: { groups: {}, operators: [] } });
});

test('a full one, with secrets read', () => {
  const { channels, routes, book } = load(BASE + NOTICES).notices;
  expect(channels.map(({ id, kind }) => `${id} ${kind}`)).toEqual(['mail email', 'chat slack', 'siem webhook']);
  expect(channels[0]).toMatchObject({ smtp: environment.SMTP, ca: expect.stringContaining('BEGIN CERTIFICATE') });
  expect(routes[0]?.events).toBeNull();
  expect(routes[1]?.events).toEqual([...NOTICE_EVENTS.filter((kind) => kind.startsWith('grant.')), 'hold.denied']);
  expect(book).toEqual({ groups: { 'mdm-approvers': ['approvers@example.com'] }, operators: ['ops@example.com'] });
});

describe('faults', () => {
  test.each<[string, (text: string) => string, string, RegExp]>([
    [
      'unknown channel',
      (text) => text.replace('[mail, chat]', '[mail, chta]'),
      'notices.routes.0.channels',
      /no channel chta/,
    ],
    ['same id twice', (text) => text.replace('id: chat', 'id: siem'), 'notices.channels.2.id', /two channels/],
    ['no route', (text) => text.replace(/ {2}routes:[\s\S]*?(?= {2}addresses)/, ''), 'notices.channels', /no route/],
    [
      'no address of a group',
      (text) => text.replace('to: [mdm-approvers], channels: [siem]', 'to: [mdm-leads], channels: [mail]'),
      'notices.routes.2.to',
      /mdm-leads/,
    ],
    [
      'no operators',
      (text) => text.replace('  operators: [ops@example.com]\n', ''),
      'notices.routes.3.to',
      /notices.operators/,
    ],
    [
      'an event that is none',
      (text) => text.replace('hold.denied', 'hold.refused'),
      'notices.routes.1.events.1',
      /write events such as/,
    ],
    [
      'nobody',
      (text) => text.replace('to: requester', 'to: everybody'),
      'notices.routes.1.to',
      /approvers, requester, operators/,
    ],
    [
      'a kind that is none',
      (text) => text.replace('kind: slack', 'kind: pager'),
      'notices.channels.1.kind',
      /email, slack, teams or webhook/,
    ],
    [
      'a secret in the file',
      (text) => text.replace('{ env: CHAT }', 'https://hooks.example.com/x'),
      'notices.channels.1.url',
      /never the value itself/,
    ],
    [
      'two addresses in one',
      (text) => text.replace('ops@example.com', '"a@x.test, b@x.test"'),
      'notices.operators.0',
      /one mail address/,
    ],
    [
      'a line break in the sender',
      (text) => text.replace('Sallyport <sallyport@example.com>', '"Sallyport\\nBcc: x@y.test"'),
      'notices.channels.0.from',
      /write an address/,
    ],
    ['no certificate', (text) => text.replace('ca.pem', 'none.pem'), 'notices.channels.0.ca', /certificate/],
    ['a setting that is none', (text) => text.replace('operators:', 'operator:'), 'notices.operator', /not a setting/],
  ])('%s', (_, change, at, what) => {
    const text = change(BASE + NOTICES);
    expect(text).not.toBe(BASE + NOTICES);
    const fault = faultsOf(text).find((one) => one.at === at);
    expect(fault?.what).toMatch(what);
    expect(fault?.line).toBeGreaterThan(4);
  });

  test.each<[string, string, string]>([
    ['SMTP', 'https://canary', 'notices.channels.0.smtp'],
    ['CHAT', 'http://hooks.example.com/canary', 'notices.channels.1.url'],
    ['CHAT', 'https://user:canary@hooks.example.com/', 'notices.channels.1.url'],
    ['SIEM', 'canary', 'notices.channels.2.url'],
    ['KEY', 'whsec_canary', 'notices.channels.2.secret'],
    ['KEY', '', 'notices.channels.2.secret'],
  ])('%s that is %j is told without its value', (name, value, at) => {
    const faults = faultsOf(BASE + NOTICES, { ...environment, [name]: value });
    expect(faults.map((fault) => fault.at)).toEqual([at]);
    expect(JSON.stringify(faults)).not.toContain('canary');
  });
});

describe('sallyport notices test', () => {
  const run = async (...args: string[]) => {
    const program = join(import.meta.dirname, '../../src/main.ts');
    const env = { PATH: '', OIDC: 'x', SMTP: smtp, CHAT: chat };
    return promisify(execFile)(process.execPath, [program, 'notices', 'test', '-c', file, ...args], { env }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        out: error.stdout + error.stderr,
      }),
    );
  };
  let smtp = '';
  let chat = '';

  test('sends over each channel and says what came back, and no address of a channel', async () => {
    const mails = await startMailServer();
    const well = await startReceiver((res) => void res.writeHead(200).end('ok'));
    const broken = await startReceiver((res) => void res.writeHead(403).end());
    try {
      smtp = `smtp://localhost:${mails.port}`;
      chat = well.url;
      const text = NOTICES.split('\n')
        .filter((line) => !line.includes('siem'))
        .join('\n');
      writeFileSync(file, BASE + text);
      const first = await run('--json');
      expect(JSON.parse(first.out.slice(first.out.indexOf('{')))).toMatchObject({
        ok: true,
        results: [
          { channel: 'mail', taken: true },
          { channel: 'chat', taken: true },
        ],
      });
      expect(first.code).toBe(0);
      expect(mails.mails.map(({ to }) => to)).toEqual([['ops@example.com']]);
      expect(well.received[0]?.body).toContain('This is a test');
      chat = broken.url;
      const second = await run('--channel', 'chat');
      expect(second.code).toBe(1);
      expect(second.out).toMatch(/chat.*not taken.*answered 403/);
      expect(second.out).not.toContain('canary');
      expect((await run('--channel', 'pager')).code).toBe(2);
    } finally {
      for (const one of [mails, well, broken]) await one.close();
    }
  });
});

test('the example in the documented configuration is sound when it is switched on', () => {
  const example = readFileSync(join(import.meta.dirname, '../../config/sallyport.example.yaml'), 'utf8');
  const [, block = ''] = /^notices: \{\}\n((?:#.*\n)+)/m.exec(example) ?? [];
  expect(block).toContain('channels:');
  const text = `${BASE}notices:\n${block.replaceAll(/^#/gm, '')}`.replace('{ file: siem.secret }', '{ env: KEY }');
  const env = {
    ...environment,
    SALLYPORT_SMTP_URL: environment.SMTP,
    SALLYPORT_CHAT_URL: environment.CHAT,
    SALLYPORT_SIEM_URL: environment.SIEM,
  };
  expect(load(text, env).notices.channels).toHaveLength(3);
});
