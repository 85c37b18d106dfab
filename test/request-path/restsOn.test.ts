// What an act rests on: something is used up for it, a grant names what it lets through, and a signature is about as many
// devices as the people who signed were shown.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Action } from '../../src/kernel/action.ts';
import type { Decision, Question } from '../../src/kernel/facts.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import { go, refuse } from '../../src/kernel/verdict.ts';
import { ALLOW, aHold, anAction, COOKIE, deny, type Gate, HOST, requestText, startGate } from '../kit/gate.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { OK, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

let upstream: RawUpstream;
let gate: Gate;
let action: Action;
let grants: Partial<Grant>[];
let hold: Hold | null;
let rests: unknown[];
let rules: string[][];
let decide: (question: Question) => Decision;

const device = (id: string) => ({ kind: 'device', id });
const act = (name: string, ids: readonly string[], over: Partial<Action> = {}) =>
  anAction({ name, risk: 'destructive', targets: ids.map(device), ...over });
const grant = (actions: readonly string[]): Partial<Grant> => ({
  ...{ id: 'gra_1', state: 'active', holder: { id: 'idp#ada', name: 'ada' }, console: 'acme', actions },
  ...{ targets: [{ kind: 'any', id: '*' }], usesLeft: 5, activeUntil: 1e15 },
});

beforeEach(async () => {
  [grants, rests, rules, hold] = [[], [], [], null];
  upstream = await startRawUpstream();
  upstream.answer(OK);
  gate = await startGate({
    upstream: upstream.origin,
    parts: {
      recognise: async (_request, readBody) => {
        const body = await readBody('judged', 1000);
        return body.go ? go({ action, body: body.value }) : body;
      },
      decide: (question) => decide(question),
      activeGrants: async () => grants as Grant[],
      createHold: async (fresh) => {
        hold = aHold(fresh, { id: 'hol_1' });
        return hold;
      },
      checkHold: async () => (hold === null ? refuse('hold.unknown', '') : go(hold)),
      ruleOf(_console, actions) {
        rules.push(actions.map(({ name }) => name));
        return { id: 'r', holdGroups: ['mdm-approvers'], answerWithin: 1000, whom: '1 of mdm-approvers' };
      },
      commitAct: async ({ hold: used, event }) => {
        rests.push({ hold: used?.id ?? null, grant: event.facts.grant });
        return go({ intent: 1 });
      },
    },
  });
});
afterEach(async () => {
  await gate.close();
  await upstream.close();
});

async function send(held = false): Promise<{ status: number | null; problem: Record<string, unknown> }> {
  const head = [COOKIE, `Origin: http://${HOST}`, 'Content-Length: 2', ...(held ? ['X-Sallyport-Hold: hol_1'] : [])];
  const reply = await sendRaw(gate.port, requestText('POST /thing', head, '{}'));
  return { status: reply.status, problem: reply.status === 200 ? {} : JSON.parse(reply.body) };
}
const signed = () => {
  if (hold === null) throw new Error('no hold');
  hold = { ...hold, state: 'ready', signedAt: 1 };
};

test('where access or a signature would do and both are there, one of them is used up', async () => {
  action = act('device.wipe', ['d-1']);
  decide = ({ facts }) => (facts.granted || facts.signed ? ALLOW : deny(['stepup.bound']));
  await send();
  signed();
  grants = [grant(['device.wipe'])];
  expect((await send(true)).status).toBe(200);
  expect(rests).toEqual([{ hold: 'hol_1', grant: null }]);
});

const byGrant = ({ facts }: Question): Decision => (facts.granted ? ALLOW : deny(['grant']));

test('access to send several requests in one is no access to what is in them', async () => {
  const parts = [act('device.wipe', ['d-1']), act('device.lock', ['d-1'], { risk: 'high' })];
  action = act('bulk.envelope', ['d-1'], { parts });
  decide = byGrant;
  grants = [grant(['bulk.envelope'])];
  const { problem } = await send();
  expect(problem).toMatchObject({ reason: 'grant.required', acts: ['device.lock', 'device.wipe'] });
  expect(rules).toEqual([['device.wipe', 'device.lock']]);
  grants = [grant(['device.wipe'])];
  expect((await send()).problem.reason).toBe('grant.required');
  grants = [grant(['device.lock', 'device.wipe'])];
  expect((await send()).status).toBe(200);
  expect(rests).toEqual([{ hold: null, grant: 'gra_1' }]);
});

test('a read in a batch that needs access itself is not let through by access to the acts beside it', async () => {
  const secret = anAction({ name: 'secret.read', targets: [device('d-1')] });
  action = act('device.wipe', ['d-1'], { parts: [act('device.wipe', ['d-1']), secret] });
  decide = byGrant;
  grants = [grant(['device.wipe'])];
  expect((await send()).problem.reason).toBe('grant.required');
  decide = (question) => (question.action.name === 'secret.read' ? ALLOW : byGrant(question));
  expect((await send()).status).toBe(200);
});

test('a signature over a group counts no more when the group has grown', async () => {
  action = act('group.wipe', [], { targets: [{ kind: 'group', id: '7' }], devices: 2 });
  decide = ({ facts }) => (facts.signed ? ALLOW : deny(['stepup.bound']));
  await send();
  signed();
  const before = hold;
  action = { ...action, devices: 3 };
  expect((await send(true)).problem.reason).toBe('hold.mismatch');
  expect(upstream.requests).toEqual([]);
  hold = before;
  action = { ...action, devices: 1 };
  expect((await send(true)).status).toBe(200);
});

test('acts of one name in a mixed batch are judged together: splitting does not make them few', async () => {
  const wipes = [act('device.wipe', ['d-1']), act('device.wipe', ['d-2'], { devices: 3 })];
  action = act('bulk.envelope', ['d-1', 'd-2'], { parts: [...wipes, act('device.lock', ['d-1'], { risk: 'high' })] });
  const seen: unknown[] = [];
  decide = ({ action: { name, targets, devices } }) => {
    seen.push([name, targets.map(({ id }) => id).join(), devices]);
    return name === 'device.wipe' && targets.length > 1 ? deny([]) : ALLOW;
  };
  expect((await send()).problem.reason).toBe('policy.forbidden');
  expect(seen).toContainEqual(['device.wipe', 'd-1,d-2', 4]);
});

test('devices that nobody let somebody hit are not tried, however many: only a budget was not all that stood against it', async () => {
  const tried: unknown[] = [];
  await gate.close();
  gate = await startGate({
    upstream: upstream.origin,
    parts: {
      decide: (question) => decide(question),
      activeGrants: async () => grants as Grant[],
      budgetOf: async () => 'spent',
      actRefused: async (event, hits) => {
        tried.push([event.facts.reason, hits.flatMap(({ devices }) => devices)]);
      },
    },
  });
  decide = ({ facts }) => {
    if (facts.budget === 'spent') return deny([]);
    return facts.granted && facts.signed ? ALLOW : deny(facts.granted ? ['stepup.bound'] : ['grant', 'stepup.bound']);
  };
  const wipe = requestText('POST /devices/d-1/wipe', [COOKIE, `Origin: http://${HOST}`]);
  expect((await sendRaw(gate.port, wipe)).body).toContain('budget.spent');
  grants = [grant(['device.wipe'])];
  expect((await sendRaw(gate.port, wipe)).body).toContain('budget.spent');
  expect(tried).toEqual([
    ['budget.spent', []],
    ['budget.spent', ['device:d-1']],
  ]);
});
