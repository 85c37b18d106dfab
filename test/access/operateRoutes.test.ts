// What operators read, and the gate in front of every route: a route cannot forget a right, an answer cannot hold too much.
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Router } from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { go } from '../../src/kernel/verdict.ts';
import { serve } from '../../src/portal/api/serve.ts';
import { createPortalApp } from '../../src/portal/app.ts';
import { NoticeReport, ObservedReport, PolicyView } from '../../src/portal/contract/operate.ts';
import { listPasskeys } from '../../src/portal/endpoints/passkeys.ts';
import { listSessions } from '../../src/portal/endpoints/sessions.ts';
import { ORIGIN, openPortal, type Person, type Portal } from './portal.ts';

let portal: Portal;
let otto: Person;
let ada: Person;
beforeAll(async () => {
  portal = await openPortal();
  [otto, ada] = [await portal.person('otto'), await portal.person('ada')];
});
afterAll(() => portal.stop());

describe('operators', () => {
  test('read the policies, what consoles only observe, and notices', async () => {
    expect(PolicyView.parse((await otto.get('/api/policy')).body).consoles).toEqual([
      { id: 'acme', name: 'Acme MDM', mode: 'enforce' },
    ]);
    const report = ObservedReport.parse((await otto.get('/api/policy/observed?from=1000&to=2000')).body);
    expect([report.from, report.to]).toEqual([1000, 2000]);
    const week = ObservedReport.parse((await otto.get('/api/policy/observed')).body);
    expect(week.to - week.from).toBe(7 * 24 * 3_600_000);
    NoticeReport.parse((await otto.get('/api/notices')).body);
  });

  test('each look at the report is in the journal', async () => {
    await otto.get('/api/policy/observed?from=5&to=6&console=acme');
    const told = (await portal.world.redis.journalEvents()).filter(({ kind }) => kind === 'recording.viewed');
    expect(told.at(-1)).toMatchObject({
      actor: 'https://idp.test#otto',
      facts: { what: 'observed', from: 5, to: 6, console: 'acme' },
    });
  });

  test('retry a notice once; a second time it is not there any more', async () => {
    expect((await otto.post('/api/notices/ntc_1/retry')).status).toBe(204);
    expect((await otto.post('/api/notices/ntc_1/retry')).status).toBe(404);
    expect(portal.answered.has('retryNotice 204')).toBe(true);
  });

  test('nobody else does', async () => {
    for (const path of ['/api/policy', '/api/policy/observed', '/api/notices'])
      expect((await ada.get(path)).status, path).toBe(403);
    expect((await ada.post('/api/notices/ntc_1/retry')).status).toBe(403);
  });
});

describe('the gate', () => {
  /** An app with careless routes, for one person with these rights. */
  const careless = async (path: string, answer: unknown, rights: readonly string[] = []) => {
    const router = Router();
    router.get('/api/secret', (_req, res) => void res.json({ secret: 'x' }));
    router.get('/api/sessions', (_req, res) => void res.json({ secret: 'x' }));
    router.get('/api/freezes', (_req, res) => void res.status(203).json([]));
    serve(router, listPasskeys, () => answer as never);
    const faults: string[] = [];
    const session = {
      ...{ id: 'ses_1', principal: { id: 'i#a', name: 'a', groups: [] }, startedAt: 1, authenticatedAt: 1 },
      ...{ absoluteUntil: 2, steppedUpAt: null, epoch: 'e' },
    };
    const app = createPortalApp({
      ...{ portalOrigin: ORIGIN, staticDir: '/nowhere', routes: [router] },
      may: (_principal, right) => rights.includes(right),
      sessions: { find: async () => go(session), touch: () => undefined },
      log: { error: (facts) => void faults.push(JSON.stringify(facts)) },
    });
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const [status, text] = await new Promise<[number, string]>((resolve, reject) => {
      get({ port, path, host: '127.0.0.1', headers: { cookie: '__Host-sallyport=x' }, agent: false }, (res) => {
        let body = '';
        res.on('data', (chunk) => {
          body += String(chunk);
        });
        res.on('end', () => resolve([res.statusCode ?? 0, body]));
      }).on('error', reject);
    });
    await new Promise((resolve) => server.close(resolve));
    return { status, text, faults };
  };
  const PASSKEY = { id: 'a', name: 'b', createdAt: 1, lastUsedAt: null, backedUp: false };

  test('a route that the table does not have is not answered', async () => {
    expect(await careless('/api/secret', [])).toMatchObject({ status: 404, text: expect.not.stringContaining('"x"') });
  });

  test('a route that forgot its right is guarded all the same', async () => {
    expect(listSessions.rights).toEqual(['recording.view']);
    expect((await careless('/api/sessions', [])).status).toBe(403);
  });

  test('members that the schema does not know do not leave', async () => {
    const { status, text } = await careless('/api/passkeys', [{ ...PASSKEY, publicKey: 'secret' }]);
    expect([status, JSON.parse(text)]).toEqual([200, [PASSKEY]]);
  });

  test('an answer of another shape is a failure that tells nobody what stood there', async () => {
    const wrong = await careless('/api/passkeys', [{ ...PASSKEY, name: { secret: 'hunter2' } }]);
    expect(wrong.status).toBe(500);
    expect(wrong.text).not.toContain('hunter2');
    expect(wrong.faults.join()).toContain('0.name');
    expect(wrong.faults.join()).not.toContain('hunter2');
    const other = await careless('/api/sessions', [], ['recording.view']);
    expect([other.status, other.text.includes('"x"')]).toEqual([500, false]);
  });

  test('an answer with another status is a failure', async () => {
    expect((await careless('/api/freezes', [])).status).toBe(500);
  });
});
