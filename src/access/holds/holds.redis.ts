// Holds in Redis: one exact request, waiting for its own admin's passkey, released once. Each change is one script. What a
// hold releases is decided twice: `check` compares every term with the request at hand, and commitAct.lua consumes it.
import type { AuditEvent, EventKind } from '../../kernel/auditEvent.ts';
import type { Evidence } from '../../kernel/evidence.ts';
import { type Hold, type HoldTerms, holdChallenge } from '../../kernel/hold.ts';
import { newId } from '../../kernel/ids.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import { type RedisClient, StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import { type Actor, actorOf } from '../actor.ts';
import { answers } from '../evidence.ts';
import { difference, type HeldRequest, holdFields, holdOf, type NewHold, termsOf } from './record.ts';

export type HoldWhy =
  | 'unknown'
  | 'foreign' // another session's or person's
  | 'used'
  | 'cancelled'
  | 'gone' // cancelled before
  | 'not.waiting' // signed already
  | 'expired'
  | 'evidence' // the passkey did not answer exactly this request
  | 'session.revoked';
export type HoldOutcome =
  | { readonly done: true; readonly hold: Hold }
  | { readonly done: false; readonly why: HoldWhy };

export type HoldLimits = {
  /** ms from the refusal to the last moment of use */
  readonly lifetime: number;
  /** ms that a hold is kept after it was made, so that a late use still hears why */
  readonly kept: number;
  /** waiting holds of a session */
  readonly waiting: number;
};
export const HOLD_LIMITS: HoldLimits = { lifetime: 5 * 60_000, kept: 24 * 3_600_000, waiting: 50 };

export type HoldDeps = {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly pulse: Pick<Pulse, 'clock' | 'epoch'>;
  readonly limits?: Partial<HoldLimits>;
};

/** All of these @throw StateUnavailable when Redis fails or its data was replaced. */
export type Holds = {
  /** null: the session has too many waiting ones, or is over; then nothing can be offered for signing. */
  create(hold: NewHold): Promise<Hold | null>;
  /** The hold, used and cancelled ones too; null: unknown, or of replaced data. */
  get(id: string): Promise<Hold | null>;
  /** What the passkey must answer. */
  challenge(hold: HoldTerms): string;
  sign(id: string, signer: Actor, evidence: Evidence): Promise<HoldOutcome>;
  cancel(id: string, by: Actor): Promise<HoldOutcome>;
  /** Whether this hold releases this very request now. Refusals: hold.unknown, mismatch, unsigned, used, expired. */
  check(id: string, request: HeldRequest): Promise<Verdict<Hold>>;
};

const REFUSALS: readonly string[] = [
  'unknown',
  'foreign',
  'used',
  'cancelled',
  'gone',
  'not.waiting',
  'expired',
  'session.revoked',
] satisfies HoldWhy[];

export function createHolds({ scripts, client, keys, pulse, limits }: HoldDeps): Holds {
  const { lifetime, kept, waiting } = { ...HOLD_LIMITS, ...limits };

  const get = async (id: string): Promise<Hold | null> => {
    const hold = holdOf(await client.command('HGETALL', keys.hold(id)));
    const epoch = pulse.epoch();
    return hold !== null && epoch !== '' && hold.epoch === epoch ? hold : null;
  };
  const event = (kind: EventKind, by: Actor, hold: Hold, facts: AuditEvent['facts']): AuditEvent => ({
    kind,
    ...actorOf(by),
    console: hold.console,
    facts: { hold: hold.id, action: hold.action, title: hold.title, ...facts },
  });
  const announcement = (hold: Pick<Hold, 'id' | 'session'>): string =>
    JSON.stringify({ kind: 'hold', id: hold.id, session: hold.session });
  const run = async (script: string, done: string, own: string[], args: string[]): Promise<HoldOutcome> => {
    const [word, ...rest] = await scripts.run(script, own, args);
    if (word === done) {
      const hold = holdOf(rest);
      if (hold === null) throw new StateUnavailable(`redis: ${script}: no hold came back`);
      return { done: true, hold };
    }
    if (!REFUSALS.includes(word)) throw new StateUnavailable(`redis: ${script}: unknown outcome ${word}`);
    return { done: false, why: word as HoldWhy };
  };

  return {
    get,
    challenge: holdChallenge,
    async create(fresh) {
      const id = newId('hol');
      const { title, effect, principal, session, console, ...request } = fresh;
      const told: AuditEvent = {
        kind: 'hold.created',
        actor: principal,
        session,
        console,
        facts: { hold: id, title, ...request },
      };
      const [word, ...rest] = await scripts.run(
        'createHold',
        [keys.hold(id), keys.holdsOf(session), keys.session(session)],
        [id, String(lifetime), String(kept), String(waiting), ...eventArgs(told), ...holdFields(fresh)],
      );
      if (word === 'created') return holdOf(rest);
      if (word === 'too.many' || word === 'session.revoked') return null;
      throw new StateUnavailable(`redis: createHold: unknown outcome ${word}`);
    },
    async sign(id, signer, evidence) {
      const { principal } = signer;
      const hold = await get(id);
      if (hold === null) return { done: false, why: 'unknown' };
      if (hold.session !== signer.id || hold.principal !== principal.id) return { done: false, why: 'foreign' };
      const challenge = holdChallenge(hold);
      if (!answers(evidence, challenge)) return { done: false, why: 'evidence' };
      const signed = { terms: termsOf(hold), challenge, evidence };
      return run(
        'signHold',
        'signed',
        [keys.hold(id), keys.holdsOf(hold.session), keys.session(hold.session)],
        [signer.id, principal.id, ...eventArgs(event('hold.signed', signer, hold, { signed })), announcement(hold)],
      );
    },
    async cancel(id, by) {
      const hold = await get(id);
      if (hold === null) return { done: false, why: 'unknown' };
      return run(
        'cancelHold',
        'cancelled',
        [keys.hold(id), keys.holdsOf(hold.session)],
        [by.id, by.principal.id, ...eventArgs(event('hold.cancelled', by, hold, {})), announcement(hold)],
      );
    },
    async check(id, request) {
      const hold = await get(id);
      if (hold === null) return refuse('hold.unknown', `no hold ${id.slice(0, 60)}`);
      // The terms first: whoever brings another request, or comes from another session, learns nothing about this one.
      const other = difference(hold, request);
      if (other !== null) return refuse('hold.mismatch', `${hold.id}: the ${other} is not the held one`);
      if (hold.state === 'used') return refuse('hold.used', `${hold.id} was used`);
      if (hold.state === 'cancelled') return refuse('hold.unknown', `${hold.id} was cancelled`);
      if (pulse.clock.now() >= hold.expiresAt) return refuse('hold.expired', `${hold.id} expired`);
      if (hold.state !== 'signed') return refuse('hold.unsigned', `${hold.id} is not signed`);
      return go(hold);
    },
  };
}
