// Answers questions about who may do what. Pure: the same question always gets the same decision, so answers are kept by
// everything that a policy can see. Never answers in doubt: what cannot be evaluated throws PolicyFailed.

import { weightOf } from '../kernel/action.ts';
import type { Decision, Facts, Question } from '../kernel/facts.ts';
import { type CedarAnswer, type CedarRequest, createEvaluator, PolicyFailed } from './cedar.ts';
import { type Explanation, explainDecision } from './explain.ts';
import { loadPolicySet, type PolicySet, type PolicyText } from './load.ts';
import { findRemedies } from './remedies.ts';

export type Policy = {
  /** @throws PolicyFailed: refuse with `policy.failed` */
  decide(question: Question): Decision;
  /** the same decision in sentences. @throws PolicyFailed */
  explain(question: Question): Explanation;
  /** the @why of a policy id, for refusals that name one; null for an unknown id */
  why(id: string): string | null;
  /** every action that the schema knows: a pack's actions must be among them */
  readonly actions: ReadonlySet<string>;
  readonly digest: string;
};

const KEPT_ANSWERS = 20_000;
/** A step-up older than this is the same as none. Keeps the number of different questions bounded; the schema says so. */
const OLDEST_STEP_UP = 3600;
/** Redis keeps the time, this process reads it through an estimate: so much may a step-up seem to lie ahead, seconds. */
const CLOCK_SLACK = 5;

/** @throws PolicyFaults when the folder holds anything but a valid policy set */
export function createPolicy({ dir }: { readonly dir: string }): Policy {
  return policyOver(loadPolicySet(dir));
}

export function policyOver(set: PolicySet): Policy {
  const texts = Object.fromEntries([...set.policies].map(([id, policy]) => [id, policy.text]));
  const evaluate = createEvaluator(`sallyport-${set.digest}`, set.schema, texts);
  const kept = new Map<string, Decision>();
  const textOf = (id: string): PolicyText => {
    const policy = set.policies.get(id);
    if (policy === undefined) throw new PolicyFailed(`an answer names the policy ${id}, which is not in the set`);
    return policy;
  };

  function decide(asked: Question): Decision {
    const question = { ...asked, facts: { ...asked.facts, stepUpAge: wholeSeconds(asked.facts.stepUpAge) } };
    const key = keyOf(question);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const decision = work(question);
    // All of them go at once, not the oldest: a Map whose keys come and go leaves the collector more to do than it saves.
    if (kept.size >= KEPT_ANSWERS) kept.clear();
    kept.set(key, decision);
    return decision;
  }

  function work(question: Question): Decision {
    const ask = (facts: Facts): CedarAnswer => evaluate(requestFor(question, facts));
    const { allow, policies } = ask(question.facts);
    if (allow) return Object.freeze({ allow, policies, remedies: [], would: [], policySet: set.digest });
    const { remedies, policies: permits } = findRemedies(question.facts, ask);
    const would = permits.map((id) => ({ id, why: textOf(id).why }));
    return Object.freeze({ allow, policies, remedies, would, policySet: set.digest });
  }

  return {
    decide,
    explain: (question) => explainDecision(question, decide(question), textOf),
    why: (id) => set.policies.get(id)?.why ?? null,
    actions: new Set(set.actions.map((action) => action.name)),
    digest: set.digest,
  };
}

/** Rounded up, so that a step-up never counts as younger than it is. @throws PolicyFailed for an impossible age */
function wholeSeconds(age: number | null): number | null {
  if (age === null) return null;
  if (!Number.isFinite(age) || age < -CLOCK_SLACK) throw new PolicyFailed(`a step-up cannot be ${age} seconds old`);
  const seconds = Math.max(0, Math.ceil(age));
  return seconds > OLDEST_STEP_UP ? null : seconds;
}

function countOf(question: Question): { targets: number; devices: number } {
  const { targets } = question.action;
  return { targets: weightOf(targets), devices: weightOf(targets.filter(({ kind }) => kind === 'device')) };
}

/** Everything that `requestFor` hands to Cedar, and nothing else. JSON keeps the parts apart whatever is in them. */
function keyOf(question: Question): string {
  const { action, on, facts } = question;
  const { targets, devices } = countOf(question);
  const { stepUpAge, signed, granted } = facts;
  // Names of ours and numbers, none with a `|`; the person comes last, so nothing in it can pass for another part.
  return `${action.name}|${action.risk}|${on}|${targets}|${devices}|${stepUpAge}|${signed}|${granted}|${keyOfPrincipal(question.principal)}`;
}

/** A session's principal is one object for as long as it is cached. */
const principalKeys = new WeakMap<Question['principal'], string>();
function keyOfPrincipal(principal: Question['principal']): string {
  let key = principalKeys.get(principal);
  if (key === undefined) {
    key = JSON.stringify([principal.id, principal.groups]);
    principalKeys.set(principal, key);
  }
  return key;
}

function requestFor(question: Question, facts: Facts): CedarRequest {
  const { principal, action, on } = question;
  const known = { risk: action.risk, ...countOf(question), signed: facts.signed, granted: facts.granted };
  return {
    principal: { type: 'Person', id: principal.id },
    parents: principal.groups.map((id) => ({ type: 'Group', id })),
    action: action.name,
    resource: on === 'portal' ? { type: 'Portal', id: on } : { type: 'Console', id: on },
    context: facts.stepUpAge === null ? known : { ...known, stepUpAge: facts.stepUpAge },
  };
}
