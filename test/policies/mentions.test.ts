// Answers are kept by what a policy can see: what it names, and of numbers only where it cuts them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BARE_FACTS, type Facts, type Question } from '../../src/kernel/facts.ts';
import { createEvaluator, parsePolicies } from '../../src/policy/cedar.ts';
import { allMentions, mentionsOf, standIn } from '../../src/policy/mentions.ts';
import { generateSchema } from '../../src/policy/schema.ts';
import { createSight } from '../../src/policy/sight.ts';

const parsedOf = (text: string): unknown => {
  const { policies, faults } = parsePolicies(text);
  expect(faults).toEqual([]);
  return policies[0]?.parsed;
};
const seenBy = (condition: string) =>
  mentionsOf(parsedOf(`permit(principal, action, resource) when { ${condition} };`));
const factsOf = (condition: string) => Object.fromEntries(seenBy(condition).facts ?? []);

describe('what a policy names', () => {
  test('of a number are the constants that it is compared with, from either side', () => {
    expect(factsOf('context.devices <= 5 && 10 < context.devices && context.hour != 7')).toEqual({
      devices: [5, 10],
      hour: [7],
    });
  });

  test('is the whole number when it is used in any other way', () => {
    expect(factsOf('context.devices + 1 > 5')).toEqual({ devices: 'exact' });
    expect(factsOf('[1, 2].contains(context.devices) && context.devices < 9')).toEqual({ devices: 'exact' });
    expect(factsOf('context.devices > context.targets')).toEqual({ devices: 'exact', targets: 'exact' });
    expect(factsOf('context.devices > -1')).toEqual({ devices: [-1] });
  });

  test('is whether a fact is there', () => {
    expect(factsOf('context has stepUpAge')).toEqual({ stepUpAge: [] });
    expect(factsOf('context has stepUpAge && context.stepUpAge <= 300')).toEqual({ stepUpAge: [300] });
  });

  test('is everything when the context is used as a whole', () => {
    expect(seenBy('context == context').facts).toBeNull();
    expect(seenBy('{ a: context } has a').facts).toBeNull();
    expect(allMentions([seenBy('context.signed'), seenBy('context == context')]).facts).toBeNull();
  });

  test('are the groups and people in it, wherever they stand', () => {
    const scope = mentionsOf(parsedOf('permit(principal in Group::"a", action, resource);'));
    expect([...scope.groups]).toEqual(['a']);
    expect(scope.person).toBe(false);
    expect([...seenBy('principal in [Group::"b", Group::"c"] || principal in Group::"d"').groups].sort()).toEqual([
      'b',
      'c',
      'd',
    ]);
    expect(seenBy('principal == Person::"x"').person).toBe(true);
    expect(mentionsOf(parsedOf('permit(principal == Person::"x", action, resource);')).person).toBe(true);
  });
});

test('a stand-in lies on the same side of every constant as the number itself', () => {
  const number = fc.integer({ min: 0, max: 40 });
  fc.assert(
    fc.property(number, fc.uniqueArray(number, { maxLength: 6 }), (value, some) => {
      const cuts = some.sort((a, b) => a - b);
      const stand = standIn(value, cuts);
      for (const at of cuts) expect(Math.sign(stand - at)).toBe(Math.sign(value - at));
    }),
  );
});

test('what is left out never changes an answer: the same as asking with every fact, group and person', () => {
  const actions = [{ name: 'device.lock', risk: 'high' }] as const;
  const policies = {
    a: 'permit(principal in Group::"a", action, resource) when { context.devices <= 5 && context.signed };',
    b: 'permit(principal, action, resource) when { context has stepUpAge && context.stepUpAge < 300 && context.hour >= 7 };',
    c: 'permit(principal, action, resource) when { principal in [Group::"b", Group::"c"] && 3 < context.approvals };',
    d: 'forbid(principal, action, resource) when { context.networks.contains("guest") || context.budget == "spent" };',
    e: 'forbid(principal == Person::"idp#eve", action, resource) unless { context.day <= 5 };',
  };
  const evaluate = createEvaluator(generateSchema(actions), policies);
  const parsed = Object.values(policies).map((text) => mentionsOf(parsedOf(text)));
  const whole = createSight({ facts: null, groups: new Set(['a', 'b', 'c', 'd']), person: true });
  const few = createSight(allMentions(parsed));
  const answers = new Map<string, boolean>();
  const facts: fc.Arbitrary<Facts> = fc
    .record({
      stepUpAge: fc.option(fc.integer({ min: 0, max: 4000 })),
      signed: fc.boolean(),
      granted: fc.boolean(),
      approvals: fc.integer({ min: 0, max: 6 }),
      budget: fc.constantFrom('open', 'low', 'spent'),
      lockdown: fc.boolean(),
      networks: fc.subarray(['guest', 'office']),
      day: fc.constantFrom(1, 5, 6, 7),
      hour: fc.integer({ min: 0, max: 23 }),
      sessionAge: fc.integer({ min: 0, max: 600 }),
    })
    .map((some) => ({ ...BARE_FACTS, ...some }));
  fc.assert(
    fc.property(
      facts,
      fc.subarray(['a', 'b', 'c', 'd']),
      fc.constantFrom('idp#eve', 'idp#ada'),
      fc.integer({ min: 0, max: 12 }),
      (told, groups, id, devices) => {
        const action = { name: 'device.lock', risk: 'high', targets: [], devices } as const;
        const question: Question = { principal: { id, name: id, groups }, action, on: 'mdm', facts: told };
        const ask = (sight: typeof whole) => evaluate(sight.requestFor(question, sight.contextOf(question, told)));
        const full = ask(whole).allow;
        expect(ask(few)).toEqual(ask(whole));
        const key = few.keyOf(question, few.contextOf(question, told));
        expect(answers.get(key) ?? full).toBe(full);
        answers.set(key, full);
      },
    ),
    { numRuns: 400 },
  );
  expect(new Set(answers.values()).size).toBe(2);
});

test('a session that grows older, and another person of the same groups, ask nothing new', () => {
  const text =
    'permit(principal in Group::"a", action, resource) when { context has stepUpAge && context.stepUpAge <= 300 };';
  const sight = createSight(mentionsOf(parsedOf(text)));
  const keyOf = (id: string, groups: string[], facts: Partial<Facts>) => {
    const action = { name: 'device.lock', risk: 'high', targets: [] } as const;
    const question: Question = {
      principal: { id, name: id, groups },
      action,
      on: 'mdm',
      facts: { ...BARE_FACTS, ...facts },
    };
    return sight.keyOf(question, sight.contextOf(question, question.facts));
  };
  const first = keyOf('ada', ['a'], { stepUpAge: 3, sessionAge: 4, hour: 9 });
  expect(keyOf('bob', ['a', 'z'], { stepUpAge: 299, sessionAge: 44, hour: 10 })).toBe(first);
  expect(keyOf('ada', ['a'], { stepUpAge: 301 })).not.toBe(first);
  expect(keyOf('ada', ['a'], { stepUpAge: null })).not.toBe(first);
  expect(keyOf('ada', ['z'], { stepUpAge: 3 })).not.toBe(first);
});
