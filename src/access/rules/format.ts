// The shape of access.yaml as people write it, and what it becomes. Closed objects: a misspelt member is a fault, never a
// rule that silently asks for less.
import { z } from 'zod';
import type { AccessRules, ApprovalRule, BudgetRule, Selector } from '../../kernel/accessRules.ts';

const UNITS = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 } as const;

/** ms */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,3}[mhd]$/, 'write a time such as 30m, 4h or 7d')
  .transform((text) => Number.parseInt(text, 10) * UNITS[text.slice(-1) as keyof typeof UNITS]);

const DAY = UNITS.d;
const within = (most: number, says: string) => duration.refine((ms) => ms <= most, says);

const ruleName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'write lower-case letters, digits and dashes');
const group = z.string().trim().min(1, 'name a group').max(200);
const groups = z.array(group).min(1, 'name at least one group').max(20);
const sentence = z.string().trim().min(1).max(200);
const actionPattern = z
  .string()
  .regex(
    /^(\*|[a-z]+(\.[a-z_]+)*\.\*|[a-z]+(\.[a-z_]+)+)$/,
    "write an action such as device.wipe, a kind such as device.*, or '*'",
  );
const consolePattern = z.string().regex(/^(\*|[a-z][a-z0-9-]{0,39})$/, "write the id of a console, or '*'");

/** What is done to a pattern that could keep a gateway busy for minutes with one short text (pitfall 34). */
const pattern = z
  .string()
  .min(1)
  .max(200)
  .superRefine((text, context) => {
    const add = (message: string) => context.addIssue({ code: 'custom', message });
    try {
      new RegExp(`^(?:${text})$`, 'u');
    } catch {
      add('is not a regular expression');
      return;
    }
    if (/\([^)]*[*+}][^)]*\)[*+{]/.test(text)) add('repeats a group that repeats: write it without (a+)+');
    if (/\\[1-9]|\\k</.test(text)) add('refers back to a group: write it without \\1');
  });
const worded = z.strictObject({ pattern, say: sentence });

const selector = z
  .strictObject({
    consoles: z.array(consolePattern).min(1).default(['*']),
    actions: z.array(actionPattern).min(1).default(['*']),
    risks: z
      .array(z.enum(['low', 'high', 'destructive']))
      .min(1)
      .default(['low', 'high', 'destructive']),
  })
  .prefault({});

const approval = z.strictObject({
  rule: ruleName,
  for: selector,
  approvers: z
    .array(z.strictObject({ groups, count: z.int().min(1).max(5).default(1) }))
    .min(1, 'name at least one step')
    .max(5),
  /** who signs exact requests; without it, the groups of the first step */
  requests: groups.optional(),
  reason: worded.optional(),
  ticket: worded.optional(),
  longest: within(DAY, 'access for more than a day is not just in time: write 24h or less'),
  mostUses: z.int().min(1).max(100),
  asksPerDay: z.int().min(1).max(10_000).default(50),
  answerWithin: within(7 * DAY, 'write 7d or less'),
  remindAfter: duration.optional(),
  escalate: z.strictObject({ after: duration, to: groups }).optional(),
  automatic: z.array(group).max(20).default([]),
});

const budget = z.strictObject({
  rule: ruleName,
  for: selector,
  per: z.enum(['admin', 'console']),
  devices: z.int().min(1).max(1_000_000),
  window: within(31 * DAY, 'write 31d or less'),
  freezeAt: z.int().min(1).max(10_000_000).optional(),
  ask: sentence,
});

export const AccessFormat = z.strictObject({
  approvals: z.array(approval).max(200),
  budgets: z.array(budget).max(50).default([]),
});
export type AccessFormat = z.infer<typeof AccessFormat>;

export type Finding = { readonly path: readonly (string | number)[]; readonly what: string };

/** What each member says is right by itself, and still makes no sense together. */
export function contradictions({ approvals, budgets }: AccessFormat): Finding[] {
  const findings: Finding[] = [];
  const add = (path: readonly (string | number)[], what: string) => findings.push({ path, what });
  const unique = (list: readonly { readonly rule: string }[], where: string) => {
    const seen = new Set<string>();
    list.forEach(({ rule }, index) => {
      if (seen.has(rule)) add([where, index, 'rule'], `two rules are called ${rule}: choose another name`);
      seen.add(rule);
    });
  };
  unique(approvals, 'approvals');
  unique(budgets, 'budgets');
  approvals.forEach(({ answerWithin, remindAfter, escalate }, index) => {
    const never = 'comes after answerWithin, so it would never happen: make it shorter';
    if (remindAfter !== undefined && remindAfter >= answerWithin) add(['approvals', index, 'remindAfter'], never);
    if (escalate !== undefined && escalate.after >= answerWithin) add(['approvals', index, 'escalate', 'after'], never);
  });
  budgets.forEach(({ devices, freezeAt }, index) => {
    if (freezeAt !== undefined && freezeAt < devices)
      add(['budgets', index, 'freezeAt'], `freezes before the budget of ${devices} is spent: write ${devices} or more`);
  });
  return findings;
}

const selectorOf = ({ consoles, actions, risks }: z.infer<typeof selector>): Selector => ({ consoles, actions, risks });

const approvalOf = (source: z.infer<typeof approval>): ApprovalRule => ({
  id: source.rule,
  match: selectorOf(source.for),
  steps: source.approvers,
  holdGroups: source.requests ?? source.approvers[0]?.groups ?? [],
  reason: source.reason ?? null,
  ticket: source.ticket ?? null,
  longest: source.longest / UNITS.m,
  mostUses: source.mostUses,
  asksPerDay: source.asksPerDay,
  answerWithin: source.answerWithin,
  remindAfter: source.remindAfter ?? null,
  escalate: source.escalate ?? null,
  automatic: source.automatic,
});

const budgetOf = (source: z.infer<typeof budget>): BudgetRule => ({
  id: source.rule,
  match: selectorOf(source.for),
  per: source.per,
  devices: source.devices,
  window: source.window,
  freezeAt: source.freezeAt ?? null,
  ask: source.ask,
});

export const accessRulesOf = ({ approvals, budgets }: AccessFormat): AccessRules => ({
  approvals: approvals.map(approvalOf),
  budgets: budgets.map(budgetOf),
});
