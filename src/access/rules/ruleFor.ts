// Which approval rule an ask falls under, and what of it does not fit the rule. Pure. No rule: nobody may ask.
import type { AccessRules, ApprovalRule } from '../../kernel/accessRules.ts';
import { selects } from '../../kernel/accessRules.ts';
import type { Action, Target } from '../../kernel/action.ts';

export type RuledAction = Pick<Action, 'name' | 'risk'>;
/** `at`: the member of the ask; `what`: what to do about it, for the person who asks */
export type AskFault = { readonly at: string; readonly what: string };

const firstFor = (rules: AccessRules, console: string, action: RuledAction): ApprovalRule | null =>
  rules.approvals.find(({ match }) => selects(match, console, action)) ?? null;

/** The rule that all these actions fall under; null: there is none for one of them, or they fall under several. */
export function ruleFor(rules: AccessRules, console: string, actions: readonly RuledAction[]): ApprovalRule | null {
  const [rule = null, ...others] = new Set(actions.map((action) => firstFor(rules, console, action)));
  return others.length === 0 ? rule : null;
}

/** Why there is no one rule for these actions, in words; null: there is one. */
export function whyNoRule(rules: AccessRules, console: string, actions: readonly RuledAction[]): string | null {
  if (actions.length === 0) return 'Choose at least one action.';
  if (ruleFor(rules, console, actions) !== null) return null;
  const orphan = actions.find((action) => firstFor(rules, console, action) === null);
  if (orphan !== undefined) return `Nobody may ask for ${orphan.name} here: no approval rule speaks of it.`;
  const [first] = actions;
  const other = actions.find(
    (action) => first !== undefined && firstFor(rules, console, action) !== firstFor(rules, console, first),
  );
  return `Other people approve ${other?.name ?? 'one of these'} than ${first?.name ?? 'the rest'}: ask for it separately.`;
}

/** What of a reason and a ticket does not fit the rule, in the rule's words. For grants and holds. */
export function reasonFaults(
  rule: Pick<ApprovalRule, 'reason' | 'ticket'>,
  { reason, ticket }: { readonly reason: string; readonly ticket: string },
): AskFault[] {
  const faults: AskFault[] = [];
  if (reason.trim() === '') faults.push({ at: 'reason', what: rule.reason?.say ?? 'Say in a few words why.' });
  else if (rule.reason !== null && !wholly(rule.reason.pattern, reason.trim()))
    faults.push({ at: 'reason', what: rule.reason.say });
  if (rule.ticket !== null && !wholly(rule.ticket.pattern, ticket.trim()))
    faults.push({ at: 'ticket', what: rule.ticket.say });
  return faults;
}

const wholly = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`, 'u').test(text);

/** How far ahead a start may lie, ms. */
export const FARTHEST_START = 30 * 24 * 3_600_000;

/** Everything of an ask that the rule does not allow; empty: it may be asked. @param now Redis clock, ms */
export function askFaults(
  rule: ApprovalRule,
  ask: {
    readonly minutes: number;
    readonly uses: number;
    readonly reason: string;
    readonly ticket: string;
    readonly startAt: number | null;
    readonly targets: readonly Target[];
  },
  now: number,
): AskFault[] {
  const faults = reasonFaults(rule, ask);
  const { minutes, uses, startAt, targets } = ask;
  if (targets.length === 0) faults.push({ at: 'targets', what: 'Choose what it is for.' });
  // Half a character cannot be signed over, stored and read back the same.
  else if (!targets.every(({ kind, id }) => kind.isWellFormed() && id.isWellFormed()))
    faults.push({ at: 'targets', what: 'One of these ids cannot be written.' });
  if (!Number.isSafeInteger(minutes) || minutes < 1)
    faults.push({ at: 'minutes', what: 'Ask for at least one minute.' });
  else if (minutes > rule.longest)
    faults.push({ at: 'minutes', what: `At most ${span(rule.longest)} may be asked for here (rule ${rule.id}).` });
  if (!Number.isSafeInteger(uses) || uses < 1) faults.push({ at: 'uses', what: 'Ask for at least one use.' });
  else if (uses > rule.mostUses)
    faults.push({
      at: 'uses',
      what: `At most ${rule.mostUses} ${rule.mostUses === 1 ? 'use' : 'uses'} may be asked for here (rule ${rule.id}).`,
    });
  if (startAt !== null) {
    if (!Number.isSafeInteger(startAt) || startAt <= now)
      faults.push({ at: 'startAt', what: 'Choose a start that is still to come, or start at once.' });
    else if (startAt > now + FARTHEST_START)
      faults.push({ at: 'startAt', what: 'Choose a start within the next 30 days.' });
  }
  return faults;
}

/** What somebody is told who has asked as often as the rule takes within a day. @param wait ms until they may ask again */
export function tooOften({ asksPerDay }: Pick<ApprovalRule, 'asksPerDay'>, wait: number): AskFault {
  const minutes = Math.max(1, Math.ceil(wait / 60_000));
  const when = span(minutes <= 120 ? minutes : Math.ceil(minutes / 60) * 60);
  const times = asksPerDay === 1 ? 'once' : `${asksPerDay} times`;
  return { at: '', what: `You have asked ${times} within a day, as often as you may. You can ask again in ${when}.` };
}

/** "45 minutes", "4 hours" */
const span = (minutes: number): string => {
  const [count, unit] = minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
};

/** Who must say yes, in words: "1 of mdm-approvers, then 2 of mdm-leads or mdm-owners". */
export const whomOf = ({ steps }: Pick<ApprovalRule, 'steps'>): string =>
  steps.map(({ groups, count }) => `${count} of ${groups.join(' or ')}`).join(', then ');

/** Whether a person in these groups needs nobody under this rule. */
export const isAutomatic = (rule: ApprovalRule, groups: readonly string[]): boolean =>
  rule.automatic.some((group) => groups.includes(group));
