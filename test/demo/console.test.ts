import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DemoConsole } from '../../demo/console/server.ts';
import { type SignedIn, signIn, startConsole } from './kit.ts';

let console_: DemoConsole;
let me: SignedIn;

beforeAll(async () => {
  console_ = await startConsole();
  me = await signIn(console_.origin);
});
afterAll(() => console_.close());

async function wipes(id: string): Promise<unknown> {
  return ((await (await me.get(`/api/devices/${id}`)).json()) as { wipes: unknown }).wipes;
}

describe('login', () => {
  test('a page without a session redirects to the login by an absolute address made from Host', async () => {
    const answer = await fetch(`${console_.origin}/devices?search=marie`, { redirect: 'manual' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe(`${console_.origin}/login?next=%2Fdevices%3Fsearch%3Dmarie`);
  });

  test('the API without a session answers 401 JSON and never redirects', async () => {
    const answer = await fetch(`${console_.origin}/api/devices`, { redirect: 'manual' });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ error: 'Sign in first' });
  });

  test('a wrong password gets no cookie, and another site as the next page is ignored', async () => {
    const post = (fields: Record<string, string>) =>
      fetch(`${console_.origin}/login`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
    const wrong = await post({ user: 'demo', password: 'nope' });
    expect(wrong.status).toBe(401);
    expect(wrong.headers.getSetCookie()).toEqual([]);
    const away = await post({ user: 'demo', password: 'demo', next: '//evil.example/' });
    expect(away.headers.get('location')).toBe(`${console_.origin}/`);
    expect(away.headers.getSetCookie()[0]).toMatch(/^acme_session=[\w-]{43}; Path=\/; HttpOnly/);
  });

  test('every page has a policy with a fresh nonce that all its scripts carry', async () => {
    const seen = new Set<string>();
    for (const path of ['/', '/devices', '/devices/d-0142', '/users', '/users/new', '/profiles', '/apps', '/events']) {
      const answer = await me.get(path);
      expect(answer.status).toBe(200);
      const nonce = /script-src 'nonce-([^']+)';/.exec(answer.headers.get('content-security-policy') ?? '')?.[1];
      const scripts = (await answer.text()).match(/<script[^>]*>/g) ?? [];
      expect(scripts.length).toBeGreaterThan(1);
      for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
      seen.add(nonce ?? '');
    }
    expect(seen.size).toBe(8);
  });
});

describe('acts', () => {
  test('the seed has 500 devices, and d-0142 is the only "iPad of Marie"', async () => {
    const all = (await (await me.get('/api/devices?size=500')).json()) as {
      total: number;
      devices: { id: string; name: string }[];
    };
    expect(all.total).toBe(500);
    expect(all.devices).toHaveLength(500);
    expect(all.devices.filter((device) => device.name === 'iPad of Marie').map((device) => device.id)).toEqual([
      'd-0142',
    ]);
  });

  test('a wipe needs the session CSRF token', async () => {
    const without = await fetch(`${console_.origin}/api/devices/d-0142/wipe`, {
      method: 'POST',
      headers: { cookie: me.cookie, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(without.status).toBe(403);
    expect(await wipes('d-0142')).toBe(0);
  });

  test('a wipe is counted, shown and announced in words', async () => {
    const answer = await me.act('POST', '/api/devices/d-0142/wipe', { reason: 'Lost in taxi', pin: '123456' });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({
      message: 'Wipe command sent to iPad of Marie',
      device: { id: 'd-0142', status: 'Wiped', wipes: 1 },
    });
    await me.act('POST', '/api/devices/d-0142/wipe', {});
    expect(await wipes('d-0142')).toBe(2);
  });

  test('a bulk wipe hits each named device once, or none when one is unknown', async () => {
    const ids = ['d-0001', 'd-0002', 'd-0001'];
    expect((await me.act('POST', '/api/devices/bulk', { command: 'wipe', ids: [...ids, 'd-9999'] })).status).toBe(404);
    expect(await wipes('d-0001')).toBe(0);
    const answer = await me.act('POST', '/api/devices/bulk', { command: 'wipe', ids });
    expect(await answer.json()).toMatchObject({ message: 'Wipe command sent to 2 devices', ids: ['d-0001', 'd-0002'] });
    expect([await wipes('d-0001'), await wipes('d-0002'), await wipes('d-0003')]).toEqual([1, 1, 0]);
  });

  test('lock, rename, profiles, users answer with what they did', async () => {
    const messages: unknown[] = [];
    for (const [method, path, body] of [
      ['POST', '/api/devices/d-0010/lock', { message: 'Call us' }],
      ['PATCH', '/api/devices/d-0010', { name: 'Front desk' }],
      ['POST', '/api/devices/d-0010/profiles', { profile_id: 'p-06' }],
      ['DELETE', '/api/devices/d-0010/profiles/p-06', undefined],
      ['POST', '/api/users', { name: 'Ada Byron', email: 'ada.byron@acme.example' }],
      ['POST', '/api/profiles', { name: 'Quiet hours', kind: 'Restrictions' }],
    ] as const) {
      const answer = await me.act(method, path, body);
      expect(answer.ok).toBe(true);
      messages.push(((await answer.json()) as { message: unknown }).message);
    }
    expect(messages).toEqual([
      expect.stringMatching(/^Lock command sent to /),
      'Renamed to Front desk',
      'Kiosk: showroom installed on Front desk',
      'Kiosk: showroom removed from Front desk',
      'Ada Byron added',
      'Quiet hours created',
    ]);
  });

  test('the user form needs its token and ends in an absolute 303', async () => {
    const post = (token: string) =>
      fetch(`${console_.origin}/users`, {
        method: 'POST',
        headers: { cookie: me.cookie },
        body: new URLSearchParams({ csrf_token: token, name: '<b>Eve</b>', email: 'eve@acme.example' }),
        redirect: 'manual',
      });
    expect((await post('wrong')).status).toBe(403);
    const answer = await post(me.csrf);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(`${console_.origin}/users?added=u-`);
  });
});

test('every request is logged as received, with cookie names and never their values', async () => {
  const logFile = join(tmpdir(), `demo-console-${process.pid}.jsonl`);
  const other = await startConsole(logFile);
  try {
    const guest = await signIn(other.origin);
    await guest.act('POST', '/api/devices/d-0007/lock?x=%2e%2E', { message: 'hi' });
    const entry = other.log.at(-1);
    expect(entry).toMatchObject({
      kind: 'request',
      method: 'POST',
      target: '/api/devices/d-0007/lock?x=%2e%2E',
      cookieNames: ['acme_session'],
      body: { size: 16, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      complete: true,
    });
    expect(entry?.headers).toContainEqual(['content-type', 'application/json']);
    await other.close();
    const lines = await readFile(logFile, 'utf8');
    expect(lines.trim().split('\n')).toHaveLength(other.log.length);
    for (const secret of [guest.cookie.split('=')[1] ?? '?', guest.csrf]) expect(lines).not.toContain(secret);
  } finally {
    await other.close();
    await rm(logFile, { force: true });
  }
});
