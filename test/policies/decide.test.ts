// What holds for decisions under any policies.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BARE_FACTS, type Facts, type Question } from '../../src/kernel/facts.ts';
import { PolicyFailed } from '../../src/policy/cedar.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import { findRemedies } from '../../src/policy/remedies.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const ACTIONS = [{ name: 'device.lock', risk: 'low' }] as const;

function policyOf(text: string) {
  const dir = mkdtempSync(join(tmpdir(), 'policies-'));
  folders.push(dir);
  writeFileSync(join(dir, 'a.cedar'), text);
  return createPolicy({ dir, actions: ACTIONS });
}

const NOTHING: Facts = BARE_FACTS;
const question = (facts: Partial<Facts> = {}, more: Partial<Question> = {}): Question => ({
  principal: { id: 'https://idp.example#1', name: 'Ada', groups: ['admins'] },
  action: { name: 'device.lock', risk: 'high', targets: [{ kind: 'device', id: 'd-1' }] },
  on: 'mdm',
  facts: { ...NOTHING, ...facts },
  ...more,
});

describe('a decision', () => {
  test('is never made in doubt: an action that the schema does not know throws, it does not deny', () => {
    const policy = policyOf('@id("all") @why("All.") permit(principal, action, resource);');
    const unknown = question({}, { action: { name: 'device.nuke', risk: 'high', targets: [] } });
    expect(() => policy.decide(unknown)).toThrow(PolicyFailed);
    expect(() => policy.decide(question({}, { on: 'portal' }))).toThrow(PolicyFailed);
  });

  test('is never made in doubt: a forbid whose evaluation fails throws, although Cedar would skip it', () => {
    const policy = policyOf(`
@id("all") @why("All.") permit(principal, action, resource);
@id("never") @why("Too many.") forbid(principal, action, resource) when { context.targets * 9223372036854775807 > 5 };`);
    const three = Array.from({ length: 3 }, (_, index) => ({ kind: 'device', id: `d-${index}` }));
    expect(() =>
      policy.decide(question({}, { action: { name: 'device.lock', risk: 'high', targets: three } })),
    ).toThrow(PolicyFailed);
  });

  test('does not take an impossible age of a step-up for fresh', () => {
    const policy = policyOf('@id("all") @why("All.") permit(principal, action, resource);');
    expect(() => policy.decide(question({ stepUpAge: Number.NaN }))).toThrow(PolicyFailed);
    expect(() => policy.decide(question({ stepUpAge: -3600 }))).toThrow(PolicyFailed);
  });

  test('counts the age of a step-up in whole seconds, upward: 300 is 300, a moment more is not', () => {
    const policy = policyOf(
      '@id("fresh") @why("Fresh.") permit(principal, action, resource) when { context has stepUpAge && context.stepUpAge <= 300 };',
    );
    const allowedAt = (stepUpAge: number | null) => policy.decide(question({ stepUpAge })).allow;
    expect([0, 299.4, 300].map(allowedAt)).toEqual([true, true, true]);
    expect([300.001, 301, 3600, 3601, 1e9, null].map(allowedAt)).toEqual([false, false, false, false, false, false]);
    expect(allowedAt(-1)).toBe(true);
  });

  test('keeps nothing from one question that another depends on', () => {
    const policy = policyOf(`
@id("group") @why("Group.") permit(principal in Group::"admins", action, resource == Console::"mdm") when { context.devices == 1 };
@id("one") @why("One person.") forbid(principal == Person::"https://idp.example#2", action, resource);
@id("granted") @why("Granted.") forbid(principal, action, resource) when { context.granted && context.risk == "low" };`);
    const base = question();
    const other = (change: Partial<Question>) => policy.decide({ ...base, ...change }).allow;
    for (let round = 0; round < 2; round += 1) {
      expect(other({})).toBe(true);
      expect(other({ on: 'mdm2' })).toBe(false);
      expect(other({ principal: { ...base.principal, groups: [] } })).toBe(false);
      expect(other({ principal: { ...base.principal, groups: ['admins"'] } })).toBe(false);
      expect(other({ principal: { ...base.principal, id: 'https://idp.example#2' } })).toBe(false);
      expect(other({ action: { ...base.action, targets: [] } })).toBe(false);
      expect(other({ action: { ...base.action, targets: [{ kind: 'user', id: 'd-1' }] } })).toBe(false);
      expect(other({ action: { ...base.action, risk: 'low' }, facts: { ...NOTHING, granted: true } })).toBe(false);
    }
  });

  test('can be handed on without being changed', () => {
    const decision = policyOf('@id("all") @why("All.") permit(principal, action, resource);').decide(question());
    expect(Object.isFrozen(decision)).toBe(true);
  });

  test('takes microseconds when the question was asked before', () => {
    const policy = policyOf('@id("all") @why("All.") permit(principal, action, resource);');
    // The quickest of several batches: what it costs, not what else this machine does meanwhile. Microseconds.
    const timed = (size: number, ask: (round: number) => void): number => {
      let quickest = Number.POSITIVE_INFINITY;
      for (let batch = 0; batch < 20; batch += 1) {
        const from = performance.now();
        for (let round = 0; round < size; round += 1) ask(batch * size + round);
        quickest = Math.min(quickest, ((performance.now() - from) * 1000) / size);
      }
      return quickest;
    };
    const first = timed(10, (round) => policy.decide(question({}, { on: `console-${round}` })));
    const again = timed(1000, () => policy.decide(question()));
    console.log(`a new question ${first.toFixed(0)} µs, a known one ${again.toFixed(1)} µs`);
    expect(again).toBeLessThan(100);
  });
});

describe('remedies', () => {
  const asking = (allowed: (facts: Facts) => boolean) => (facts: Facts) => ({ allow: allowed(facts), policies: ['p'] });

  test('are the smallest set that allows', () => {
    const fresh = (facts: Facts) => facts.stepUpAge === 0;
    expect(findRemedies(NOTHING, asking(fresh)).remedies).toEqual(['stepup.fresh']);
    expect(
      findRemedies(
        NOTHING,
        asking((facts) => fresh(facts) || facts.granted),
      ).remedies,
    ).toEqual(['stepup.fresh']);
    expect(
      findRemedies(
        NOTHING,
        asking((facts) => facts.signed && facts.granted),
      ).remedies,
    ).toEqual(['stepup.bound', 'grant']);
    expect(
      findRemedies(
        NOTHING,
        asking((facts) => fresh(facts) && facts.signed && facts.granted),
      ).remedies,
    ).toEqual(['stepup.fresh', 'stepup.bound', 'grant']);
  });

  test('of one size are the ones of least effort', () => {
    expect(
      findRemedies(
        NOTHING,
        asking((facts) => facts.signed || facts.granted),
      ).remedies,
    ).toEqual(['stepup.bound']);
  });

  test('never name what is there already, and are empty when nothing helps', () => {
    const signedAlready = { ...NOTHING, signed: true };
    expect(
      findRemedies(
        signedAlready,
        asking((facts) => facts.signed && facts.granted),
      ).remedies,
    ).toEqual(['grant']);
    expect(
      findRemedies(
        NOTHING,
        asking(() => false),
      ),
    ).toEqual({ remedies: [], approvals: 0, policies: [] });
  });

  test('count how many other people must sign, and ask for no more than needed', () => {
    const others = (many: number) => asking((facts) => facts.approvals >= many);
    expect(findRemedies(NOTHING, others(1))).toMatchObject({ remedies: ['approval'], approvals: 1 });
    expect(findRemedies(NOTHING, others(3))).toMatchObject({ remedies: ['approval'], approvals: 3 });
    expect(findRemedies({ ...NOTHING, approvals: 1 }, others(2))).toMatchObject({ approvals: 2 });
    expect(findRemedies(NOTHING, others(4))).toMatchObject({ remedies: [], approvals: 0 });
    expect(findRemedies({ ...NOTHING, approvals: 3 }, others(4)).remedies).toEqual([]);
    // Of one size, a grant is less effort than people who sign this very request.
    const either = asking((facts) => facts.granted || facts.approvals >= 1);
    expect(findRemedies(NOTHING, either)).toMatchObject({ remedies: ['grant'], approvals: 0 });
    const all = asking((facts) => facts.stepUpAge === 0 && facts.signed && facts.granted && facts.approvals >= 2);
    expect(findRemedies(NOTHING, all)).toMatchObject({
      remedies: ['stepup.fresh', 'stepup.bound', 'grant', 'approval'],
      approvals: 2,
    });
  });

  test('are the ones that the policy of the set would take, found by asking it again', () => {
    const policy = policyOf(`
@id("all") @why("All.") permit(principal, action, resource) when { context.signed };
@id("two") @why("Two people.") forbid(principal, action, resource) when { context.devices > 5 } unless { context.approvals >= 2 };`);
    const six = Array.from({ length: 6 }, (_, index) => ({ kind: 'device', id: `d-${index}` }));
    const decision = policy.decide(question({}, { action: { name: 'device.lock', risk: 'high', targets: six } }));
    expect(decision).toMatchObject({
      allow: false,
      remedies: ['stepup.bound', 'approval'],
      approvals: 2,
      policies: ['two'],
      forbids: [{ id: 'two', why: 'Two people.' }],
      would: [{ id: 'all', why: 'All.' }],
    });
    const counted = { name: 'device.lock', risk: 'high', targets: [{ kind: 'group', id: '7' }], devices: 6 } as const;
    expect(policy.decide(question({}, { action: counted })).approvals).toBe(2);
  });

  test('name a forbid that stays in the way by offering nothing', () => {
    const policy = policyOf(`
@id("all") @why("All.") permit(principal, action, resource);
@id("never") @why("Never.") forbid(principal, action, resource);`);
    expect(policy.decide(question())).toMatchObject({ allow: false, policies: ['never'], remedies: [], would: [] });
  });
});

test('an explanation says who, what, which policy and what would help', () => {
  const policy = policyOf(`
@id("by-grant") @why("Locks need a grant.") @remedy("Ask for access.")
permit(principal, action, resource) when { context.granted };`);
  const { sentences, policies } = policy.explain(question());
  expect(sentences).toEqual([
    'Ada may not do device.lock on 1 device at mdm.',
    'No policy allows it.',
    'It needs access to these targets that somebody else approved.',
    'Policy by-grant would allow it: Locks need a grant.',
    'Ask for access.',
  ]);
  expect(policies).toMatchObject([{ id: 'by-grant', role: 'would allow' }]);
  expect(Object.keys(policies[0] ?? {}).sort()).toEqual(['effect', 'id', 'remedy', 'role', 'why']);
  expect(policy.why('by-grant')).toBe('Locks need a grant.');
  expect(policy.why('other')).toBeNull();
});
