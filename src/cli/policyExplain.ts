// `sallyport policy explain`: how one request would be decided, and why. Exit code 0: allowed; 1: denied; 2: cannot say.

import { fileURLToPath } from 'node:url';
import type { Target } from '../kernel/action.ts';
import type { Question } from '../kernel/facts.ts';
import type { Explanation } from '../policy/explain.ts';
import { PolicyFaults } from '../policy/load.ts';
import { createPolicy } from '../policy/policy.ts';
import { loadPacks } from '../proxy/recognise/loadPacks.ts';
import { complainAbout } from './faults.ts';
import { bold, complain, dim, green, print, red, table } from './report.ts';

export type ExplainOptions = {
  readonly groups: string;
  readonly action: string;
  readonly console: string;
  /** `device:d-0142,device:d-0007`; '' for none */
  readonly targets: string;
  readonly stepUpAge?: string;
  readonly signed?: boolean;
  readonly granted?: boolean;
  readonly policies?: string;
  readonly json?: boolean;
};

const CONFIG = fileURLToPath(new URL('../../config/', import.meta.url));

export async function policyExplain(options: ExplainOptions): Promise<number> {
  const targets = readTargets(options.targets);
  const age = options.stepUpAge === undefined ? null : Number(options.stepUpAge);
  if (targets === null) return usage('--targets: write kind:id, separated by commas, such as device:d-0142');
  if (age !== null && !(Number.isFinite(age) && age >= 0)) return usage('--step-up-age: write a number of seconds');
  try {
    const policy = createPolicy({ dir: options.policies ?? `${CONFIG}policies` });
    if (!policy.actions.has(options.action))
      return usage(`--action: the policies know no ${options.action}; see action in schema.cedarschema`);
    const onPortal = /^(access|recording)\./.test(options.action);
    const question: Question = {
      principal: { id: 'cli#somebody', name: 'Somebody', groups: listOf(options.groups) },
      action: { name: options.action, risk: riskOf(options.action), targets },
      on: onPortal ? 'portal' : options.console,
      facts: { stepUpAge: age, signed: options.signed === true, granted: options.granted === true },
    };
    const explanation = policy.explain(question);
    print(options.json ? JSON.stringify({ question, ...explanation }, null, 2) : spoken(explanation));
    return explanation.decision.allow ? 0 : 1;
  } catch (error) {
    if (error instanceof PolicyFaults) complainAbout(error.faults);
    else complain(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

function spoken({ decision, sentences, policies }: Explanation): string {
  const [first = '', ...rest] = sentences;
  const word = decision.allow ? green(bold('allowed')) : red(bold('denied'));
  const rows = policies.map(({ id, role, file, line, effect }) => [`  ${id}`, effect, role, dim(`${file}:${line}`)]);
  return [
    `${word}  ${first}`,
    ...rest.map((sentence) => `  ${sentence}`),
    ...(rows.length > 0 ? ['', table(rows)] : []),
  ].join('\n');
}

/** The vocabulary's own risk; the portal's actions are looked at like reads. */
function riskOf(action: string): Question['action']['risk'] {
  return loadPacks(`${CONFIG}packs`, { tolerant: true }).vocabulary.actions[action]?.risk ?? 'read';
}

const listOf = (text: string): readonly string[] => text.split(',').filter((part) => part !== '');

function readTargets(text: string): readonly Target[] | null {
  const targets: Target[] = [];
  for (const part of listOf(text)) {
    const at = part.indexOf(':');
    if (at < 1 || at === part.length - 1) return null;
    targets.push({ kind: part.slice(0, at), id: part.slice(at + 1) });
  }
  return targets;
}

function usage(what: string): number {
  complain(what);
  return 2;
}
