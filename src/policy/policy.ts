// Answers questions about who may do what, under one set of policies. Pure: the same question always gets the same decision,
// so answers are kept by everything that a policy can see. Never answers in doubt: what cannot be evaluated throws.

import type { Decision, Facts, Question, Remedy } from '../kernel/facts.ts';
import { type CedarAnswer, createEvaluator, PolicyFailed } from './cedar.ts';
import { type Explanation, explainDecision } from './explain.ts';
import { loadPolicySet, type PolicySet, type PolicyText } from './load.ts';
import { allMentions, type Mentions } from './mentions.ts';
import { FACT_OF, findRemedies } from './remedies.ts';
import type { KnownAction } from './schema.ts';
import { createSight } from './sight.ts';

export type Policy = {
  /** @throws PolicyFailed: refuse with `policy.failed` */
  decide(question: Question): Decision;
  /** only whether it is allowed, for asking much at once. @throws PolicyFailed */
  allows(question: Question): boolean;
  /**
   * A decision in sentences for the person whom it is about: ids and reasons of policies, never their text.
   * @param decision the answer to tell, such as that of a batch; default: this question's
   * @throws PolicyFailed
   */
  explain(question: Question, decision?: Decision): Explanation;
  /** the @why of a policy id, for refusals that name one; null for an unknown id */
  why(id: string): string | null;
  /** every action that policies can speak of: a pack's actions must be among them */
  readonly actions: ReadonlySet<string>;
  readonly policies: ReadonlyMap<string, PolicyText>;
  /** the schema's text */
  readonly schema: string;
  readonly digest: string;
};

const KEPT_ANSWERS = 20_000;

/**
 * @param actions the vocabulary, with the risk of each action
 * @throws PolicyFaults when the folder holds anything but a valid policy set
 */
export function createPolicy({
  dir,
  actions,
}: {
  readonly dir: string;
  readonly actions: readonly KnownAction[];
}): Policy {
  return policyOver(loadPolicySet(dir, actions));
}

export function policyOver(set: PolicySet): Policy {
  const texts = Object.fromEntries([...set.policies].map(([id, policy]) => [id, policy.text]));
  const evaluate = createEvaluator(set.schema, texts);
  const mentions = allMentions([...set.policies.values()].map((policy) => policy.mentions));
  const sight = createSight(mentions);
  const kept = new Map<string, Decision>();
  const keptYesOrNo = new Map<string, boolean>();
  const textOf = (id: string): PolicyText => {
    const policy = set.policies.get(id);
    if (policy === undefined) throw new PolicyFailed(`an answer names the policy ${id}, which is not in the set`);
    return policy;
  };

  function decide(question: Question): Decision {
    const context = sight.contextOf(question, question.facts);
    const key = sight.keyOf(question, context);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const decision = work(question);
    // All of them go at once, not the oldest: a Map whose keys come and go leaves the collector more to do than it saves.
    if (kept.size >= KEPT_ANSWERS) kept.clear();
    kept.set(key, decision);
    return decision;
  }

  /** Yes or no, without looking for what would help: one evaluation, where a refusal costs `decide` several. */
  function allows(question: Question): boolean {
    const context = sight.contextOf(question, question.facts);
    const key = sight.keyOf(question, context);
    const known = kept.get(key)?.allow ?? keptYesOrNo.get(key);
    if (known !== undefined) return known;
    const { allow } = evaluate(sight.requestFor(question, context));
    if (keptYesOrNo.size >= KEPT_ANSWERS) keptYesOrNo.clear();
    keptYesOrNo.set(key, allow);
    return allow;
  }

  function work(question: Question): Decision {
    const ask = (facts: Facts): CedarAnswer => evaluate(sight.requestFor(question, sight.contextOf(question, facts)));
    const saying = (id: string) => ({ id, why: textOf(id).why });
    const { allow, policies } = ask(question.facts);
    const base = { allow, policies, policySet: set.digest };
    if (allow) return Object.freeze({ ...base, remedies: [], approvals: 0, would: [], forbids: [] });
    const forbids = policies.map(saying);
    // A forbid that looks at nothing which a person could bring along stays, whatever they bring.
    const final = policies.some((id) => !REMEDIES.some((remedy) => looksAt(textOf(id).mentions, remedy)));
    const found = final
      ? { remedies: [], approvals: 0, policies: [] }
      : findRemedies(question.facts, ask, (remedy) => looksAt(mentions, remedy));
    const { remedies, approvals } = found;
    return Object.freeze({ ...base, remedies, approvals, would: found.policies.map(saying), forbids });
  }

  return {
    decide,
    allows,
    explain: (question, decision = decide(question)) => explainDecision(question, decision, textOf),
    why: (id) => set.policies.get(id)?.why ?? null,
    actions: new Set(set.actions),
    policies: set.policies,
    schema: set.schema,
    digest: set.digest,
  };
}

const REMEDIES: readonly Remedy[] = ['stepup.fresh', 'stepup.bound', 'grant', 'approval'];
const looksAt = ({ facts }: Mentions, remedy: Remedy): boolean => facts?.has(FACT_OF[remedy]) ?? true;
