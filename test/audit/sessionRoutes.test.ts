// Rules about reviewing: only reviewers, every look in the journal before its answer, nothing shown when it cannot be.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSessionIndex, type SessionIndex } from '../../src/audit/index/sessionIndex.ts';
import { createJournal, type Journal } from '../../src/audit/journal/journal.redis.ts';
import { createRecorder, type Recorder } from '../../src/audit/recording/recorder.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import type { Session } from '../../src/kernel/session.ts';
import { go, refuse } from '../../src/kernel/verdict.ts';
import { createPortalApp } from '../../src/portal/app.ts';
import { ExchangeDetail, ExchangePage, SessionPage, SessionRow } from '../../src/portal/contract/sessions.ts';
import { sessionRoutes } from '../../src/portal/routes/sessions.ts';
import { createTold } from '../../src/portal/told.ts';
import { createRedisClient, type RedisClient } from '../../src/redis/client.ts';
import { createScripts } from '../../src/redis/scripts.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { closing, KEYS, opening, T0 } from './recordingKit.ts';

const ORIGIN = 'https://access.example.com';
let redis: TestRedis;
let client: RedisClient;
let index: SessionIndex;
let recorder: Recorder;
let journal: Journal;
let journalDown = false;
let appended: AuditEvent[] = [];
const base = mkdtempSync(join(tmpdir(), 'sallyport-review-'));

const sessionOf = (name: string): Session => ({
  id: `ses_of_${name}`,
  principal: { id: `i#${name}`, name, groups: [] },
  startedAt: T0,
  authenticatedAt: T0,
  absoluteUntil: T0 * 2,
  steppedUpAt: null,
  epoch: 'e',
});

const app = () =>
  createPortalApp({
    portalOrigin: ORIGIN,
    staticDir: base,
    log: { error: () => undefined },
    may: (principal, right) => right === 'recording.view' && principal.id === 'i#linus',
    sessions: {
      find: async (secret) => (secret ? go(sessionOf(secret)) : refuse('session.missing', 'none')),
      touch: () => undefined,
    },
    routes: [
      sessionRoutes({
        index,
        journal,
        told: createTold({
          append: async (event) => {
            if (journalDown) throw new Error('no answer');
            appended.push(event);
            return journal.append(event);
          },
        }),
      }),
    ],
  });
const get = (path: string, who = 'linus') =>
  request(app())
    .get(path)
    .set('Host', 'access.example.com')
    .set('Cookie', who ? `__Host-sallyport=${who}` : '');

beforeAll(async () => {
  redis = await startRedis();
  client = createRedisClient({ address: redis, commandTimeout: 20_000, onError: () => undefined });
  while (!client.connected()) await new Promise((wake) => setTimeout(wake, 5));
  const dir = join(base, 'recordings');
  index = createSessionIndex({
    file: join(base, 'index.sqlite'),
    dir,
    identities: KEYS.identities,
    onError: () => undefined,
  });
  const { keys, pulse } = redis;
  const scripts = createScripts({ client, keys, epoch: () => pulse.epoch() });
  journal = createJournal({ scripts, client, keys, mentions: index.mentions });
  recorder = createRecorder({ dir, clock: { now: () => T0 + 50 }, index, ...KEYS });
  const wipe = { action: 'device.wipe', risk: 'destructive', title: 'Wipe 1 device: d-1', method: 'POST' };
  const recording = await recorder.open(
    opening('exc_wipe', {
      ...wipe,
      targets: [{ kind: 'device', id: 'd-1' }],
      grant: 'gra_1',
      hold: 'hol_1',
      requestBody: { text: '{"pin":"[redacted]"}', note: null, digest: 'ab' },
    }),
  );
  recording.message({ from: 'client', size: 2, text: 'hi' });
  await recording.close(closing({ status: 204 }));
  await recorder.open(opening('exc_no', { ...wipe, verdict: 'refuse', reason: 'grant.required' }));
  await journal.append({ kind: 'grant.approved', actor: 'i#grace', actorName: 'grace', facts: { grant: 'gra_1' } });
  await journal.append({ kind: 'hold.signed', actor: 'i#ada', facts: { hold: 'hol_1' } });
  await journal.append({ kind: 'act.intent', actor: 'i#ada', exchange: 'exc_wipe', facts: { grant: 'gra_1' } });
  await journal.append({ kind: 'act.outcome', actor: 'i#ada', exchange: 'exc_wipe', facts: { sent: true } });
  await index.settled();
});
afterAll(async () => {
  await recorder.close();
  await index.close();
  await client.close();
  await redis.stop();
  rmSync(base, { recursive: true, force: true });
});
beforeEach(() => {
  journalDown = false;
  appended = [];
});

const PATHS = [
  '/api/sessions',
  '/api/sessions/ses_1',
  '/api/sessions/ses_1/exchanges',
  '/api/sessions/ses_1/exchanges/exc_wipe',
];

describe.each(PATHS)('%s', (path) => {
  test('is for reviewers only, and tells others nothing', async () => {
    expect((await get(path, '')).status).toBe(401);
    const refused = await get(path, 'ada');
    expect(refused.status).toBe(403);
    expect(refused.text).not.toContain('Wipe');
    expect(appended).toEqual([]);
  });
  test('is in the journal, with who looked at what, before the answer', async () => {
    expect((await get(path)).status).toBe(200);
    const viewed = path === '/api/sessions' ? 'sessions.listed' : 'recording.viewed';
    expect(appended).toHaveLength(1);
    expect(appended[0]).toMatchObject({ kind: viewed, actor: 'i#linus', session: 'ses_of_linus' });
    if (viewed === 'recording.viewed')
      expect(appended[0]?.facts).toMatchObject({ viewed: 'ses_1', of: expect.stringContaining('ada') });
  });
  test('shows nothing when the look cannot be written down', async () => {
    journalDown = true;
    const refused = await get(path);
    expect(refused.status).toBe(503);
    expect(refused.body.reason).toBe('journal.unavailable');
    expect(refused.text).not.toContain('Wipe');
  });
});

test('the answers fit the contract', async () => {
  const page = SessionPage.parse(
    (await get('/api/sessions?person=ada&action=device.wipe&verdict=refuse&risk=&from=0')).body,
  );
  expect(page.sessions.map(({ id, exchanges, acts, refusals }) => [id, exchanges, acts, refusals])).toEqual([
    ['ses_1', 2, 1, 1],
  ]);
  expect(SessionRow.parse((await get('/api/sessions/ses_1')).body).highlights).toHaveLength(2);
  expect(
    ExchangePage.parse((await get('/api/sessions/ses_1/exchanges?kind=refused')).body).exchanges.map(({ id }) => id),
  ).toEqual(['exc_no']);
  const detail = ExchangeDetail.parse((await get('/api/sessions/ses_1/exchanges/exc_wipe')).body);
  expect(detail).toMatchObject({
    status: 204,
    requestBody: '{"pin":"[redacted]"}',
    bodyDigest: 'ab',
    policies: ['admins-read'],
    targets: [{ kind: 'device', id: 'd-1' }],
  });
  expect(detail.events.map(({ kind, actor }) => [kind, actor])).toEqual([
    ['grant.approved', 'grace'],
    ['hold.signed', 'i#ada'],
    ['act.intent', 'i#ada'],
    ['act.outcome', 'i#ada'],
  ]);
  expect(detail.messages).toEqual([{ at: T0 + 50, from: 'client', size: 2, text: 'hi' }]);
  expect(detail.responseHeaders).toEqual([['content-type', 'text/html']]);
});

test('unknown ids are 404, and bad questions say what is wrong', async () => {
  for (const path of [
    '/api/sessions/none',
    '/api/sessions/none/exchanges',
    '/api/sessions/ses_1/exchanges/none',
    '/api/sessions/none/exchanges/exc_wipe',
  ]) {
    expect((await get(path)).status).toBe(404);
  }
  for (const query of ['verdict=maybe', 'risk=x', 'from=yesterday', 'cursor=x', 'person=a&person=b']) {
    const refused = await get(`/api/sessions?${query}`);
    expect([query, refused.status, refused.body.reason]).toEqual([query, 400, 'input.invalid']);
  }
  expect(appended).toEqual([]);
});
