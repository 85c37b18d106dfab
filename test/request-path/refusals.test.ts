// One test for each reason that the request path itself refuses with; every one proves that the console saw nothing.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../src/kernel/facts.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import { go, refuse, type Verdict } from '../../src/kernel/verdict.ts';
import { ALLOW, COOKIE, deny, type Gate, HOST, requestText, startGate } from '../kit/gate.ts';
import { problemsOf } from '../kit/problem.ts';
import { type RawReply, sendRaw } from '../kit/rawClient.ts';
import { OK, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

let upstream: RawUpstream;
let gate: Gate;
/** parts that a test replaces for itself */
let over: {
  decide?: (facts: { signed: boolean; granted: boolean }) => Decision;
  grants?: Grant[];
  hold?: () => Promise<Verdict<Hold>>;
};

class StateUnavailable extends Error {
  override readonly name = 'StateUnavailable';
}

beforeAll(async () => {
  upstream = await startRawUpstream();
  gate = await startGate({
    upstream: upstream.origin,
    limits: { headers: 300, body: 300, answer: 300 },
    parts: {
      decide: ({ facts }) => over.decide?.(facts) ?? ALLOW,
      activeGrants: async () => over.grants ?? [],
      checkHold: async () => over.hold?.() ?? refuse('hold.unknown', 'none'),
    },
  });
});
beforeEach(() => {
  over = {};
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await gate.close();
  await upstream.close();
});

const ORIGIN = `Origin: http://${HOST}`;
const send = (line: string, headers?: readonly string[], body?: string): Promise<RawReply> =>
  sendRaw(gate.port, requestText(line, headers, body));

const expectProblem = problemsOf(() => upstream);

describe('who is asking', () => {
  test('host.unknown', async () => {
    for (const host of ['evil.test', `${HOST}.`, `${HOST}:81`, `evil.test#${HOST}`, '127.0.0.1'])
      expectProblem(await sendRaw(gate.port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`), 421, 'host.unknown');
  });
  test('session.missing: scripts get 401, never a redirect', async () => {
    expectProblem(await send('GET /a', []), 401, 'session.missing');
    expectProblem(
      await send('GET /a', ['Accept: text/html', 'X-Requested-With: XMLHttpRequest']),
      401,
      'session.missing',
    );
    expectProblem(await send('GET /a', ['Sec-Fetch-Mode: cors', 'Accept: text/html']), 401, 'session.missing');
  });
  test('session.missing: a navigation goes to the login, and its way back with it', async () => {
    const reply = await send('GET /a?b=c', ['Sec-Fetch-Mode: navigate']);
    expect(reply.status).toBe(302);
    expect(reply.header('location')).toBe('http://portal.test/handoff?console=acme');
    expect(reply.header('set-cookie')).toContain(Buffer.from('/a?b=c').toString('base64url'));
  });
  test('session.missing: two session cookies are as good as none', async () => {
    expectProblem(await send('GET /a', [`${COOKIE}; __Host-sallyport=other`]), 401, 'session.missing');
  });
  test('session.missing: an upgrade of nobody', async () => {
    const reply = await send('GET /live', [
      'Connection: upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ]);
    expectProblem(reply, 401, 'session.missing');
    expect(reply.header('connection')).toBe('close');
  });
  test('session.revoked', async () => {
    expectProblem(await send('GET /a', ['Cookie: __Host-sallyport=was-once']), 401, 'session.revoked');
  });
  test('origin.foreign: scripts, upgrades and acts of another site', async () => {
    expectProblem(
      await send('GET /a', [COOKIE, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: cors']),
      403,
      'origin.foreign',
    );
    expectProblem(
      await send('POST /devices/1/wipe', [
        COOKIE,
        'Origin: http://evil.test',
        'Sec-Fetch-Mode: navigate',
        'Accept: application/json',
      ]).then(asJson),
      403,
      'origin.foreign',
    );
    expectProblem(await send('POST /devices/1/wipe', [COOKIE, 'Origin: null']), 403, 'origin.foreign');
    const nowhere = [COOKIE, 'Origin: null', 'Sec-Fetch-Site: same-origin'];
    expectProblem(await send('POST /devices/1/wipe', [...nowhere, 'Sec-Fetch-Mode: cors']), 403, 'origin.foreign');
    const upgrade = [
      'Connection: upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ];
    expectProblem(await send('GET /live', [COOKIE, 'Origin: http://evil.test', ...upgrade]), 403, 'origin.foreign');
  });
  test('a form of a page that tells no referrer has no origin, and is the console’s own all the same', async () => {
    const headers = [COOKIE, 'Origin: null', 'Sec-Fetch-Mode: navigate', 'Content-Length: 0'];
    // Refused by policy: it came past the question who sent it.
    over.decide = () => deny([]);
    const cross = await send('POST /devices/1/wipe', [...headers, 'Sec-Fetch-Site: cross-site']);
    const own = await send('POST /devices/1/wipe', [...headers, 'Sec-Fetch-Site: same-origin']);
    expect([cross.header('x-sallyport-refused'), own.header('x-sallyport-refused')]).toEqual([
      'origin.foreign',
      'policy.forbidden',
    ]);
  });
  test('refusals of nobody known are counted, those of a known session are written down', async () => {
    const [doors, known] = [gate.doorRefusals.length, gate.refusals.length];
    await send('GET /a', []);
    over.decide = () => deny([]);
    await send('POST /a', [COOKIE, ORIGIN, 'Content-Length: 2'], '{}');
    expect(gate.doorRefusals.slice(doors)).toEqual(['session.missing']);
    expect(gate.refusals.slice(known)).toMatchObject([
      { kind: 'request.refused', actor: 'idp#ada', facts: { reason: 'policy.forbidden', action: 'thing.change' } },
    ]);
    expect(gate.recordings.at(-1)).toMatchObject({
      opening: { verdict: 'refuse', reason: 'policy.forbidden' },
      closing: { status: 403 },
    });
  });
});

/** A navigation's refusal is a page: look at its header only. */
const asJson = (reply: RawReply): RawReply => {
  expect(reply.header('content-type')).toBe('text/html; charset=utf-8');
  const body = JSON.stringify({
    type: `urn:sallyport:reason:${reply.header('x-sallyport-refused')}`,
    status: reply.status,
    reason: reply.header('x-sallyport-refused'),
    request: 'exc_',
  });
  const header = (name: string) => (name === 'content-type' ? 'application/problem+json' : reply.header(name));
  return { ...reply, body, header };
};

const wipe = (headers: readonly string[] = []) => send('POST /devices/d-1/wipe', [COOKIE, ORIGIN, ...headers]);
const aGrant = (over: Partial<Grant> = {}): Grant =>
  ({
    ...{ id: 'gra_1', state: 'active', holder: { id: 'idp#ada', name: 'ada' }, console: 'acme', session: '' },
    ...{ actions: ['device.wipe'], targets: [{ kind: 'device', id: 'd-1' }], usesLeft: 1, activeFrom: 0, epoch: 'e' },
    activeUntil: Number.MAX_SAFE_INTEGER,
    ...over,
  }) as Grant;
const theHold = (over: Partial<Hold> = {}): Hold =>
  ({
    id: 'hol_1',
    state: 'ready',
    signedAt: 1,
    devices: 1,
    approvals: [],
    needs: { signed: true, approvals: 0 },
    ...over,
  }) as Hold;
/** Wiping wants both. */
const strict = ({ signed, granted }: { signed: boolean; granted: boolean }): Decision => {
  const missing = [...(granted ? [] : ['grant' as const]), ...(signed ? [] : ['stepup.bound' as const])];
  return missing.length === 0 ? ALLOW : deny(missing);
};

test('what nobody could recognise is refused and recorded all the same', async () => {
  const parts = { recognise: async () => refuse('action.ambiguous' as const, 'two entries match') };
  const own = await startGate({ upstream: upstream.origin, parts });
  expectProblem(await sendRaw(own.port, requestText('POST /a', [COOKIE, ORIGIN])), 403, 'action.ambiguous');
  expect(own.recordings).toMatchObject([
    { opening: { verdict: 'refuse', reason: 'action.ambiguous', action: 'unknown.write', title: 'POST /a' } },
  ]);
  expect(own.refusals).toMatchObject([{ kind: 'request.refused', facts: { reason: 'action.ambiguous' } }]);
  await own.close();
});

describe('the decision', () => {
  test('policy.forbidden: nothing would help, so nothing is offered', async () => {
    over.decide = () => deny([]);
    expect(expectProblem(await wipe(), 403, 'policy.forbidden')).toMatchObject({ remedies: [] });
  });
  test('policy.failed', async () => {
    over.decide = () => {
      throw new Error('broken');
    };
    expectProblem(await wipe(), 503, 'policy.failed');
  });
  test('grant.required: says what, on which devices, and why; no hold is made for it yet', async () => {
    over.decide = strict;
    const problem = expectProblem(await wipe(), 403, 'grant.required');
    expect(problem).toMatchObject({
      action: { name: 'device.wipe', title: 'Wipe 1 device: d-1', effect: 'Erases it.', risk: 'destructive' },
      targets: [{ kind: 'device', id: 'd-1' }],
      remedies: ['grant', 'stepup.bound'],
      why: 'Wiping needs access.',
      policies: ['wipe-by-grant'],
      console: { id: 'acme', name: 'Acme MDM' },
      portal: 'http://portal.test',
    });
    expect(problem).not.toHaveProperty('hold');
  });
  test('grant.required: a grant for another device, another action, or used up, is none', async () => {
    over.decide = strict;
    for (const other of [
      { targets: [{ kind: 'device', id: 'd-2' }] },
      { actions: ['device.lock'] },
      { usesLeft: 0 },
      { state: 'ended' as const },
      { console: 'other' },
    ]) {
      over.grants = [aGrant(other)];
      expectProblem(await wipe(), 403, 'grant.required');
    }
  });
  test('stepup.required: with the grant there, a hold waits for the signature', async () => {
    over.decide = strict;
    over.grants = [aGrant()];
    expect(expectProblem(await wipe(), 403, 'stepup.required')).toMatchObject({
      remedies: ['stepup.bound'],
      hold: 'hol_new',
    });
  });
  test('hold.unsigned is the answer when the hold that was sent waits for its own signature', async () => {
    over.decide = strict;
    over.grants = [aGrant()];
    over.hold = async () => go(theHold({ signedAt: null }));
    expect(expectProblem(await wipe(['X-Sallyport-Hold: hol_1']), 403, 'hold.unsigned').hold).toBe('hol_1');
  });
  test.each(['hold.unknown', 'hold.mismatch', 'hold.used', 'hold.expired'] as const)(
    '%s is the answer when that hold was sent, and another is offered',
    async (reason) => {
      over.decide = strict;
      over.grants = [aGrant()];
      over.hold = async () => refuse(reason, 'test');
      const problem = expectProblem(await wipe(['X-Sallyport-Hold: hol_1']), 403, reason);
      expect(problem.hold).toBe('hol_new');
    },
  );
  test('a signed hold and a grant: goes, and both are taken', async () => {
    over.decide = strict;
    over.grants = [aGrant()];
    over.hold = async () => go(theHold());
    upstream.answer(OK);
    expect((await wipe(['X-Sallyport-Hold: hol_1'])).status).toBe(200);
    expect(gate.intents.at(-1)?.facts).toMatchObject({ grant: 'gra_1', hold: 'hol_1', action: 'device.wipe' });
    expect(upstream.requests[0]?.text).not.toMatch(/sallyport/i);
  });
  test('what the answer does not rest on is not used up', async () => {
    over.decide = ({ granted }) => (granted ? ALLOW : deny(['grant']));
    over.grants = [aGrant()];
    over.hold = async () => go(theHold());
    upstream.answer(OK);
    expect((await wipe(['X-Sallyport-Hold: hol_1'])).status).toBe(200);
    expect(gate.intents.at(-1)?.facts).toMatchObject({ grant: 'gra_1', hold: null });
  });
});

describe('nothing leaves that is not written down', () => {
  const withPart = async (parts: Parameters<typeof startGate>[0]['parts'], run: (own: Gate) => Promise<void>) => {
    const own = await startGate({ upstream: upstream.origin, parts: parts ?? {} });
    try {
      await run(own);
    } finally {
      await own.close();
    }
  };
  const act = (own: Gate) => sendRaw(own.port, requestText('POST /devices/d-1/wipe', [COOKIE, ORIGIN]));

  test('journal.unavailable', () =>
    withPart(
      {
        commitAct: async () => {
          throw new StateUnavailable('redis');
        },
      },
      async (own) => {
        expectProblem(await act(own), 503, 'journal.unavailable');
      },
    ));
  test.each(['session.revoked', 'grant.ended', 'hold.used', 'hold.expired'] as const)('%s at the commit', (reason) =>
    withPart({ commitAct: async () => refuse(reason, 'at the last moment') }, async (own) => {
      expect((await act(own)).header('x-sallyport-refused')).toBe(reason);
    }),
  );
  test('recording.unavailable gives back what the commit took', () =>
    withPart(
      {
        openRecording: async () => {
          throw new Error('disk full');
        },
      },
      async (own) => {
        expectProblem(await act(own), 503, 'recording.unavailable');
        expect(own.outcomes).toMatchObject([
          { sent: false, event: { kind: 'act.outcome', facts: { reason: 'recording.unavailable' } } },
        ]);
      },
    ));
  test('state.unavailable', () =>
    withPart(
      {
        findSession: async () => {
          throw new StateUnavailable('redis');
        },
      },
      async (own) => {
        expectProblem(await act(own), 503, 'state.unavailable');
      },
    ));
  test('gateway.failed: a fault of ours is a refusal, and the process lives', () =>
    withPart(
      {
        recognise: async () => {
          throw new TypeError('bug');
        },
      },
      async (own) => {
        const problem = expectProblem(await act(own), 500, 'gateway.failed');
        expect(JSON.stringify(problem)).not.toContain('bug');
        expectProblem(await act(own), 500, 'gateway.failed');
      },
    ));
});

describe('the console itself', () => {
  test('upstream.failed: nobody listens; the grant is given back', async () => {
    const nobody = await startRawUpstream();
    await nobody.close();
    const own = await startGate({ upstream: nobody.origin });
    expectProblem(
      await sendRaw(own.port, requestText('POST /devices/d-1/wipe', [COOKIE, ORIGIN])),
      502,
      'upstream.failed',
    );
    expect(own.outcomes).toMatchObject([{ sent: false }]);
    await own.close();
  });
  test('upstream.failed: it hangs up; whether it acted is not known, so nothing is given back', async () => {
    upstream.answer((socket) => socket.destroy());
    expect((await wipe()).header('x-sallyport-refused')).toBe('upstream.failed');
    expect(gate.outcomes.at(-1)).toMatchObject({ sent: true, event: { facts: { reason: 'upstream.failed' } } });
  });
  test('upstream.timeout', async () => {
    upstream.answer(() => undefined);
    const reply = await send('GET /a');
    expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([504, 'upstream.timeout']);
  });
  test.each([
    ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
    [
      'a 101 that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n',
    ],
    ['garbage', 'hello\r\n\r\n'],
    ['a way out without a scheme', 'HTTP/1.1 302 Found\r\nLocation: //evil.test/\r\nContent-Length: 0\r\n\r\n'],
    ['the same for browsers only', 'HTTP/1.1 302 Found\r\nLocation: /\\evil.test\r\nContent-Length: 0\r\n\r\n'],
  ])('upstream.failed: %s', async (_name, answer) => {
    upstream.answer(answer);
    const reply = await send('GET /a');
    expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([502, 'upstream.failed']);
  });
});
