// What a person may ask for, on the portal and on a console's page alike: the pack must know the actions, policy must allow
// them with an approved grant, and one approval rule must cover them. Every fault names the member and says what to do.

import type { Grants, Outcome } from '../access/grants/grants.redis.ts';
import { askFaults, isAutomatic, ruleFor, whomOf, whyNoRule } from '../access/rules/ruleFor.ts';
import type { AccessRules, ApprovalRule } from '../kernel/accessRules.ts';
import type { Target } from '../kernel/action.ts';
import type { Grant } from '../kernel/grant.ts';
import type { Principal } from '../kernel/principal.ts';
import type { Session } from '../kernel/session.ts';
import type { Called, ConsoleWords } from './consoleWords.ts';
import type { AskGrant, AskRule } from './contract/grants.ts';
import type { Fault } from './problem.ts';

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Whether policy would allow this with an approved grant on these targets and every signature it may want. */
export type MayAsk = (principal: Principal, console: string, action: string, targets: readonly Target[]) => boolean;

export type Asking = {
  /** What the form must know before somebody asks. */
  rule(principal: Principal, console: string, actions: readonly string[]): Checked<AskRule>;
  /** Asks, for the session's own person. Refused: `terms` with faults, and whatever the grants refuse, which find the rule again. */
  ask(session: Session, wish: AskGrant): Promise<Outcome>;
};

export type AskingDeps = {
  readonly words: Pick<ConsoleWords, 'describe' | 'titleOf'>;
  /** those in force now */
  readonly rules: () => AccessRules;
  readonly mayAsk: MayAsk;
  readonly grants: Pick<Grants, 'ask'>;
  /** what the console has told this session of these targets; asks nobody */
  readonly namesOf: (
    session: string,
    console: string,
    targets: readonly Target[],
  ) => Promise<{ readonly names: Grant['names']; readonly called: Called }>;
  /** Redis's clock */
  readonly clock: { now(): number };
};

/** Stands for any one device when nobody has said which. */
const ONE: readonly Target[] = [{ kind: 'device', id: 'any' }];

export function createAsking({ words, rules, mayAsk, grants, namesOf, clock }: AskingDeps): Asking {
  const ruled = (
    principal: Principal,
    console: string,
    actions: readonly string[],
    targets: readonly Target[],
  ): Checked<ApprovalRule> => {
    const faults: Fault[] = [];
    const known = actions.flatMap((name, index) => {
      const described = words.describe(console, name);
      const at = actions.length === 1 ? 'actions' : `actions.${index}`;
      if (described === null) faults.push({ at, what: 'This console has no such action: choose one that it has' });
      else if (!mayAsk(principal, console, name, targets))
        faults.push({ at, what: `Your role does not allow "${described.label}", not even with access: leave it out` });
      else return [{ name, risk: described.risk }];
      return [];
    });
    if (faults.length > 0) return { ok: false, faults };
    const rule = ruleFor(rules(), console, known);
    if (rule !== null) return { ok: true, value: rule };
    return {
      ok: false,
      faults: [{ at: 'actions', what: whyNoRule(rules(), console, known) ?? 'No rule covers this.' }],
    };
  };

  return {
    rule(principal, console, actions) {
      const found = ruled(principal, console, [...new Set(actions)], ONE);
      if (!found.ok) return found;
      const { id, reason, ticket, longest, mostUses } = found.value;
      const automatic = isAutomatic(found.value, principal.groups);
      return { ok: true, value: { rule: id, reason, ticket, longest, mostUses, whom: whomOf(found.value), automatic } };
    },
    async ask(session, wish) {
      const refused = (faults: readonly Fault[]): Outcome => ({ done: false, why: 'terms', faults });
      const actions = [...new Set(wish.actions)];
      const found = ruled(session.principal, wish.console, actions, wish.targets);
      if (!found.ok) return refused(found.faults);
      const faults = askFaults(found.value, wish, clock.now());
      if (faults.length > 0) return refused(faults);
      const { console, targets, reason, ticket, minutes, uses, clock: runs, startAt } = wish;
      const { names, called } = await namesOf(session.id, console, targets);
      const title = words.titleOf(console, actions, targets, called);
      const terms = { console, actions, targets, names, title, reason, ticket, minutes, uses, clock: runs, startAt };
      return grants.ask(session, terms);
    },
  };
}
