// Stages 50 and 80 in Redis: an act is decided, consumed and written down in one script before a byte leaves, and settled
// once when it is over. A commit whose answer was lost is refused and never repeated: what it consumed stays consumed.
import type { BudgetRule } from '../../kernel/accessRules.ts';
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import type { Reason } from '../../kernel/reasons.ts';
import { go, type Refusal, refuse, type Verdict } from '../../kernel/verdict.ts';
import { StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import { budgetArgs, budgetKeys, freezeMessage } from '../budgets/ruleArgs.redis.ts';
import { type Charge, chargesOf, type Hit } from '../budgets/weigh.ts';

/** ms that an act's mark is kept, which makes its settlement happen once. Longer than any exchange lasts. */
const MARK_KEPT = 7 * 24 * 3_600_000;

/** What the decision rests on of a hold: its own person's signature, so many approvals. */
export type HoldUse = { readonly id: string; readonly signed: boolean; readonly approvals: number };

export type Commit = {
  readonly session: { readonly id: string; readonly principal: { readonly id: string } };
  readonly exchange: string;
  readonly console: string;
  /** what it does to which devices: never empty */
  readonly hits: readonly Hit[];
  /** what the decision rests on; null: not needed */
  readonly hold: HoldUse | null;
  readonly grant: string | null;
  /** the act.intent */
  readonly event: AuditEvent;
};

/** With `budget.spent`: which budget, and when the act fits, ms; null: never, it is too large. */
export type BudgetRefusal = Refusal & { readonly rule: BudgetRule; readonly freesAt: number | null };

export type Settle = {
  readonly exchange: string;
  readonly intent: number;
  readonly grant: string | null;
  /** whether a byte of the request may have left for the console */
  readonly sent: boolean;
  /** what the console answered; null: nothing */
  readonly status: number | null;
  /** the act.outcome */
  readonly event: AuditEvent;
};

export type Acts = {
  /** Never throws for Redis: no answer is `journal.unavailable`. */
  commit(act: Commit): Promise<Verdict<{ readonly intent: number; readonly usesLeft: number | null }>>;
  /** @throws StateUnavailable: the outcome could not be written; the intent without one says so for ever. */
  settle(act: Settle): Promise<void>;
  /**
   * A refused request of somebody known. @param tried what it would have hit, when nothing but a budget stood against it: that
   * counts towards the breaker @throws StateUnavailable
   */
  refused(event: AuditEvent, tried?: readonly Hit[]): Promise<void>;
};

const REFUSALS: { readonly [word: string]: Reason } = {
  'session.revoked': 'session.revoked',
  'lockdown.active': 'lockdown.active',
  'hold.unknown': 'hold.unknown',
  'hold.mismatch': 'hold.mismatch',
  'hold.unsigned': 'hold.unsigned',
  'hold.used': 'hold.used',
  'hold.expired': 'hold.expired',
  'approval.denied': 'approval.denied',
  'approval.required': 'approval.required',
  'grant.ended': 'grant.ended',
  'budget.tripped': 'lockdown.active',
  'act.repeated': 'gateway.failed',
};

/** @param budgets the rules in force now; asked at each commit, because they reload */
export function createActs(deps: {
  readonly scripts: Scripts;
  readonly keys: Keys;
  readonly budgets: () => readonly BudgetRule[];
}): Acts {
  const { scripts, keys, budgets } = deps;
  const announcement = (kind: string, id: string, rest: object): string => JSON.stringify({ kind, id, ...rest });

  return {
    async commit({ session, exchange, console, hits, hold, grant, event }) {
      const person = session.principal.id;
      if (session.id === '' || person === '') return refuse('session.revoked', 'an act without a person');
      if (hold?.id === '' || grant === '') return refuse('gateway.failed', 'an act with an empty id');
      if (hits.length === 0 || console === '') return refuse('gateway.failed', 'an act that says nothing');
      const charges = chargesOf(budgets(), console, person, hits);
      const lastUse: AuditEvent = {
        kind: 'grant.ended',
        actor: null,
        exchange,
        console,
        facts: { grant, holder: person, because: 'uses' },
      };
      const own = [
        keys.session(session.id),
        keys.act(exchange),
        keys.hold(hold?.id ?? 'none'),
        keys.grant(grant ?? 'none'),
        keys.grantsOpen,
        keys.activeOf(person),
        keys.holdsOf(session.id),
        keys.holdsAsked,
        keys.freezes,
        keys.actReserved(exchange),
        ...charges.flatMap((charge) => budgetKeys(keys, charge)),
      ];
      const args = [
        session.id,
        person,
        exchange,
        hold?.id ?? '',
        hold?.signed ? '1' : '',
        String(hold?.approvals ?? 0),
        grant ?? '',
        String(MARK_KEPT),
        ...eventArgs(event),
        ...eventArgs(lastUse),
        announcement('grant', grant ?? '', { holder: person }),
        announcement('hold', hold?.id ?? '', { session: session.id }),
        freezeMessage,
        keys.session(''),
        console,
        JSON.stringify(hits.map(({ action }) => [action.name, action.risk])),
      ];
      args.push(...budgetArgs(charges, args.length + 3, doerOf(event, console)));
      let answer: [string, ...string[]];
      try {
        answer = await scripts.run('commitAct', own, args);
      } catch (error) {
        if (error instanceof StateUnavailable) return refuse('journal.unavailable', error.message);
        throw error;
      }
      const [word, first = '', second = ''] = answer;
      if (word === 'committed' && /^[1-9]\d{0,15}$/.test(first))
        return go({ intent: Number(first), usesLeft: second === '' ? null : Number(second) });
      if (word === 'budget.spent') return spent(charges, first, second);
      const reason = Object.hasOwn(REFUSALS, word) ? REFUSALS[word] : undefined;
      return refuse(reason ?? 'journal.unavailable', `commitAct: ${word} ${first} (${exchange})`);
    },

    async settle({ exchange, grant, sent, status, event }) {
      // Who acted is the grant's holder, or commitAct had refused; the script compares it again before it gives a use back.
      const refunds = !sent && grant !== null && event.actor !== null;
      const undone = !sent || (status !== null && isNotDone(status));
      const holder = event.actor ?? '';
      const [word] = await scripts.run(
        'settleAct',
        [
          keys.act(exchange),
          keys.grant(grant ?? 'none'),
          keys.grantsOpen,
          keys.activeOf(holder),
          keys.actReserved(exchange),
        ],
        [
          grant ?? '',
          holder,
          refunds ? 'unsent' : 'sent',
          ...eventArgs(event),
          announcement('grant', grant ?? '', { holder }),
          undone ? 'back' : 'kept',
          exchange,
        ],
      );
      if (word !== 'settled' && word !== 'refunded' && word !== 'repeated')
        throw new StateUnavailable(`redis: settleAct: unknown outcome ${word}`);
    },

    async refused(event, tried = []) {
      const { actor, console = '', exchange = '' } = event;
      const charges = actor === null || console === '' ? [] : chargesOf(budgets(), console, actor, tried);
      const args = [...eventArgs(event), exchange, freezeMessage];
      const [word] = await scripts.run(
        'refuseAct',
        [keys.freezes, ...charges.flatMap((charge) => budgetKeys(keys, charge))],
        [...args, ...budgetArgs(charges, args.length + 3, doerOf(event, console))],
      );
      if (word !== 'appended') throw new StateUnavailable(`redis: refuseAct: unknown outcome ${word}`);
    },
  };
}

/**
 * A console that says 4xx has not done it; anything else may have, also no answer. But for what the client brings about with
 * its own headers or its haste, when the deed may be done: 406 is often found out only when the answer is written, 412, 416
 * and 417 come of conditions and ranges, 408 and 499 of an end that is too early.
 */
const isNotDone = (status: number): boolean =>
  status >= 400 && status < 499 && ![406, 408, 412, 416, 417].includes(status);

function doerOf({ actor, actorName, session, exchange }: AuditEvent, console: string) {
  return {
    actor,
    ...(actorName === undefined ? {} : { actorName }),
    ...(session === undefined ? {} : { session }),
    ...(exchange === undefined ? {} : { exchange }),
    console,
  };
}

function spent(charges: readonly Charge[], id: string, freesAt: string): Refusal {
  const rule = charges.find((charge) => charge.rule.id === id)?.rule;
  const refusal = refuse('budget.spent', `budget ${id}`);
  if (rule === undefined) return refusal;
  const told: BudgetRefusal = { ...refusal, rule, freesAt: freesAt === '' ? null : Number(freesAt) };
  return told;
}
