// `sallyport policy explain`: how one request would be decided, and why. Exit code 0: allowed; 1: denied; 2: cannot say.
// For operators, so unlike the refusal page it also says where each policy stands.

import type { Risk, Target } from '../kernel/action.ts';
import { BARE_FACTS, type Facts, type Question } from '../kernel/facts.ts';
import { answerOf } from '../policy/cases.ts';
import { PolicyFailed } from '../policy/cedar.ts';
import type { Explanation } from '../policy/explain.ts';
import { nearest } from '../policy/nearest.ts';
import type { Policy } from '../policy/policy.ts';
import { PORTAL_ACTIONS } from '../policy/schema.ts';
import { bold, complain, dim, green, print, red, table } from './report.ts';
import { type PolicyFolders, rulesOr } from './rulesFor.ts';

export type ExplainOptions = PolicyFolders & {
  readonly groups: string;
  readonly action: string;
  readonly console: string;
  /** `device:d-0142,device:d-0007`; '' for none */
  readonly targets: string;
  readonly risk?: string;
  readonly devices?: string;
  readonly stepUpAge?: string;
  readonly signed?: boolean;
  readonly granted?: boolean;
  readonly approvals?: string;
  /** `name=value`, any other fact */
  readonly fact?: readonly string[];
  readonly json?: boolean;
};

export function policyExplain(options: ExplainOptions): number {
  const targets = readTargets(options.targets);
  if (targets === null) return usage('--targets: write kind:id, separated by commas, such as device:d-0142');
  const facts = readFacts(options);
  if (typeof facts === 'string') return usage(facts);
  const { devices, risk } = options;
  if (devices !== undefined && !/^\d+$/.test(devices)) return usage('--devices: write a whole number');
  if (risk !== undefined && !isRisk(risk)) return usage('--risk: write read, low, high or destructive');
  const rules = rulesOr(options);
  if (rules === undefined) return 2;
  const { policy, riskOf } = rules;
  if (!policy.actions.has(options.action)) {
    const near = nearest(options.action, policy.actions);
    return usage(
      `--action: policies know no ${options.action}${near === null ? '' : `; did you mean ${near}?`} sallyport policy schema lists them`,
    );
  }
  const what = { name: options.action, risk: risk ?? riskOf(options.action), targets };
  const question: Question = {
    principal: { id: 'cli#somebody', name: 'Somebody', groups: listOf(options.groups) },
    action: devices === undefined ? what : { ...what, devices: Number(devices) },
    on: PORTAL_ACTIONS.some((name) => name === options.action) ? 'portal' : options.console,
    facts,
  };
  try {
    const explanation = policy.explain(question);
    if (options.json)
      print(JSON.stringify({ question, answer: answerOf(explanation.decision), ...explanation }, null, 2));
    else print(spoken(explanation, policy));
    return explanation.decision.allow ? 0 : 1;
  } catch (error) {
    if (!(error instanceof PolicyFailed)) throw error;
    complain(error.message);
    return 2;
  }
}

function spoken({ decision, sentences, policies }: Explanation, { policies: texts }: Policy): string {
  const [first = '', ...rest] = sentences;
  const word = decision.allow ? green(bold('allowed')) : red(bold('denied'));
  const rows = policies.map(({ id, role, effect }) => {
    const at = texts.get(id);
    return [`  ${id}`, effect, role, dim(at === undefined ? '' : `${at.file}:${at.line}`)];
  });
  return [
    `${word}  ${first}`,
    ...rest.map((sentence) => `  ${sentence}`),
    ...(rows.length > 0 ? ['', table(rows)] : []),
  ].join('\n');
}

const isRisk = (text: string): text is Risk => ['read', 'low', 'high', 'destructive'].includes(text);

const WHOLE = /^\d{1,9}$/;
const DAYS: readonly Facts['day'][] = [1, 2, 3, 4, 5, 6, 7];
/** How each fact reads from text; undefined: not like this. */
const READ: { readonly [Name in keyof Facts]: (text: string) => Facts[Name] | undefined } = {
  stepUpAge: (text) => (text === 'none' ? null : /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined),
  signed: truth,
  granted: truth,
  approvals: whole,
  budget: (text) => (['open', 'low', 'spent'] as const).find((word) => word === text),
  lockdown: truth,
  opaque: truth,
  bulk: truth,
  posture: (text) => text,
  networks: (text) => listOf(text),
  day: (text) => DAYS.find((day) => String(day) === text),
  hour: (text) => (WHOLE.test(text) && Number(text) < 24 ? Number(text) : undefined),
  sessionAge: whole,
  lane: (text) => (['person', 'machine'] as const).find((word) => word === text),
  recorded: (text) => (['page', 'exchanges', 'silent'] as const).find((word) => word === text),
};
function truth(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}
function whole(text: string): number | undefined {
  return WHOLE.test(text) ? Number(text) : undefined;
}

/** @returns the facts, or what is wrong with the options */
function readFacts(options: ExplainOptions): Facts | string {
  const facts: { [name: string]: unknown } = { ...BARE_FACTS };
  const pairs = [...(options.fact ?? [])];
  if (options.stepUpAge !== undefined) pairs.push(`stepUpAge=${options.stepUpAge}`);
  if (options.approvals !== undefined) pairs.push(`approvals=${options.approvals}`);
  if (options.signed) pairs.push('signed=true');
  if (options.granted) pairs.push('granted=true');
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(at, 0));
    if (!(name in READ)) return `--fact: write name=value; names are ${Object.keys(READ).join(', ')}`;
    const value = READ[name as keyof Facts](pair.slice(at + 1));
    if (value === undefined) return `${name} cannot be ${pair.slice(at + 1)}`;
    facts[name] = value;
  }
  return facts as Facts;
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
