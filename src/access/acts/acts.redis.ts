// Stages 50 and 80 in Redis: an act is decided, consumed and written down in one script before a byte leaves, and settled
// once when it is over. A commit whose answer was lost is refused and never repeated: what it consumed stays consumed.
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import type { Reason } from '../../kernel/reasons.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import { StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';

/** ms that an act's mark is kept, which makes its settlement happen once. Longer than any exchange lasts. */
const MARK_KEPT = 7 * 24 * 3_600_000;

export type Commit = {
  readonly session: { readonly id: string; readonly principal: { readonly id: string } };
  readonly exchange: string;
  /** ids that the decision rests on; null: not needed */
  readonly hold: string | null;
  readonly grant: string | null;
  /** the act.intent */
  readonly event: AuditEvent;
};

export type Settle = {
  readonly exchange: string;
  readonly intent: number;
  readonly grant: string | null;
  /** whether a byte of the request may have left for the console */
  readonly sent: boolean;
  /** the act.outcome */
  readonly event: AuditEvent;
};

export type Acts = {
  /** Never throws for Redis: no answer is `journal.unavailable`. */
  commit(act: Commit): Promise<Verdict<{ readonly intent: number; readonly usesLeft: number | null }>>;
  /** @throws StateUnavailable: the outcome could not be written; the intent without one says so for ever. */
  settle(act: Settle): Promise<void>;
  /** A refused request of somebody known. @throws StateUnavailable */
  refused(event: AuditEvent): Promise<void>;
};

const REFUSALS: { readonly [word: string]: Reason } = {
  'session.revoked': 'session.revoked',
  'hold.unknown': 'hold.unknown',
  'hold.mismatch': 'hold.mismatch',
  'hold.unsigned': 'hold.unsigned',
  'hold.used': 'hold.used',
  'hold.expired': 'hold.expired',
  'grant.ended': 'grant.ended',
  'act.repeated': 'gateway.failed',
};

export function createActs({ scripts, keys }: { readonly scripts: Scripts; readonly keys: Keys }): Acts {
  const announcement = (kind: string, id: string, rest: object): string => JSON.stringify({ kind, id, ...rest });

  return {
    async commit({ session, exchange, hold, grant, event }) {
      const person = session.principal.id;
      if (session.id === '' || person === '') return refuse('session.revoked', 'an act without a person');
      if (hold === '' || grant === '') return refuse('gateway.failed', 'an act with an empty id');
      const lastUse: AuditEvent = {
        kind: 'grant.ended',
        actor: null,
        exchange,
        ...(event.console === undefined ? {} : { console: event.console }),
        facts: { grant, holder: person, because: 'uses' },
      };
      const own = [
        keys.session(session.id),
        keys.act(exchange),
        keys.hold(hold ?? 'none'),
        keys.grant(grant ?? 'none'),
        keys.grantsOpen,
        keys.activeOf(person),
        keys.holdsOf(session.id),
      ];
      const args = [
        session.id,
        person,
        exchange,
        hold ?? '',
        grant ?? '',
        String(MARK_KEPT),
        ...eventArgs(event),
        ...eventArgs(lastUse),
        announcement('grant', grant ?? '', { holder: person }),
        announcement('hold', hold ?? '', { session: session.id }),
      ];
      let answer: [string, ...string[]];
      try {
        answer = await scripts.run('commitAct', own, args);
      } catch (error) {
        if (error instanceof StateUnavailable) return refuse('journal.unavailable', error.message);
        throw error;
      }
      const [word, intent = '', left = ''] = answer;
      if (word === 'committed' && /^[1-9]\d{0,15}$/.test(intent))
        return go({ intent: Number(intent), usesLeft: left === '' ? null : Number(left) });
      const reason = Object.hasOwn(REFUSALS, word) ? REFUSALS[word] : undefined;
      return refuse(reason ?? 'journal.unavailable', `commitAct: ${word} (${exchange})`);
    },

    async settle({ exchange, grant, sent, event }) {
      // Who acted is the grant's holder, or commitAct had refused; the script compares it again before it gives a use back.
      const refunds = !sent && grant !== null && event.actor !== null;
      const holder = event.actor ?? '';
      const [word] = await scripts.run(
        'settleAct',
        [keys.act(exchange), keys.grant(grant ?? 'none'), keys.grantsOpen, keys.activeOf(holder)],
        [
          grant ?? '',
          holder,
          refunds ? 'unsent' : 'sent',
          ...eventArgs(event),
          announcement('grant', grant ?? '', { holder }),
        ],
      );
      if (word !== 'settled' && word !== 'refunded' && word !== 'repeated')
        throw new StateUnavailable(`redis: settleAct: unknown outcome ${word}`);
    },

    async refused(event) {
      const [word] = await scripts.run('appendEvent', [], eventArgs(event));
      if (word !== 'appended') throw new StateUnavailable(`redis: appendEvent: unknown outcome ${word}`);
    },
  };
}
