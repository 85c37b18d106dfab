// The schema is made from the vocabulary: what it holds, in which groups, and which names cannot be.
import { describe, expect, test } from 'vitest';
import { parseSchema } from '../../src/policy/cedar.ts';
import { generateSchema, type KnownAction, namesInSchema, PORTAL_ACTIONS } from '../../src/policy/schema.ts';

const ACTIONS: readonly KnownAction[] = [
  { name: 'device.wipe', risk: 'destructive' },
  { name: 'device.read', risk: 'read' },
  { name: 'profile.install', risk: 'high' },
  { name: 'user.update', risk: 'low' },
  { name: 'unknown.read', risk: 'read' },
  { name: 'unknown.write', risk: 'high' },
  { name: 'device.channel', risk: 'destructive' },
];

describe('the schema', () => {
  const { actions, faults } = parseSchema(generateSchema(ACTIONS));
  const groupsOf = (name: string) => actions.find((action) => action.name === name)?.groups.toSorted();

  test('puts each action into the groups of its risk and its kind', () => {
    expect(faults).toEqual([]);
    expect(groupsOf('device.wipe')).toEqual(['destructive', 'device']);
    expect(groupsOf('device.read')).toEqual(['device', 'read']);
    expect(groupsOf('profile.install')).toEqual(['high', 'profile']);
    expect(groupsOf('user.update')).toEqual(['low', 'user']);
  });

  test('puts what nobody described, and what devices use, into no group that a permit could reach', () => {
    expect(groupsOf('unknown.write')).toEqual([]);
    expect(groupsOf('device.channel')).toEqual([]);
    expect(groupsOf('unknown.read')).toEqual(['read']);
  });

  test('has them also when the vocabulary leaves them out', () => {
    const known = parseSchema(generateSchema([{ name: 'device.read', risk: 'read' }])).actions.map(({ name }) => name);
    expect(known).toEqual(expect.arrayContaining(['unknown.write', 'device.channel', ...PORTAL_ACTIONS]));
  });

  test('keeps the portal apart: its actions are in no group', () => {
    for (const name of PORTAL_ACTIONS) expect(groupsOf(name)).toEqual([]);
  });

  test('has exactly the actions that it says it has', () => {
    expect(actions.map(({ name }) => name).sort()).toEqual([...namesInSchema(ACTIONS)].sort());
  });

  test('is the same text whatever the order of the vocabulary', () => {
    expect(generateSchema(ACTIONS.toReversed())).toBe(generateSchema(ACTIONS));
  });

  test('refuses names that stand for something else', () => {
    const withAction = (name: string) => () => generateSchema([...ACTIONS, { name, risk: 'low' }]);
    expect(withAction('act.now')).toThrow(/the name act,/);
    expect(withAction('high.five')).toThrow(/the name high,/);
    expect(withAction('device')).toThrow(/an action device and actions of the kind device/);
    expect(withAction('policy.view')).toThrow(/the name policy\.view/);
  });
});
