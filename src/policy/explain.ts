// One decision in plain sentences, for the person whom it is about: what, why, and what would help. Says nothing that was not
// decided. Names policies by id and reason; their text, their place on disk and other people's groups are not in it.

import { weightOf } from '../kernel/action.ts';
import type { Decision, Question, Remedy } from '../kernel/facts.ts';
import type { PolicyText } from './load.ts';

export type Explanation = {
  readonly decision: Decision;
  readonly sentences: readonly string[];
  /** the policies that decided, and on deny those that would allow */
  readonly policies: readonly (Pick<PolicyText, 'id' | 'effect' | 'why' | 'remedy'> & {
    readonly role: 'decided' | 'would allow';
  })[];
};

const LARGEST_TOLD = 999_999;

/** What somebody has to bring, in words: "your passkey on exactly this request". */
export function wayOf(remedy: Remedy, approvals: number): string {
  if (remedy === 'stepup.fresh') return 'a confirmation with your passkey, minutes old';
  if (remedy === 'stepup.bound') return 'your passkey on exactly this request';
  if (remedy === 'grant') return 'access to these targets that somebody else approved';
  return approvals === 1
    ? 'the signature of one other person on exactly this request'
    : `the signatures of ${approvals} other people on exactly this request`;
}

export function explainDecision(
  question: Question,
  decision: Decision,
  textOf: (id: string) => PolicyText,
): Explanation {
  const { principal, action, on } = question;
  const where = on === 'portal' ? 'in the portal' : `at ${on}`;
  const sentences = [
    `${principal.name} ${decision.allow ? 'may' : 'may not'} do ${action.name}${weightSaid(question)} ${where}.`,
  ];
  const policies: Explanation['policies'][number][] = [];
  const tell = (id: string, role: 'decided' | 'would allow'): void => {
    const { effect, why, remedy } = textOf(id);
    policies.push({ id, effect, why, remedy, role });
    const verb = role === 'would allow' ? 'would allow it' : effect === 'permit' ? 'allows it' : 'forbids it';
    sentences.push(`Policy ${id} ${verb}: ${why}`);
    if (!decision.allow && remedy !== null) sentences.push(remedy);
  };
  for (const id of decision.policies) tell(id, 'decided');
  if (decision.allow) return { decision, sentences, policies };
  if (decision.policies.length === 0) sentences.push('No policy allows it.');
  if (decision.remedies.length === 0) sentences.push('No passkey and no approval would change that.');
  else {
    const ways = decision.remedies.map((remedy) => wayOf(remedy, decision.approvals));
    sentences.push(`It needs ${ways.join(', and ')}.`);
  }
  for (const { id } of decision.would) if (!decision.policies.includes(id)) tell(id, 'would allow');
  return { decision, sentences, policies };
}

/** On how many devices, or else on how many things. */
function weightSaid({ action }: Question): string {
  const devices = action.devices ?? weightOf(action.targets.filter(({ kind }) => kind === 'device'));
  if (devices > LARGEST_TOLD) return ' on all devices';
  if (devices > 0) return ` on ${devices} ${devices === 1 ? 'device' : 'devices'}`;
  const count = action.targets.length;
  return count === 0 ? '' : ` on ${count} ${count === 1 ? 'target' : 'targets'}`;
}
