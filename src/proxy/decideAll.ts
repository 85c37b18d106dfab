// A batch is allowed only when policy allows the whole and each of its parts: the strictest answer holds.

import type { Action } from '../kernel/action.ts';
import type { Decision, Question } from '../kernel/facts.ts';

/** @throws when the policy cannot be evaluated */
export function decideAll(
  decide: (question: Question) => Decision,
  question: Omit<Question, 'action'> & { readonly action: Action },
): Decision {
  const whole = decide(question);
  const { parts } = question.action;
  if (parts === undefined) return whole;
  const each = parts.map((action) => decide({ ...question, action }));
  const denied = [whole, ...each].filter(({ allow }) => !allow);
  if (denied.length === 0) return whole;
  const hopeless = denied.find(({ remedies }) => remedies.length === 0);
  if (hopeless !== undefined) return hopeless;
  const remedies = whole.remedies.length > 0 ? [...whole.remedies] : [];
  for (const one of denied.flatMap((decision) => decision.remedies)) if (!remedies.includes(one)) remedies.push(one);
  const [first = whole] = denied;
  return { ...first, remedies, approvals: Math.max(...denied.map(({ approvals }) => approvals)) };
}
