// Every file in config/policies/cases is one sentence about who may do what, and is true of the policies that are shipped.
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Question } from '../../src/kernel/facts.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';

const CONFIG = join(import.meta.dirname, '../../config');
const CASES = join(CONFIG, 'policies/cases');
const EXPECTED = ['ALLOW', 'DENY', 'STEP_UP', 'GRANT'] as const;

const Case = z.strictObject({
  say: z.string().min(1),
  groups: z.array(z.string()),
  action: z.union([z.string(), z.array(z.string()).min(1)]),
  on: z.string(),
  risk: z.enum(['read', 'low', 'high', 'destructive']).optional(),
  targets: z.union([z.number().int(), z.array(z.string())]).default([]),
  facts: z
    .strictObject({
      stepUpAge: z.number().nullable().default(null),
      signed: z.boolean().default(false),
      granted: z.boolean().default(false),
    })
    .prefault({}),
  policies: z.array(z.string()).optional(),
  remedies: z.array(z.string()).optional(),
});

const policy = createPolicy({ dir: join(CONFIG, 'policies') });
const packs = loadPacks(join(CONFIG, 'packs'));

const cases = readdirSync(CASES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .sort()
  .flatMap((file) => {
    const [set = '', expected = ''] = file.split(sep);
    const read = Case.parse(JSON.parse(readFileSync(join(CASES, file), 'utf8')));
    const actions = typeof read.action === 'string' ? [read.action] : read.action;
    return actions.map((action) => ({ ...read, file, set, expected, action }));
  });

function questionOf(one: (typeof cases)[number]): Question {
  const targets =
    typeof one.targets === 'number'
      ? Array.from({ length: one.targets }, (_, index) => ({ kind: 'device', id: `d-${index}` }))
      : one.targets.map((target) => {
          const [kind = '', id = ''] = target.split(':');
          return { kind, id };
        });
  const risk = one.risk ?? packs.vocabulary.actions[one.action]?.risk ?? 'read';
  return {
    principal: { id: 'https://idp.example#somebody', name: 'Somebody', groups: one.groups },
    action: { name: one.action, risk, targets },
    on: one.on,
    facts: one.facts,
  };
}

describe('the shipped policies', () => {
  for (const one of cases)
    test(`${one.file} ${one.action}: ${one.say}`, () => {
      expect(EXPECTED).toContain(one.expected);
      const decision = policy.decide(questionOf(one));
      const answer = decision.allow
        ? 'ALLOW'
        : decision.remedies.includes('grant')
          ? 'GRANT'
          : decision.remedies.length > 0
            ? 'STEP_UP'
            : 'DENY';
      expect({ answer, ...decision }).toMatchObject({ answer: one.expected });
      if (one.policies) expect(decision.policies).toEqual([...one.policies].sort());
      if (one.remedies) expect(decision.remedies).toEqual(one.remedies);
      if (!decision.allow && decision.remedies.length > 0)
        for (const { why } of decision.would) expect(why).toMatch(/^[A-Z].*\.$/);
    });

  test('have a case that allows and one that refuses for every action of every pack and of the portal', () => {
    expect(packs.all.size).toBeGreaterThan(0);
    const wanted = new Map([...packs.all].map(([id, pack]) => [id, [...pack.actions.keys(), 'unknown.read']]));
    wanted.set('portal', ['access.ask', 'access.approve', 'recording.view']);
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

  test('name in their cases every policy there is', () => {
    const named = new Set(
      cases.flatMap((one) => {
        const decision = policy.decide(questionOf(one));
        return [...decision.policies, ...decision.would.map(({ id }) => id)];
      }),
    );
    const ids = readdirSync(join(CONFIG, 'policies'))
      .filter((file) => file.endsWith('.cedar'))
      .flatMap((file) => [...readFileSync(join(CONFIG, 'policies', file), 'utf8').matchAll(/@id\("([^"]+)"\)/g)])
      .map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(5);
    expect(ids.filter((id) => id !== undefined && !named.has(id))).toEqual([]);
  });
});

test('the vocabulary and the schema know the same actions with the same risks', () => {
  const schema = readFileSync(join(CONFIG, 'policies/schema.cedarschema'), 'utf8');
  const portal = new Set(['access.ask', 'access.approve', 'recording.view']);
  const onConsoles = [...policy.actions].filter((action) => !portal.has(action));
  expect(onConsoles.sort()).toEqual(Object.keys(packs.vocabulary.actions).sort());
  for (const [, names = '', group = ''] of schema.matchAll(/^action\n([^;]*?)\n {2}in \["(\w+)"\]/gm))
    for (const [, name = ''] of names.matchAll(/"([^"]+)"/g))
      expect([name, packs.vocabulary.actions[name]?.risk]).toEqual([name, group]);
});
