// A refusal as the shim works with it. The problem JSON is read member by member and anything odd is dropped: an answer
// that the shim cannot read must never break the page that asked.
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';

export type Remedy = 'stepup.fresh' | 'stepup.bound' | 'grant' | 'approval';
export type Risk = NonNullable<RefusalProblem['action']>['risk'];
/** `name`: what the console calls it; '' when nobody asked */
export type TargetRef = { readonly kind: string; readonly id: string; readonly name: string };

export type Refused = {
  readonly reason: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly next: string;
  readonly why: string;
  readonly request: string;
  readonly action: {
    readonly name: string;
    readonly title: string;
    readonly effect: string;
    readonly risk: Risk;
  } | null;
  /** what access must be asked for: of a batch the acts in it */
  readonly acts: readonly string[];
  readonly targets: readonly TargetRef[];
  readonly console: { readonly id: string; readonly name: string } | null;
  readonly remedies: readonly Remedy[];
  /** other people whose signatures the remedy `approval` needs */
  readonly approvals: number;
  /** whom access or approval is asked of, in words */
  readonly whom: string;
  /** the decision, a sentence each */
  readonly sentences: readonly string[];
  /** a spent budget: when enough of it is free again, ms, and whom to ask */
  readonly freesAt: number | null;
  readonly ask: string;
  readonly hold: string | null;
  readonly policies: readonly string[];
  readonly portal: string | null;
};

type Loose = { readonly [key: string]: unknown };

const RISKS: readonly string[] = ['read', 'low', 'high', 'destructive'];
const REMEDIES: readonly string[] = ['grant', 'approval', 'stepup.bound', 'stepup.fresh'];
export const ID = /^[A-Za-z0-9_-]{1,80}$/;

const object = (value: unknown): Loose | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : null;
const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 2000) : '');
const whole = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** An http(s) origin, or null: nothing else is ever opened as the portal. */
function originOf(value: unknown): string | null {
  const url = URL.parse(text(value));
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && url.origin === value ? url.origin : null;
}

/** @param value the parsed problem JSON, whatever it is; @param reason the value of X-Sallyport-Refused */
export function readRefused(value: unknown, reason: string, status: number): Refused {
  const problem = object(value) ?? {};
  const action = object(problem.action);
  const acts = list(problem.acts).map(text).filter(Boolean);
  const on = object(problem.console);
  const remedies = list(problem.remedies).filter(
    (one): one is Remedy => typeof one === 'string' && REMEDIES.includes(one),
  );
  const hold = text(problem.hold);
  const risk = text(action?.risk);
  return {
    reason: text(problem.reason) || reason.slice(0, 60),
    status,
    title: text(problem.title) || 'This was refused',
    detail: text(problem.detail),
    next: text(problem.next),
    why: text(problem.why),
    request: text(problem.request),
    action:
      action && text(action.title)
        ? {
            name: text(action.name),
            title: text(action.title),
            effect: text(action.effect),
            risk: RISKS.includes(risk) ? (risk as Risk) : 'destructive',
          }
        : null,
    acts: acts.length > 0 ? acts : [text(action?.name)].filter(Boolean),
    targets: list(problem.targets).flatMap((one) => {
      const target = object(one);
      return target && text(target.id)
        ? [{ kind: text(target.kind), id: text(target.id), name: text(target.name) }]
        : [];
    }),
    console: on && ID.test(text(on.id)) ? { id: text(on.id), name: text(on.name) } : null,
    remedies,
    approvals: remedies.includes('approval') ? (whole(problem.approvals) ?? 1) : 0,
    whom: text(problem.whom),
    sentences: list(problem.sentences).map(text).filter(Boolean).slice(0, 20),
    freesAt: whole(problem.freesAt),
    ask: text(problem.ask),
    hold: ID.test(hold) ? hold : null,
    policies: list(problem.policies).map(text).filter(Boolean),
    portal: originOf(problem.portal),
  };
}
