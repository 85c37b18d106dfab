// Every file in config/policies/cases is one sentence about who may do what, and is true of the policies that are shipped.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ANSWERS, judgeCase, questionOf, readCases } from '../../src/policy/cases.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import { PORTAL_ACTIONS } from '../../src/policy/schema.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { knownActions } from '../../src/wire/loadRules.ts';

const CONFIG = join(import.meta.dirname, '../../config');

const packs = loadPacks(join(CONFIG, 'packs'));
const policy = createPolicy({ dir: join(CONFIG, 'policies'), actions: knownActions(packs.vocabulary) });
const { cases, faults } = readCases(join(CONFIG, 'policies/cases'));
const riskOf = (action: string) => packs.vocabulary.actions[action]?.risk ?? 'read';

describe('the shipped policies', () => {
  test('have cases that can be read, of every answer', () => {
    expect(faults).toEqual([]);
    expect(new Set(cases.map((one) => one.expected))).toEqual(new Set(ANSWERS));
  });

  for (const one of cases)
    test(`${one.file} ${one.action}: ${one.say}`, () => {
      expect(judgeCase(policy, one, riskOf)).toEqual([]);
      for (const { why } of policy.decide(questionOf(one, riskOf)).would) expect(why).toMatch(/^[A-Z].*\.$/);
    });

  test('have a case that allows and one that refuses for every action of every pack and of the portal', () => {
    expect(packs.all.size).toBeGreaterThan(0);
    const wanted = new Map([...packs.all].map(([id, pack]) => [id, [...pack.actions.keys(), 'unknown.read']]));
    wanted.set('portal', [...PORTAL_ACTIONS]);
    const missing: string[] = [];
    for (const [set, actions] of wanted)
      for (const action of actions) {
        const own = cases.filter((one) => one.set === set && one.action === action);
        // What devices say on their own paths: no policy may ever permit it.
        const never = action === 'device.channel';
        if (own.some((one) => one.expected === 'ALLOW') === never)
          missing.push(`${set}: ${action} is ${never ? 'allowed' : 'never allowed'}`);
        if (!own.some((one) => one.expected !== 'ALLOW')) missing.push(`${set}: ${action} is never refused`);
      }
    expect(missing).toEqual([]);
    expect([...wanted.values()].flat().length).toBeGreaterThan(15);
  });

  test('answer yes or no as they decide, asked alone, and again', () => {
    const other = createPolicy({ dir: join(CONFIG, 'policies'), actions: knownActions(packs.vocabulary) });
    for (const one of cases) {
      const question = questionOf(one, riskOf);
      const { allow } = policy.decide(question);
      expect([one.file, other.allows(question), other.allows(question), policy.allows(question)]).toEqual([
        one.file,
        allow,
        allow,
        allow,
      ]);
    }
  });

  test('name in their cases every policy there is', () => {
    const named = new Set(
      cases.flatMap((one) => {
        const decision = policy.decide(questionOf(one, riskOf));
        return [...decision.policies, ...decision.would.map(({ id }) => id)];
      }),
    );
    expect(policy.policies.size).toBeGreaterThan(15);
    expect([...policy.policies.keys()].filter((id) => !named.has(id))).toEqual([]);
  });

  test('name the same acts in the permit and in the forbid of what rules a console', () => {
    const listOf = (id: string) =>
      [...(policy.policies.get(id)?.text.split(/resource is Console/)[0] ?? '').matchAll(/Action::"([a-z]+)"/g)].map(
        ([, name]) => name,
      );
    expect(listOf('owners-rule-console').length).toBeGreaterThan(10);
    expect(listOf('console-rule-by-owners')).toEqual(listOf('owners-rule-console'));
  });
});
