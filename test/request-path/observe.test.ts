// A console that only observes: what policy would refuse goes through and is written down; everything else holds as ever.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refuse } from '../../src/kernel/verdict.ts';
import { ALLOW, COOKIE, deny, type Gate, type GateParts, HOST, requestText, startGate } from '../kit/gate.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { OK, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

let upstream: RawUpstream;
let gates: Gate[] = [];
beforeEach(async () => {
  upstream = await startRawUpstream();
});
afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.close();
  await upstream.close();
  gates = [];
});
const start = async (parts: GateParts): Promise<Gate> => {
  const gate = await startGate({ upstream: upstream.origin, mode: 'observe', parts });
  gates.push(gate);
  return gate;
};
const wipe = (gate: Gate, headers: string[] = []) =>
  sendRaw(gate.port, requestText('POST /devices/d-1/wipe', [COOKIE, `Origin: http://${HOST}`, ...headers]));
const never = async (): Promise<never> => {
  throw new Error('not while observing');
};

describe('a console in observe mode', () => {
  test.each([
    ['policy.forbidden', deny([])],
    ['grant.required', deny(['grant', 'stepup.bound'])],
    ['stepup.required', deny(['stepup.fresh'])],
    ['approval.required', deny(['stepup.bound', 'approval'], 2)],
  ] as const)(
    '%s is written down and not enforced; no hold is made and nobody is asked for names',
    async (reason, decision) => {
      const gate = await start({ decide: () => decision, createHold: never, withNames: never });
      upstream.answer(OK);
      const reply = await wipe(gate);
      expect(reply.status).toBe(200);
      expect(reply.head).not.toMatch(/sallyport/i);
      expect(upstream.requests).toHaveLength(1);
      expect(gate.refusals).toMatchObject([
        {
          kind: 'request.observed',
          actor: 'idp#ada',
          console: 'acme',
          facts: { reason, action: 'device.wipe', targets: ['device:d-1'] },
        },
      ]);
      expect(gate.intents).toMatchObject([{ kind: 'act.intent', facts: { grant: null, hold: null } }]);
      expect(gate.recordings).toMatchObject([
        {
          opening: { verdict: 'go', observed: reason, groups: ['mdm-admins'], facts: { lane: 'person' } },
          closing: { status: 200 },
        },
      ]);
    },
  );

  test('a hold that does not fit is no reason either', async () => {
    const gate = await start({
      decide: () => deny(['stepup.bound']),
      checkHold: async () => refuse('hold.mismatch', 'another'),
    });
    upstream.answer(OK);
    expect((await wipe(gate, ['X-Sallyport-Hold: hol_1'])).status).toBe(200);
    expect(gate.refusals).toMatchObject([{ facts: { reason: 'hold.mismatch' } }]);
  });

  test('what policy allows is not observed', async () => {
    const gate = await start({ decide: () => ALLOW });
    upstream.answer(OK);
    expect((await wipe(gate)).status).toBe(200);
    expect(gate.refusals).toEqual([]);
    expect(gate.recordings[0]?.opening).not.toHaveProperty('observed');
  });

  test('a read that would be refused is observed too', async () => {
    const gate = await start({ decide: () => deny([]) });
    upstream.answer(OK);
    expect((await sendRaw(gate.port, requestText('GET /a'))).status).toBe(200);
    expect(gate.refusals).toMatchObject([{ kind: 'request.observed', facts: { reason: 'policy.forbidden' } }]);
    expect(gate.intents).toEqual([]);
  });

  test.each([
    ['nobody is signed in', 'session.missing', {}, []],
    [
      'policy fails',
      'policy.failed',
      {
        decide: () => {
          throw new Error('broken');
        },
      },
      [COOKIE],
    ],
    [
      'it cannot be recognised',
      'action.ambiguous',
      { recognise: async () => refuse('action.ambiguous', 'two') },
      [COOKIE],
    ],
    ['acts are frozen', 'lockdown.active', { commitAct: async () => refuse('lockdown.active', 'frozen') }, [COOKIE]],
    ['the budget is spent', 'budget.spent', { commitAct: async () => refuse('budget.spent', 'spent') }, [COOKIE]],
    ['nothing can be recorded', 'recording.unavailable', { openRecording: never }, [COOKIE]],
  ] as const)('is refused as ever when %s', async (_name, reason, parts, headers) => {
    const gate = await start(parts as GateParts);
    const reply = await sendRaw(
      gate.port,
      requestText('POST /devices/d-1/wipe', [...headers, `Origin: http://${HOST}`]),
    );
    expect(JSON.parse(reply.body).reason).toBe(reason);
    expect(upstream.requests).toEqual([]);
  });

  test('and when it cannot be written down that it would have been refused', async () => {
    class StateUnavailable extends Error {
      override readonly name = 'StateUnavailable';
    }
    const gate = await start({
      decide: () => deny([]),
      actRefused: async () => {
        throw new StateUnavailable('away');
      },
    });
    expect(JSON.parse((await wipe(gate)).body).reason).toBe('journal.unavailable');
    expect(upstream.requests).toEqual([]);
  });
});
