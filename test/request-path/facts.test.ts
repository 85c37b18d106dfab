// What policy is told of a request: where it comes from, when, how much; and that reads ask nobody for it.
import { afterEach, describe, expect, test } from 'vitest';
import type { Facts } from '../../src/kernel/facts.ts';
import { createPeerOf } from '../../src/proxy/canonical/peer.ts';
import { createLocalTime } from '../../src/proxy/facts/localTime.ts';
import { createNetworks } from '../../src/proxy/facts/networks.ts';
import { ALLOW, COOKIE, deny, type Gate, type GateOptions, HOST, requestText, startGate } from '../kit/gate.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { OK, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

let gate: Gate | undefined;
let upstream: RawUpstream | undefined;
afterEach(async () => {
  await gate?.close();
  await upstream?.close();
});
const ORIGIN = `Origin: http://${HOST}`;

/** A gate that notes what policy was told. */
async function start(options: Partial<GateOptions> = {}) {
  const told: Facts[] = [];
  upstream = await startRawUpstream();
  upstream.answer(OK);
  gate = await startGate({
    upstream: upstream.origin,
    ...options,
    parts: {
      decide: ({ facts }) => {
        told.push(facts);
        return ALLOW;
      },
      ...options.parts,
    },
  });
  const { port } = gate;
  return {
    told,
    at: gate,
    send: (line: string, more: string[] = []) => sendRaw(port, requestText(line, [COOKIE, ...more])),
  };
}

describe('where a client is', () => {
  const peerOf = createPeerOf(['10.0.0.0/8', '::1', '2001:db8:1::/48']);
  const from = (socket: string, ...forwarded: string[]) =>
    peerOf(
      socket,
      forwarded.flatMap((value) => ['X-Forwarded-For', value]),
    );

  test.each([
    ['a stranger is believed nothing', '203.0.113.9', ['192.0.2.1'], '203.0.113.9'],
    ['a proxy of ours says who it was', '10.0.0.1', ['192.0.2.1'], '192.0.2.1'],
    ['the rightmost one that is no proxy counts', '10.0.0.1', ['192.0.2.66, 198.51.100.7, 10.2.2.2'], '198.51.100.7'],
    ['what the client wrote itself means nothing', '10.0.0.1', ['10.9.9.9, 192.0.2.1'], '192.0.2.1'],
    ['several headers are one list', '10.0.0.1', ['192.0.2.66', '198.51.100.7'], '198.51.100.7'],
    ['nonsense ends the search at the last proxy', '10.0.0.1', ['192.0.2.1, unknown'], '10.0.0.1'],
    ['nonsense left of a client is not looked at', '10.0.0.1', ['"><script>, 192.0.2.1'], '192.0.2.1'],
    ['an empty entry is nonsense', '10.0.0.1', ['192.0.2.1,'], '10.0.0.1'],
    ['a port is cut', '10.0.0.1', ['192.0.2.1:4711'], '192.0.2.1'],
    ['so is that of IPv6', '10.0.0.1', ['[2001:db8:2::1]:4711'], '2001:db8:2::1'],
    ['IPv4 in IPv6 is IPv4', '::ffff:10.0.0.1', ['::ffff:192.0.2.1'], '192.0.2.1'],
    ['an IPv6 proxy', '2001:db8:1::7', ['192.0.2.1'], '192.0.2.1'],
    ['all of them proxies: the leftmost', '10.0.0.1', ['10.3.3.3, 10.2.2.2'], '10.3.3.3'],
    ['a zone is no address', '10.0.0.1', ['fe80::1%eth0'], '10.0.0.1'],
    ['a number is no address', '10.0.0.1', ['3221225985'], '10.0.0.1'],
    ['an octal address is none', '10.0.0.1', ['0300.0.2.1'], '10.0.0.1'],
  ])('%s', (_name, socket, forwarded, peer) => {
    expect(from(socket, ...forwarded)).toBe(peer);
  });

  test('without trusted proxies the header is never read', () => {
    expect(createPeerOf([])('127.0.0.1', ['X-Forwarded-For', '192.0.2.1'])).toBe('127.0.0.1');
  });

  test('ten thousand hops cost nothing and end at a proxy', () => {
    expect(from('10.0.0.1', Array.from({ length: 10_000 }, () => '10.1.1.1').join(','))).toBe('10.1.1.1');
  });

  test('at the front door: the fact, the journal and the console get the same address', async () => {
    const office = { office: ['192.0.2.0/24'], home: ['198.51.100.7'] };
    const { told, at, send } = await start({ trustedProxies: ['127.0.0.1'], networks: office });
    await send('POST /devices/d-1/wipe', [ORIGIN, 'X-Forwarded-For: 198.51.100.7, 192.0.2.4']);
    expect(told[0]?.networks).toEqual(['office']);
    expect(at.intents[0]?.facts.peer).toBe('192.0.2.4');
    expect(upstream?.requests[0]?.header('x-forwarded-for')).toBe('192.0.2.4');
  });

  test('at the front door: a client that is no proxy cannot choose its network', async () => {
    const { told, at, send } = await start({ networks: { office: ['192.0.2.0/24'] } });
    await send('POST /devices/d-1/wipe', [ORIGIN, 'X-Forwarded-For: 192.0.2.4', 'X-Real-IP: 192.0.2.4']);
    expect(told[0]?.networks).toEqual([]);
    expect(at.intents[0]?.facts.peer).toBe('127.0.0.1');
    expect(upstream?.requests[0]?.header('x-forwarded-for')).toBe('127.0.0.1');
  });

  test('networks overlap, and hold both families', () => {
    const networksOf = createNetworks({
      wide: ['10.0.0.0/8', '2001:db8::/32'],
      narrow: ['10.1.0.0/16'],
      one: ['10.1.2.3'],
    });
    expect(networksOf('10.1.2.3')).toEqual(['wide', 'narrow', 'one']);
    expect(networksOf('10.2.0.1')).toEqual(['wide']);
    expect(networksOf('2001:db8:ffff::1')).toEqual(['wide']);
    expect(networksOf('::ffff:10.1.2.3')).toEqual(['wide', 'narrow', 'one']);
    expect(networksOf('')).toEqual([]);
    expect(networksOf('not an address')).toEqual([]);
  });
});

test('day and hour are those where the console is', () => {
  const localTime = createLocalTime();
  const at = Date.UTC(2026, 2, 1, 23, 30); // a Sunday
  expect(localTime('UTC', at)).toEqual({ day: 7, hour: 23 });
  expect(localTime('Europe/Brussels', at)).toEqual({ day: 1, hour: 0 });
  expect(localTime('America/New_York', at)).toEqual({ day: 7, hour: 18 });
  expect(localTime('Asia/Kathmandu', at)).toEqual({ day: 1, hour: 5 });
  // the same minute again, and the next hour
  expect(localTime('UTC', at + 20_000)).toEqual({ day: 7, hour: 23 });
  expect(localTime('UTC', at + 30 * 60_000)).toEqual({ day: 1, hour: 0 });
});

describe('what policy is told', () => {
  test('a read asks nobody: no freeze, no budget, no console', async () => {
    const asked = (what: string) => async (): Promise<never> => {
      throw new Error(`asked for ${what}`);
    };
    const { told, send } = await start({
      parts: {
        frozen: asked('freezes'),
        budgetOf: asked('budgets'),
        activeGrants: asked('grants'),
        withNames: asked('names'),
      },
    });
    expect((await send('GET /devices')).status).toBe(200);
    expect(told).toMatchObject([
      { lockdown: false, budget: 'open', opaque: false, bulk: false, lane: 'person', approvals: 0 },
    ]);
  });

  test('posture, the session’s age and the opaque body', async () => {
    const { told, at, send } = await start();
    const ada = at.sessions.get('ada-secret');
    if (ada === undefined) throw new Error('nobody');
    const startedAt = Date.now() - 61_000;
    at.sessions.set('ada-secret', { ...ada, startedAt, principal: { ...ada.principal, posture: 'managed' } });
    await send('POST /upload', [ORIGIN, 'Content-Length: 0']);
    expect(told[0]).toMatchObject({ posture: 'managed', sessionAge: 2, stepUpAge: null, opaque: true });
    at.sessions.set('ada-secret', { ...ada, steppedUpAt: Date.now() - 5000 });
    await send('GET /a');
    expect(told[1]?.posture).toBe('unknown');
    expect(told[1]?.stepUpAge).toBeGreaterThan(4.5);
  });

  test('an act of a frozen kind, and one whose budget is spent: the refusal says which, when it ends and whom to ask', async () => {
    const { at, send } = await start({
      parts: {
        decide: ({ facts }) => (facts.lockdown || facts.budget === 'spent' ? deny([]) : ALLOW),
        frozen: async (_console, { name }) => name === 'device.wipe',
        budgetOf: async (_who, _console, { name }) => (name === 'thing.change' ? 'spent' : 'open'),
        budgetTold: async () => ({ freesAt: 1_900_000_000_000, ask: 'the on-call lead' }),
      },
    });
    const frozen = await send('POST /devices/d-1/wipe', [ORIGIN]);
    expect(JSON.parse(frozen.body)).toMatchObject({ reason: 'lockdown.active', status: 403, remedies: [] });
    const spent = await send('POST /thing', [ORIGIN, 'Content-Length: 0']);
    expect(JSON.parse(spent.body)).toMatchObject({
      reason: 'budget.spent',
      freesAt: 1_900_000_000_000,
      ask: 'the on-call lead',
    });
    expect(upstream?.requests).toEqual([]);
    expect(at.refusals.map(({ facts }) => facts.reason)).toEqual(['lockdown.active', 'budget.spent']);
    expect(at.recordings[0]?.opening).toMatchObject({
      verdict: 'refuse',
      facts: { lockdown: true },
      groups: ['mdm-admins'],
    });
  });

  test('what is forbidden anyway is not blamed on a freeze', async () => {
    const { send } = await start({ parts: { decide: () => deny([]), frozen: async () => true } });
    expect(JSON.parse((await send('POST /devices/d-1/wipe', [ORIGIN])).body).reason).toBe('policy.forbidden');
  });

  test.each(['frozen', 'budgetOf'] as const)('when %s cannot be asked for, an act is refused', async (part) => {
    class StateUnavailable extends Error {
      override readonly name = 'StateUnavailable';
    }
    const away = async (): Promise<never> => {
      throw new StateUnavailable('away');
    };
    const { send } = await start({ parts: { [part]: away } });
    expect(JSON.parse((await send('POST /devices/d-1/wipe', [ORIGIN])).body).reason).toBe('state.unavailable');
    expect(upstream?.requests).toEqual([]);
  });
});
