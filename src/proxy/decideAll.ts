// A batch is allowed only when policy allows the whole, each of its parts, and all parts of one name together: the strictest
// answer holds. Together, because a rule about many devices at once must not be passed by sending them one by one in a batch.

import { type Action, type Risk, weightOf } from '../kernel/action.ts';
import type { Decision, Question } from '../kernel/facts.ts';

/** @throws when the policy cannot be evaluated */
export function decideAll(
  decide: (question: Question) => Decision,
  question: Omit<Question, 'action'> & { readonly action: Action },
): Decision {
  const whole = decide(question);
  const { parts } = question.action;
  if (parts === undefined) return whole;
  const each = [...parts, ...together(question.action, parts)].map((action) => decide({ ...question, action }));
  const denied = [whole, ...each].filter(({ allow }) => !allow);
  if (denied.length === 0) return whole;
  const hopeless = denied.find(({ remedies }) => remedies.length === 0);
  if (hopeless !== undefined) return hopeless;
  const remedies = whole.remedies.length > 0 ? [...whole.remedies] : [];
  for (const one of denied.flatMap((decision) => decision.remedies)) if (!remedies.includes(one)) remedies.push(one);
  const [first = whole] = denied;
  return { ...first, remedies, approvals: Math.max(...denied.map(({ approvals }) => approvals)) };
}

const RISKS: readonly Risk[] = ['read', 'low', 'high', 'destructive'];
type Judged = Question['action'];

/** The parts of each name as one act; the name of the whole is judged with the whole. */
function together({ name: whole }: Action, parts: readonly Action[]): readonly Judged[] {
  const byName = new Map<string, Action[]>();
  for (const part of parts) if (part.name !== whole) byName.set(part.name, [...(byName.get(part.name) ?? []), part]);
  return [...byName].flatMap(([name, same]) => (same.length < 2 ? [] : [oneAct(name, same)]));
}

function oneAct(name: string, acts: readonly Action[]): Judged {
  const risk = RISKS.findLast((one) => acts.some((act) => act.risk === one)) ?? 'destructive';
  const targets = [
    ...new Map(acts.flatMap((act) => act.targets).map((one) => [`${one.kind}\n${one.id}`, one])).values(),
  ];
  if (acts.every(({ devices }) => devices === undefined)) return { name, risk, targets };
  const devices = acts.reduce((sum, act) => sum + (act.devices ?? namedDevices(act)), 0);
  return { name, risk, targets, devices };
}

const namedDevices = ({ targets }: Judged): number => weightOf(targets.filter(({ kind }) => kind === 'device'));
