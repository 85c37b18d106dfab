// Rules about auditors, through the portal's front door with real policies, grants, journal and index: everything that they
// do is written down once, a reason may be required, and looking itself may need somebody else's approval.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Express } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EMPTY_WISH } from '../../src/audit/index/search.ts';
import { createSessionIndex, type SessionIndex } from '../../src/audit/index/sessionIndex.ts';
import { createJournal, type Journal } from '../../src/audit/journal/journal.redis.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { sha256Base64url } from '../../src/kernel/ids.ts';
import type { Session } from '../../src/kernel/session.ts';
import { go, refuse } from '../../src/kernel/verdict.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import { createPortalApp } from '../../src/portal/app.ts';
import { createConsoleWords } from '../../src/portal/consoleWords.ts';
import { SearchPage } from '../../src/portal/contract/search.ts';
import { createRights } from '../../src/portal/rights.ts';
import { searchRoutes } from '../../src/portal/routes/search.ts';
import { sessionRoutes } from '../../src/portal/routes/sessions.ts';
import { createTold } from '../../src/portal/told.ts';
import { createViewing } from '../../src/portal/viewing.ts';
import { openWorld, RULE, type World } from '../access/kit.ts';
import { KEYS, storePart, T0 } from './recordingKit.ts';
import { act } from './searchKit.ts';

const ORIGIN = 'https://access.example.com';
const POLICIES = {
  free: '@id("look") @why("Auditors look.") permit(principal in Group::"auditors", action == Action::"recording.view", resource is Portal);',
  granted:
    '@id("look") @why("Auditors look when approved.") permit(principal in Group::"auditors", action == Action::"recording.view", resource is Portal) when { context.granted };',
} as const;
const base = mkdtempSync(join(tmpdir(), 'sallyport-viewing-'));
let world: World;
let index: SessionIndex;
let journal: Journal;
let linus: Session;
let mallory: Session;
let grace: Session;

beforeAll(async () => {
  world = await openWorld({
    approvals: [{ ...RULE, match: { ...RULE.match, consoles: ['portal'], actions: ['recording.view'] } }],
    commandTimeout: 20_000,
  });
  linus = await world.login('linus', ['auditors']);
  mallory = await world.login('mallory', ['staff']);
  grace = await world.login('grace');
  const dir = join(base, 'recordings');
  const lines = ['ses_1', 'ses_2'].map((session) => [
    { type: 'open' as const, ...act(`exc_${session}`, { session, at: T0, title: 'Wipe 1 device: iPad of Marie' }) },
  ]);
  await storePart(dir, 'ses_1/gw_1-000001', lines[0] ?? [], 10);
  await storePart(dir, 'ses_2/gw_1-000001', lines[1] ?? [], 10);
  index = createSessionIndex({ file: join(base, 'index.sqlite'), dir, ...KEYS, onError: () => undefined });
  const { scripts, client, keys } = world.redis;
  journal = createJournal({ scripts, client, keys, mentions: index.mentions });
  index.start();
  for (const until = performance.now() + 60_000; ; ) {
    await index.settled();
    const { hits } = await index.search(EMPTY_WISH, null).catch(() => ({ hits: [] }));
    if (hits.length === 2) break;
    if (performance.now() > until) throw new Error('never indexed');
  }
}, 120_000);
afterAll(async () => {
  await index.close();
  await world.redis.stop();
  rmSync(base, { recursive: true, force: true });
});

function portal(policy: keyof typeof POLICIES, reason: 'required' | 'optional' = 'optional') {
  const dir = join(base, `policies-${policy}`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'portal.cedar'), POLICIES[policy]);
  const { allows } = createPolicy({ dir, actions: [{ name: 'device.wipe', risk: 'destructive' }] });
  const words = createConsoleWords({ consoles: [], actionsOf: () => new Map() });
  const rights = createRights({ allows, words, networks: [] });
  const events: AuditEvent[] = [];
  const heard = {
    append: async (event: AuditEvent) => {
      const told = await journal.append(event);
      events.push(event);
      return told;
    },
  };
  const { client, keys, pulse } = world.redis;
  const viewing = createViewing({
    ...{ rights, activeFor: world.grants.activeFor, client, keys, journal: heard, reason, keep: 60_000 },
  });
  const told = createTold(heard, { reasonOf: viewing.reasonOf });
  const people = new Map([linus, mallory, grace].map((session) => [session.principal.name, session]));
  const app: Express = createPortalApp({
    ...{ portalOrigin: ORIGIN, staticDir: base, log: { error: () => undefined }, may: rights.may, viewing },
    sessions: {
      find: async (secret) => {
        const session = people.get(secret ?? '');
        return session ? go(session) : refuse('session.missing', 'none');
      },
      touch: () => undefined,
    },
    routes: [
      sessionRoutes({ index, journal, told }),
      searchRoutes({ index, consoles: [{ id: 'mdm', name: 'Acme MDM' }], told, viewing, clock: pulse.clock }),
    ],
  });
  const get = (path: string, who = 'linus') =>
    request(app).get(path).set('Host', 'access.example.com').set('Cookie', `__Host-sallyport=${who}`);
  return { app, events, get, rights, viewing };
}

describe('everything an auditor does is written down', () => {
  test('a search with its text; the same again within the minute is the same search; going on is told once', async () => {
    const { get, events } = portal('free');
    const search = '/api/search?q=verdict:allowed+marie';
    const page = SearchPage.parse((await get(search)).body);
    expect(page.groups.map(({ session, hits }) => [session, hits.length])).toEqual([
      ['ses_2', 1],
      ['ses_1', 1],
    ]);
    expect(page.marks).toEqual(['marie']);
    await get(search);
    for (let n = 0; n < 5; n += 1) await get(`${search}&cursor=1`);
    expect(events.map(({ kind, facts }) => [kind, facts])).toEqual([
      ['sessions.searched', { q: 'verdict:allowed marie' }],
      ['sessions.searched', { q: 'verdict:allowed marie', further: true }],
    ]);
    expect(events[0]).toMatchObject({ actor: linus.principal.id, session: linus.id });
  });

  test('typing is one event for each kind of thing that was suggested', async () => {
    const { get, events } = portal('free');
    for (const typed of ['d', 'de', 'dev', 'devi'])
      expect((await get(`/api/search/suggest?field=action&typed=${typed}`)).body.suggestions).toEqual([
        { value: 'device.wipe', says: null },
      ]);
    expect(events.map(({ facts }) => facts)).toEqual([{ suggestions: 'action' }]);
  });

  test('files, each time', async () => {
    const { get, events } = portal('free');
    for (const path of ['/api/search.csv?q=marie', '/api/sessions.csv?person=ada']) {
      for (let n = 0; n < 2; n += 1) {
        const file = await get(path);
        expect([file.status, file.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
        expect(file.text.trim().split('\r\n')).toHaveLength(3);
      }
    }
    expect(events.map(({ kind, facts }) => [kind, facts.form])).toEqual([
      ['sessions.searched', 'csv'],
      ['sessions.searched', 'csv'],
      ['sessions.listed', 'csv'],
      ['sessions.listed', 'csv'],
    ]);
  });

  test('what cannot be understood is said, and is no search; others are told nothing', async () => {
    const { get, events } = portal('free');
    const odd = await get('/api/search?q=after:soon+risk:huge');
    expect([odd.status, odd.body.reason, odd.body.faults.length]).toEqual([400, 'input.invalid', 2]);
    expect((await get('/api/search?q=x&cursor=nowhere')).status).toBe(400);
    for (const path of ['/api/search?q=marie', '/api/search.csv?q=marie', '/api/search/suggest?field=word&typed=m']) {
      const refused = await get(path, 'mallory');
      expect([refused.status, refused.body.reason]).toEqual([403, 'forbidden']);
      expect(refused.text).not.toMatch(/Marie/i);
    }
    expect(events).toEqual([]);
  });
});

describe('a reason that is required', () => {
  const PATHS = ['/api/sessions/ses_1', '/api/sessions/ses_1/exchanges', '/api/sessions/ses_1/exchanges/exc_ses_1'];

  test('nothing of a session is shown before; then it stands with every look, for this login and this session only', async () => {
    const { app, get, events, viewing } = portal('free', 'required');
    for (const path of PATHS) {
      const refused = await get(path);
      expect([path, refused.status, refused.body.reason]).toEqual([path, 403, 'view.reason']);
      expect(refused.text).not.toContain('Marie');
    }
    expect(events).toEqual([]);
    const csrf = sha256Base64url('linus\ncsrf');
    const give = (id: string, reason: string) =>
      request(app)
        .post(`/api/sessions/${id}/reason`)
        .set({ Host: 'access.example.com', Cookie: '__Host-sallyport=linus', Origin: ORIGIN, 'X-Sallyport-Csrf': csrf })
        .send({ reason });
    expect((await give('ses_1', ' ')).status).toBe(400);
    expect((await give('ses_none', 'Incident 7')).status).toBe(404);
    expect((await give('ses_1', 'Incident 7')).status).toBe(204);
    for (const path of PATHS) expect([path, (await get(path)).status]).toEqual([path, 200]);
    expect((await get('/api/sessions/ses_2')).body.reason).toBe('view.reason');
    expect(await viewing.reasonOf(grace, 'ses_1')).toBeNull();
    expect(events.map(({ kind, facts }) => [kind, facts.viewed, facts.reason])).toEqual([
      ['recording.reasoned', 'ses_1', 'Incident 7'],
      ...PATHS.map(() => ['recording.viewed', 'ses_1', 'Incident 7']),
    ]);
  });
});

test('a search finds it before the reason is given, and says where and what kind, not what stood there', async () => {
  const { app, get } = portal('free', 'required');
  const found = async () =>
    (await get('/api/search?q=marie')).body.groups.find(({ session }: { session: string }) => session === 'ses_2')
      .hits[0];
  expect(await found()).toMatchObject({ action: 'device.wipe', title: 'device.wipe', target: '' });
  const [line] = (await get('/api/search.csv?q=marie')).text.split('\n').filter((one) => one.includes('ses_2'));
  expect(line).not.toContain('iPad of Marie');
  await request(app)
    .post('/api/sessions/ses_2/reason')
    .set({ Host: 'access.example.com', Cookie: '__Host-sallyport=linus', Origin: ORIGIN })
    .set('X-Sallyport-Csrf', sha256Base64url('linus\ncsrf'))
    .send({ reason: 'Incident 8' });
  expect(await found()).toMatchObject({ title: 'Wipe 1 device: iPad of Marie' });
});

describe('looking that needs a grant', () => {
  const statusOf = async (get: ReturnType<typeof portal>['get'], path: string, who = 'linus') => {
    const { status, body } = await get(path, who);
    return [status, body.reason ?? null];
  };
  const ask = (targets: { kind: string; id: string }[]) => ({
    ...{ console: 'portal', actions: ['recording.view'], targets, title: 'Look at recorded sessions' },
  });

  test('without one the way to it is told; whom not even a grant would help is only refused', async () => {
    const { get, events, rights } = portal('granted');
    for (const path of ['/api/search?q=marie', '/api/sessions', '/api/sessions/ses_1', '/api/sessions.csv'])
      expect([path, await statusOf(get, path)]).toEqual([path, [403, 'grant.required']]);
    expect(await statusOf(get, '/api/sessions/ses_1', 'mallory')).toEqual([403, 'forbidden']);
    expect(events).toEqual([]);
    expect(rights.mayAsk(linus.principal, 'portal', 'recording.view', [{ kind: 'session', id: 'ses_1' }])).toBe(true);
    expect(rights.mayAsk(mallory.principal, 'portal', 'recording.view', [])).toBe(false);
  });

  test('one for a session shows that session; one for all shows all; when it ends it shows nothing', async () => {
    const { get } = portal('granted');
    const one = await world.active(linus, grace, ask([{ kind: 'session', id: 'ses_1' }]));
    expect(await statusOf(get, '/api/sessions/ses_1')).toEqual([200, null]);
    for (const path of ['/api/sessions/ses_2', '/api/sessions', '/api/search?q=marie'])
      expect([path, await statusOf(get, path)]).toEqual([path, [403, 'grant.required']]);
    await world.grants.end(one.id, linus);
    expect(await statusOf(get, '/api/sessions/ses_1')).toEqual([403, 'grant.required']);
    const all = await world.active(linus, grace, ask([{ kind: 'any', id: '*' }]));
    for (const path of ['/api/sessions/ses_2', '/api/sessions', '/api/search?q=marie'])
      expect([path, await statusOf(get, path)]).toEqual([path, [200, null]]);
    await world.grants.end(all.id, grace);
    expect(await statusOf(get, '/api/search?q=marie')).toEqual([403, 'grant.required']);
  });

  test('a grant for acts on a console is none for looking', async () => {
    const { get } = portal('granted');
    const wide = { console: 'acme', actions: ['recording.view'], targets: [{ kind: 'any', id: '*' }] };
    const outcome = await world.grants.ask(linus, {
      ...{ ...wide, names: {}, title: 'x', reason: 'a reason', ticket: '', minutes: 30, uses: 1 },
      ...{ clock: 'approval', startAt: null },
    });
    expect(outcome.done).toBe(false);
    expect(await statusOf(get, '/api/sessions/ses_1')).toEqual([403, 'grant.required']);
  });
});

test('while the index is being rebuilt that is said, with how far it is, and nothing is shown', async () => {
  const { get } = portal('free');
  const rebuilt = index.rebuild();
  const seen = new Set<string>();
  for (let n = 0; n < 400 && !seen.has('503 index.rebuilding'); n += 1) {
    const { status, body } = await get('/api/sessions');
    seen.add(`${status} ${body.reason ?? ''}`);
    if (status === 503) expect(body.detail).toMatch(/^\d+ % is done\.$/);
  }
  await rebuilt;
  expect([...seen]).toContain('503 index.rebuilding');
  expect([...seen].filter((one) => !['200 ', '503 index.rebuilding'].includes(one))).toEqual([]);
  expect((await get('/api/sessions')).body.sessions).toHaveLength(2);
});
