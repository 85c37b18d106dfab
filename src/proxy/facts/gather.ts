// What policy is told about a request, as far as it is known without its grant and its hold. For reads nothing here waits:
// nobody is asked. For acts the freezes come from this process's mirror, the budgets from Redis.
import { type Action, isRead, weightOf } from '../../kernel/action.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Recognised } from '../../kernel/exchange.ts';
import type { BudgetState, Facts, RecordedAs } from '../../kernel/facts.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { LocalTime } from './localTime.ts';
import type { NetworksOf } from './networks.ts';

export type FactParts = {
  /** whether acts of this kind are frozen on this console. @throws StateUnavailable */
  readonly frozen: (console: string, action: Pick<Action, 'name' | 'risk'>) => Promise<boolean>;
  /** of the tightest budget that the act counts against. @throws StateUnavailable */
  readonly budgetOf: (principal: Principal, console: string, action: Action) => Promise<BudgetState>;
  /** of an act: whether the page that it comes from is being recorded. @throws StateUnavailable */
  readonly recordedAs: (request: Recognised) => Promise<RecordedAs>;
  readonly networksOf: NetworksOf;
  readonly localTime: (zone: string, at: number) => LocalTime;
  /** Redis's clock */
  readonly clock: Clock;
};

const MINUTE = 60_000;

export function createGatherFacts({ frozen, budgetOf, recordedAs, networksOf, localTime, clock }: FactParts) {
  return (request: Recognised): Facts | Promise<Facts> => {
    const { action, body, console, peer, session } = request;
    const now = clock.now();
    const facts: Facts = {
      stepUpAge: session.steppedUpAt === null ? null : Math.max(0, (now - session.steppedUpAt) / 1000),
      signed: false,
      granted: false,
      approvals: 0,
      budget: 'open',
      lockdown: false,
      opaque: body.mode === 'opaque',
      bulk: weightOf(action.targets) > 1 || (action.parts?.length ?? 1) > 1,
      posture: session.principal.posture ?? 'unknown',
      networks: networksOf(peer),
      ...localTime(console.zone, now),
      sessionAge: Math.max(0, Math.ceil((now - session.startedAt) / MINUTE)),
      lane: 'person',
      recorded: 'exchanges',
    };
    return isRead(action) ? facts : withState(facts, request);
  };

  async function withState(facts: Facts, request: Recognised): Promise<Facts> {
    const { action, console, session } = request;
    // A batch is as frozen, and its budgets as spent, as the worst of its parts.
    const acts = [action, ...(action.parts ?? [])].filter((one) => !isRead(one));
    const kinds = [...new Map(acts.map((one) => [`${one.name} ${one.risk}`, one])).values()];
    const [locked, budgets, recorded] = await Promise.all([
      Promise.all(kinds.map((one) => frozen(console.id, one))),
      Promise.all(kinds.map((one) => budgetOf(session.principal, console.id, one))),
      recordedAs(request),
    ]);
    return { ...facts, lockdown: locked.includes(true), budget: worst(budgets), recorded };
  }
}

const worst = (states: readonly BudgetState[]): BudgetState =>
  states.includes('spent') ? 'spent' : states.includes('low') ? 'low' : 'open';
