// config/access.yaml: what is read, which rule an ask falls under, and every fault with its place.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AccessFaults, loadAccessRules, readAccessRules } from '../../src/access/rules/load.ts';
import { isAutomatic, reasonFaults, ruleFor, whomOf, whyNoRule } from '../../src/access/rules/ruleFor.ts';
import type { AccessRules } from '../../src/kernel/accessRules.ts';
import type { Risk } from '../../src/kernel/action.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';

const CONFIG = join(import.meta.dirname, '../../config');
const { vocabulary } = loadPacks(join(CONFIG, 'packs'), { only: [] });
const known = { consoles: ['acme', 'fleet'], actions: Object.keys(vocabulary.actions) };
const read = (text: string): AccessRules => readAccessRules(text, 'access.yaml', known);
const faults = (text: string): string[] => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof AccessFaults) return error.faults.map(({ line, column, what }) => `${line}:${column} ${what}`);
    throw error;
  }
  throw new Error('it was read');
};
const act = (name: string, risk: Risk = 'destructive') => ({ name, risk });

const RULE = `approvals:
  - rule: wipes
    for: { consoles: [acme], actions: [device.wipe, device.retire] }
    approvers:
      - { groups: [mdm-approvers], count: 2 }
      - { groups: [mdm-leads, mdm-owners] }
    longest: 90m
    mostUses: 1
    answerWithin: 2h
`;

describe('the file that comes along', () => {
  const rules = loadAccessRules(join(CONFIG, 'access.yaml'), known);
  test('speaks only of what the vocabulary knows, and of every act', () => {
    for (const [name, { risk }] of Object.entries(vocabulary.actions)) {
      if (risk === 'read') continue;
      expect(ruleFor(rules, 'acme', [{ name, risk }]), name).not.toBeNull();
    }
  });
  test('destructive acts, administration and the rest each have one approver', () => {
    const named = (name: string, risk: Risk) => ruleFor(rules, 'acme', [act(name, risk)])?.id;
    expect(named('device.wipe', 'destructive')).toBe('destructive');
    expect(named('admin.role.change', 'destructive')).toBe('administration');
    expect(named('device.lock', 'high')).toBe('everything-else');
    for (const rule of rules.approvals) expect(whomOf(rule)).toBe('1 of mdm-approvers');
    for (const { automatic } of rules.approvals) expect(automatic).toEqual([]);
  });
  test('its budgets hold on what cannot be undone, per admin and per console', () => {
    expect(rules.budgets.map(({ per, devices, freezeAt }) => [per, devices, freezeAt])).toEqual([
      ['admin', 20, 50],
      ['console', 100, 200],
    ]);
    for (const { match } of rules.budgets) expect(match.risks).toEqual(['destructive']);
  });
});

describe('which rule', () => {
  const rules = read(`${RULE}  - rule: rest
    for: { consoles: [acme] }
    approvers: [{ groups: [mdm-approvers] }]
    longest: 4h
    mostUses: 10
    answerWithin: 1h
    automatic: [mdm-oncall]
`);
  const [wipes, rest] = rules.approvals;
  test('the first that matches', () => {
    expect(ruleFor(rules, 'acme', [act('device.wipe')])).toBe(wipes);
    expect(ruleFor(rules, 'acme', [act('device.wipe'), act('device.retire')])).toBe(wipes);
    expect(ruleFor(rules, 'acme', [act('device.wipe.cancel', 'low')])).toBe(rest);
    expect(ruleFor(rules, 'acme', [act('device.wipe', 'read')]), 'reads have no rule').toBeNull();
  });
  test('several rules, or none, are no rule, and the words say what to do', () => {
    expect(ruleFor(rules, 'acme', [act('device.wipe'), act('device.lock')])).toBeNull();
    expect(whyNoRule(rules, 'acme', [act('device.wipe'), act('device.lock')])).toBe(
      'Other people approve device.lock than device.wipe: ask for it separately.',
    );
    expect(ruleFor(rules, 'fleet', [act('device.wipe')])).toBeNull();
    expect(whyNoRule(rules, 'fleet', [act('device.wipe')])).toBe(
      'Nobody may ask for device.wipe here: no approval rule speaks of it.',
    );
    expect(ruleFor(rules, 'acme', [])).toBeNull();
    expect(whyNoRule(rules, 'acme', [])).toBe('Choose at least one action.');
    expect(whyNoRule(rules, 'acme', [act('device.wipe')])).toBeNull();
  });
  test('its members as they are used', () => {
    expect(wipes).toMatchObject({
      longest: 90,
      mostUses: 1,
      answerWithin: 7_200_000,
      remindAfter: null,
      escalate: null,
    });
    expect(wipes?.holdGroups).toEqual(['mdm-approvers']);
    expect(wipes && whomOf(wipes)).toBe('2 of mdm-approvers, then 1 of mdm-leads or mdm-owners');
    expect(rest && [isAutomatic(rest, ['mdm-oncall', 'x']), isAutomatic(rest, []), isAutomatic(rest, ['x'])]).toEqual([
      true,
      false,
      false,
    ]);
  });
  test('a pattern is about the whole text', () => {
    const rule = { reason: { pattern: 'a|b', say: 'a or b' }, ticket: { pattern: '[A-Z]+-\\d+', say: 'a ticket' } };
    const at = (reason: string, ticket: string) => reasonFaults(rule, { reason, ticket }).map((fault) => fault.at);
    expect(at(' a ', 'MDM-1')).toEqual([]);
    expect(at('ab', 'MDM-1x')).toEqual(['reason', 'ticket']);
    expect(at('a\nb', '')).toEqual(['reason', 'ticket']);
    expect(reasonFaults({ reason: null, ticket: null }, { reason: '  ', ticket: '' })).toHaveLength(1);
  });
});

describe('faults', () => {
  test('all at once, each with line and column', () => {
    expect(
      faults(`${RULE.replace('90m', '2w').replace('mostUses: 1', 'mostUses: 0').replace('count: 2', 'count: 9')}    surprise: 1
budgets:
  - rule: B
    per: nobody
    devices: 1
    window: 1h
`),
    ).toEqual([
      expect.stringMatching(/^5:36 approvals.0.approvers.0.count: .*5/),
      expect.stringMatching(/^7:5 approvals.0.longest: write a time such as/),
      expect.stringMatching(/^8:5 approvals.0.mostUses: /),
      '10:5 approvals.0.surprise: is not known here: check the spelling, or remove it',
      expect.stringMatching(/^12:5 budgets.0.rule: write lower-case letters/),
      expect.stringMatching(/^13:5 budgets.0.per: /),
      '12:5 budgets.0.ask: is missing: it has no default',
    ]);
  });
  test('what makes no sense together', () => {
    const text = `${RULE}    remindAfter: 2h
    escalate: { after: 3h, to: [x] }
${RULE.slice('approvals:\n'.length)}budgets:
  - { rule: b, per: admin, devices: 50, window: 1h, freezeAt: 20, ask: me }
`;
    expect(faults(text)).toEqual([
      '12:5 approvals.1.rule: two rules are called wipes: choose another name',
      '10:5 approvals.0.remindAfter: comes after answerWithin, so it would never happen: make it shorter',
      '11:17 approvals.0.escalate.after: comes after answerWithin, so it would never happen: make it shorter',
      '21:53 budgets.0.freezeAt: freezes before the budget of 50 is spent: write 50 or more',
    ]);
  });
  test('consoles and actions that are not there, misspelt patterns', () => {
    expect(faults(RULE.replace('[acme]', '[acne]').replace('device.retire', 'device.retir'))).toEqual([
      expect.stringMatching(/^3:\d+ approvals.0.for.consoles.0: no console is called acne$/),
      expect.stringMatching(/^3:\d+ approvals.0.for.actions.1: no action is called device.retir$/),
    ]);
    expect(faults(RULE.replace('device.retire', "'device*'"))).toHaveLength(1);
    expect(faults(RULE.replace('device.retire', "'**'"))).toHaveLength(1);
  });
  test('regular expressions that are none, or that one short text could keep busy for ever', () => {
    const withTicket = (pattern: string) => `${RULE}    ticket: { pattern: '${pattern}', say: x }\n`;
    for (const pattern of ['(', '(a+)+', '([a-z]*x)*', '(a)\\1', '(a{1,9}){9}', ''])
      expect(faults(withTicket(pattern)), pattern).toHaveLength(1);
    expect(read(withTicket('(INC|CHG)\\d{6,8}')).approvals[0]?.ticket?.say).toBe('x');
  });
  test('an empty file, broken YAML, aliases, members written twice, a file that is not there', () => {
    expect(faults('')).toEqual([expect.stringContaining('approvals: is missing')]);
    expect(faults('approvals: [')).not.toEqual([]);
    expect(faults('approvals: &a []\nbudgets: *a\n')).toEqual([expect.stringContaining('write it out')]);
    expect(faults('approvals: []\napprovals: []\n')).toHaveLength(1);
    expect(() => loadAccessRules(join(CONFIG, 'nothing.yaml'))).toThrow('cannot be read');
  });
  test('the comments of the file tell every member that there is', () => {
    const text = readFileSync(join(CONFIG, 'access.yaml'), 'utf8');
    const members = ['approvers', 'requests', 'reason', 'ticket', 'longest', 'mostUses', 'answerWithin', 'remindAfter'];
    for (const member of [...members, 'escalate', 'automatic', 'per', 'devices', 'window', 'freezeAt', 'ask'])
      expect(text, member).toMatch(new RegExp(`^#   ${member} `, 'm'));
  });
});
