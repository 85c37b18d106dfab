// A request that others must sign: what is offered, whose signatures count, that it goes once and only as it was signed. The
// holds are a small stand-in here, with the same rules; the real ones are tested in test/access.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Decision, Facts } from '../../src/kernel/facts.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';
import { go, refuse, type Verdict } from '../../src/kernel/verdict.ts';
import { ALLOW, aHold, COOKIE, deny, type Gate, type GateParts, HOST, requestText, startGate } from '../kit/gate.ts';
import { type RawReply, sendRaw } from '../kit/rawClient.ts';
import { OK, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

const JSON_TYPE = 'Content-Type: application/json';
let upstream: RawUpstream;
let gate: Gate;
let holds: Map<string, Hold>;
let rests: unknown[];
let decide: (facts: Facts) => Decision;
let over: GateParts;

/** Its own signature and those of two others. */
const three = ({ signed, approvals }: Facts): Decision => {
  const missing = [...(signed ? [] : ['stepup.bound' as const]), ...(approvals >= 2 ? [] : ['approval' as const])];
  return missing.length === 0 ? ALLOW : deny(missing, approvals >= 2 ? 0 : 2);
};

beforeEach(async () => {
  holds = new Map();
  rests = [];
  decide = three;
  over = {};
  upstream = await startRawUpstream();
  gate = await startGate({
    upstream: upstream.origin,
    parts: {
      decide: ({ facts }) => decide(facts),
      explain: (_question, decision) => ({ sentences: [`ada needs ${decision.remedies.join(' and ')}.`] }),
      ruleOf: (...asked) =>
        over.ruleOf === undefined
          ? {
              id: 'devices',
              holdGroups: ['mdm-leads', 'mdm-owners'],
              answerWithin: 7_200_000,
              whom: '1 of mdm-approvers',
            }
          : over.ruleOf(...asked),
      createHold: async (hold) => {
        const made = aHold(hold, { id: `hol_${holds.size + 1}`, expiresAt: Number(hold.answerWithin) });
        holds.set(made.id, made);
        return made;
      },
      checkHold: async (id, terms): Promise<Verdict<Hold>> => {
        const hold = holds.get(id);
        if (hold === undefined) return refuse('hold.unknown', id);
        const { bodyDigest, target, method, contentType, session } = hold;
        if (
          JSON.stringify([bodyDigest, target, method, contentType, session]) !==
          JSON.stringify([terms.bodyDigest, terms.target, terms.method, terms.contentType, terms.session])
        )
          return refuse('hold.mismatch', id);
        if (hold.state === 'denied') return refuse('approval.denied', id);
        return hold.state === 'used' ? refuse('hold.used', id) : go(hold);
      },
      commitAct: async ({ hold, event }) => {
        rests.push({ hold, grant: event.facts.grant });
        return go({ intent: 1 });
      },
      redactBody: (_type, bytes) => ({ text: bytes.toString().replace(/123456/, '[redacted]'), note: null }),
    },
  });
});
afterEach(async () => {
  await gate.close();
  await upstream.close();
});

const change = (id: string, over: Partial<Hold>) => {
  const hold = holds.get(id);
  if (hold === undefined) throw new Error(`no hold ${id}`);
  holds.set(id, { ...hold, ...over });
};
const signed = { signedAt: 1 };
const yes = (...names: string[]) => names.map((name) => ({ by: { id: `idp#${name}`, name }, at: 1 }));
const send = (hold?: string, body = '{"pin":"123456"}', more: string[] = []): Promise<RawReply> =>
  sendRaw(
    gate.port,
    requestText(
      'POST /thing',
      [
        COOKIE,
        `Origin: http://${HOST}`,
        JSON_TYPE,
        `Content-Length: ${body.length}`,
        ...(hold === undefined ? [] : [`X-Sallyport-Hold: ${hold}`]),
        ...more,
      ],
      body,
    ),
  );
const problem = (reply: RawReply) => JSON.parse(reply.body) as Record<string, unknown>;

describe('a request that others must sign', () => {
  test('becomes a hold that says what it needs, from whom, for how long, and shows the redacted body', async () => {
    expect(problem(await send())).toMatchObject({
      reason: 'approval.required',
      status: 403,
      remedies: ['stepup.bound', 'approval'],
      approvals: 2,
      whom: '2 of mdm-leads or mdm-owners',
      sentences: ['ada needs stepup.bound and approval.'],
      hold: 'hol_1',
    });
    expect(holds.get('hol_1')).toMatchObject({
      needs: { signed: true, approvals: 2 },
      approvers: ['mdm-leads', 'mdm-owners'],
      rule: 'devices',
      expiresAt: 7_200_000,
      principal: { id: 'idp#ada', name: 'ada' },
      parameters: '{"pin":"[redacted]"}',
      bodyDigest: sha256Hex('{"pin":"123456"}'),
      risk: 'low',
    });
    expect(upstream.requests).toEqual([]);
  });

  test('waits under one number until all have signed, then goes once, resting on exactly these signatures', async () => {
    const { hold } = problem(await send());
    expect(problem(await send('hol_1'))).toMatchObject({ reason: 'hold.unsigned', hold });
    change('hol_1', signed);
    expect(problem(await send('hol_1'))).toMatchObject({
      reason: 'approval.required',
      remedies: ['approval'],
      approvals: 2,
      hold,
    });
    change('hol_1', { approvals: yes('grace') });
    expect(problem(await send('hol_1'))).toMatchObject({ reason: 'approval.required', hold });
    change('hol_1', { approvals: yes('grace', 'linus') });
    upstream.answer(OK);
    expect((await send('hol_1')).status).toBe(200);
    expect(rests).toEqual([{ hold: { id: 'hol_1', signed: true, approvals: 2 }, grant: null }]);
    expect(holds.size).toBe(1);
  });

  test('others have signed, its own person has not: it waits for them', async () => {
    await send();
    change('hol_1', { approvals: yes('grace', 'linus') });
    expect(problem(await send('hol_1'))).toMatchObject({
      reason: 'hold.unsigned',
      remedies: ['stepup.bound'],
      hold: 'hol_1',
    });
  });

  test('with other bytes it is another request: refused, and another number', async () => {
    await send();
    change('hol_1', { ...signed, approvals: yes('grace', 'linus') });
    expect(problem(await send('hol_1', '{"pin":"654321"}'))).toMatchObject({ reason: 'hold.mismatch', hold: 'hol_2' });
    expect(upstream.requests).toEqual([]);
  });

  test('with the same bytes as another type, it is another request too', async () => {
    await send();
    change('hol_1', { ...signed, approvals: yes('grace', 'linus') });
    const body = '{"pin":"123456"}';
    const head = [COOKIE, `Origin: http://${HOST}`, 'Content-Type: text/plain', `Content-Length: ${body.length}`];
    const reply = await sendRaw(gate.port, requestText('POST /thing', [...head, 'X-Sallyport-Hold: hol_1'], body));
    expect(problem(reply).reason).toBe('hold.mismatch');
    expect(upstream.requests).toEqual([]);
  });

  test('turned down is final: the same request is not put before them again unasked', async () => {
    await send();
    change('hol_1', { ...signed, state: 'denied' });
    const told = problem(await send('hol_1'));
    expect(told).toMatchObject({ reason: 'approval.denied', remedies: ['stepup.bound', 'approval'] });
    expect(told).not.toHaveProperty('hold');
    expect(holds.size).toBe(1);
  });

  test('when policy wants more signatures than a hold was made for, it is made anew', async () => {
    decide = ({ signed: own }) => (own ? ALLOW : deny(['stepup.bound']));
    expect(problem(await send())).toMatchObject({ reason: 'stepup.required', hold: 'hol_1' });
    expect(holds.get('hol_1')).toMatchObject({ needs: { signed: true, approvals: 0 }, approvers: [], rule: '' });
    change('hol_1', signed);
    decide = three;
    expect(problem(await send('hol_1'))).toMatchObject({ reason: 'approval.required', hold: 'hol_2' });
    expect(holds.get('hol_2')?.needs).toEqual({ signed: true, approvals: 2 });
  });

  test.each([
    ['no rule speaks of it', null],
    ['its rule names no groups', { id: 'r', holdGroups: [], answerWithin: 1, whom: '1 of mdm-approvers' }],
  ] as const)('nobody is asked when %s', async (_name, rule) => {
    over = { ruleOf: () => rule };
    const told = problem(await send());
    expect(told).toMatchObject({ reason: 'approval.required', approvals: 2 });
    expect(told).not.toHaveProperty('hold');
    expect(told).not.toHaveProperty('whom');
  });

  test('that needs access besides is told to ask for access first, and whom', async () => {
    decide = (facts) => (facts.granted ? three(facts) : deny(['stepup.bound', 'grant', 'approval'], 2));
    const told = problem(await send());
    expect(told).toMatchObject({ reason: 'grant.required', whom: '1 of mdm-approvers' });
    expect(told).not.toHaveProperty('hold');
  });

  test('a signature that policy does not ask for is not used up', async () => {
    await send();
    change('hol_1', { ...signed, approvals: yes('grace', 'linus') });
    decide = ({ stepUpAge }) => (stepUpAge === null ? deny(['stepup.fresh']) : ALLOW);
    const ada = gate.sessions.get('ada-secret');
    if (ada === undefined) throw new Error('nobody');
    gate.sessions.set('ada-secret', { ...ada, steppedUpAt: Date.now() });
    upstream.answer(OK);
    expect((await send('hol_1')).status).toBe(200);
    expect(rests).toEqual([{ hold: null, grant: null }]);
  });

  test('an upload has no digest yet, so it is never held', async () => {
    const reply = await sendRaw(
      gate.port,
      requestText('POST /upload', [COOKIE, `Origin: http://${HOST}`, 'Content-Length: 0', 'X-Sallyport-Hold: hol_1']),
    );
    expect(problem(reply)).not.toHaveProperty('hold');
    expect(holds.size).toBe(0);
  });

  test('a form comes back in the page with everything that was typed, and whom it waits for', async () => {
    const body = 'name=Zo%C3%AB+%22%3Cb%3E&note=a%0D%0Ab';
    const page = await sendRaw(
      gate.port,
      requestText(
        'POST /users',
        [
          COOKIE,
          `Origin: http://${HOST}`,
          'Sec-Fetch-Mode: navigate',
          'Sec-Fetch-Site: same-origin',
          'Content-Type: application/x-www-form-urlencoded',
          `Content-Length: ${body.length}`,
        ],
        body,
      ),
    );
    expect(page.status).toBe(403);
    expect(page.body).toContain(
      JSON.stringify({
        action: '/users',
        fields: [
          ['name', 'ZoÃ« "<b>'],
          ['note', 'a\r\nb'],
        ],
      }),
    );
    expect(holds.get('hol_1')?.bodyDigest).toBe(sha256Hex(body));
  });
});
