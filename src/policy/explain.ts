// One decision in plain sentences, for `policy explain` and for the portal's "why?". Says nothing that was not decided.

import type { Decision, Question, Remedy } from '../kernel/facts.ts';
import type { PolicyText } from './load.ts';

export type Explanation = {
  readonly decision: Decision;
  readonly sentences: readonly string[];
  /** the policies that decided, and on deny those that would allow */
  readonly policies: readonly (Omit<PolicyText, 'text'> & { readonly role: 'decided' | 'would allow' })[];
};

const WAYS: Readonly<Record<Remedy, string>> = {
  'stepup.fresh': 'a confirmation with a passkey, minutes old',
  'stepup.bound': 'a passkey signature on exactly this request',
  grant: 'access to these targets, approved by somebody else',
};

export function explainDecision(
  question: Question,
  decision: Decision,
  textOf: (id: string) => PolicyText,
): Explanation {
  const { principal, action, on } = question;
  const count = action.targets.length;
  const weight = count === 0 ? '' : ` on ${count} ${count === 1 ? 'target' : 'targets'}`;
  const where = on === 'portal' ? 'in the portal' : `at ${on}`;
  const groups = principal.groups.length === 0 ? 'no group' : principal.groups.join(', ');
  const sentences = [
    `${principal.name} (${groups}) ${decision.allow ? 'may' : 'may not'} do ${action.name}${weight} ${where}.`,
  ];
  const policies: Explanation['policies'][number][] = [];
  const tell = (id: string, role: 'decided' | 'would allow'): void => {
    const { text: _text, ...policy } = textOf(id);
    policies.push({ ...policy, role });
    const verb = role === 'would allow' ? 'would allow it' : policy.effect === 'permit' ? 'allows it' : 'forbids it';
    sentences.push(`Policy ${id} (${policy.file}:${policy.line}) ${verb}: ${policy.why}`);
    if (!decision.allow && policy.remedy !== null) sentences.push(policy.remedy);
  };
  for (const id of decision.policies) tell(id, 'decided');
  if (decision.allow) return { decision, sentences, policies };
  if (decision.policies.length === 0) sentences.push('No policy allows it.');
  if (decision.remedies.length === 0) sentences.push('No passkey and no approval would change that.');
  else sentences.push(`It needs ${decision.remedies.map((remedy) => WAYS[remedy]).join(', and ')}.`);
  for (const { id } of decision.would) tell(id, 'would allow');
  return { decision, sentences, policies };
}
