// Gateways whose pages are recorded, in front of a console that a test writes itself: real listener, pipeline, reserved prefix,
// tags, recorder script, and the pages' store in a real Redis. What would stand in the recording is kept in memory.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createDomReader, type DomEvent } from '../../src/audit/recording/domEvents.ts';
import type { PageLine } from '../../src/audit/recording/lines.ts';
import { createPageStore } from '../../src/audit/recording/pages.redis.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { PageRecording } from '../../src/kernel/exchange.ts';
import { refuse } from '../../src/kernel/verdict.ts';
import { createPageTags } from '../../src/proxy/forward/pageTags.ts';
import { createPagesAlive } from '../../src/proxy/pagesAlive.ts';
import type { DomTold } from '../../src/proxy/reserved/recordRoute.ts';
import { createReserved } from '../../src/proxy/reserved/reserved.ts';
import { loadPageScripts } from '../../src/proxy/reserved/scripts.ts';
import { type Gate, type GateOptions, startGate } from '../kit/gate.ts';
import type { RedisParts, TestRedis } from '../kit/redis.ts';
import { freePort } from '../kit/stack.ts';

export type Served = { readonly body: string; readonly headers?: { readonly [name: string]: string } };
export type Told = { pages: PageLine[]; lines: DomTold[] };

export type House = {
  readonly origin: string;
  readonly gates: readonly Gate[];
  readonly told: Told;
  /** paths of acts that reached the console */
  readonly acts: { path: string; method: string }[];
  /** what the gateway answers to the recorder; null: what it would */
  answers: ((path: string) => number | null) | null;
  page(id: string): DomEvent[];
  close(): Promise<void>;
};

export type HouseOptions = {
  readonly redis: TestRedis;
  readonly dist: string;
  readonly pages: (path: string) => Served;
  readonly dom?: Partial<PageRecording>;
  readonly record?: 'dom' | 'exchanges';
  readonly silentAfter?: number;
  readonly wait?: number;
  readonly parts?: GateOptions['parts'];
};

const MASKED: PageRecording = { inputs: 'masked', maskText: [], bigPages: 'exchanges', notice: false };

/** One gateway, or one for each `replica` on ports of their own, all of the same origin's name. */
export async function startHouse(options: HouseOptions, replicas: readonly RedisParts[] = []): Promise<House> {
  const { redis, dist, pages, dom = {}, silentAfter = 15_000, wait = 3000 } = options;
  const told: Told = { pages: [], lines: [] };
  const acts: { path: string; method: string }[] = [];
  const upstream = createServer((req: IncomingMessage, res: ServerResponse) => {
    req.resume();
    const path = req.url ?? '/';
    if (req.method !== 'GET') {
      acts.push({ path, method: req.method ?? '' });
      res.setHeader('content-type', 'application/json').end('{"done":true}');
      return;
    }
    const { body, headers = {} } = pages(path);
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(body);
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const port = await freePort();
  const origin = `http://console.localhost:${port}`;
  const scripts = loadPageScripts(dist);
  const log = { info: () => undefined, warn: () => undefined, error: (facts: object) => console.error(facts) };
  const house: { answers: House['answers'] } = { answers: null };
  const alive: { stop(): void }[] = [];

  const gateOf = (parts: RedisParts, at: number): Promise<Gate> => {
    const state = { client: parts.client, scripts: parts.scripts, keys: redis.keys };
    const living = createPagesAlive({
      store: createPageStore({ ...state, keep: 3_600_000, silentAfter }),
      tell: async (line) => void told.pages.push(line),
      clock: systemClock,
      redisClock: parts.pulse.clock,
      onError: (error) => console.error(error),
      limits: { silentAfter, sweepEvery: Math.min(500, silentAfter / 3), wait },
    });
    alive.push(living);
    const none = async () => refuse('session.missing', 'not here');
    return startGate({
      upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
      origin,
      port: at,
      shim: true,
      console: { record: options.record ?? 'dom', dom: { ...MASKED, ...dom } },
      pageTags: createPageTags({ scripts, actsBySocket: () => false, pages: living }),
      parts: { recordedAs: living.recordedAs, ...options.parts },
      reserved({ findSession }) {
        const reserved = createReserved({
          portalOrigin: 'http://portal.localhost:1',
          scripts,
          sessions: { find: findSession, end: async () => undefined },
          enter: { redeem: none, issueToken: async () => '' },
          grants: { ask: async () => ({ done: false, why: 'not here' }), get: async () => null },
          holds: {
            get: async () => null,
            cancel: async () => ({ done: false, why: 'not here' }),
            ask: async () => ({ done: false, why: 'not here' }),
          },
          askFaults: () => [],
          askRule: () => null,
          preflight: {
            recognise: async () => refuse('body.unreadable', 'not here'),
            decide: () => refuse('policy.forbidden', 'not here'),
            allowancesOf: () => null,
            peerOf: () => '',
          },
          describe: () => null,
          may: () => false,
          events: { onChange: () => () => undefined, track: () => () => undefined },
          pages: living,
          recordDom: async (line) => void told.lines.push(line),
          recordClock: systemClock,
          clock: systemClock,
          log,
        } as Parameters<typeof createReserved>[0]);
        return async (req, res, at) => {
          const status = house.answers?.(req.url ?? '') ?? null;
          if (status === null) return reserved.handle(req, res, at);
          req.resume();
          res.writeHead(status).end();
        };
      },
    });
  };
  const gates: Gate[] = [await gateOf(redis, port)];
  for (const replica of replicas) gates.push(await gateOf(replica, 0));

  return Object.assign(house, {
    origin,
    gates,
    told,
    acts,
    page(id: string) {
      const reader = createDomReader();
      return told.lines.filter((line) => line.id === id).flatMap((line) => reader.take(line));
    },
    async close() {
      for (const one of alive) one.stop();
      for (const gate of gates) await gate.close();
      upstream.closeAllConnections();
      await new Promise((resolve) => upstream.close(resolve));
    },
  });
}

/** A browser that is signed in, as ada. */
export async function signedIn(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 720 }, reducedMotion: 'reduce' });
  await context.addCookies([
    {
      ...{ name: '__Host-sallyport', value: 'ada-secret', domain: 'console.localhost', path: '/' },
      ...{ secure: true, httpOnly: true, sameSite: 'Lax' },
    },
  ]);
  return context;
}

export async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(url);
  return page;
}
