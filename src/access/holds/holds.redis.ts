// Holds in Redis: one exact request, waiting for signatures, released once. Each change is one script with its audit event.
// What a hold releases is decided twice: `check` compares every term with the request at hand, and commitAct.lua consumes it.
import type { AuditEvent, EventKind } from '../../kernel/auditEvent.ts';
import type { Evidence } from '../../kernel/evidence.ts';
import { type HeldRequest, type Hold, type HoldTerms, holdChallenge, type NewHold } from '../../kernel/hold.ts';
import { newId } from '../../kernel/ids.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import { type RedisClient, StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import { type Actor, actorOf } from '../actor.ts';
import { answers } from '../evidence.ts';
import { ids } from '../stored.ts';
import { createHoldCalling, type HoldCalling } from './calling.redis.ts';
import { difference, holdFields, holdOf, termsOf } from './record.ts';
import { HOLD_WHYS, type HoldWhy, isApprover } from './states.ts';

export type HoldOutcome =
  | { readonly done: true; readonly hold: Hold }
  | { readonly done: false; readonly why: HoldWhy };

/** Somebody who may be asked: a Session fits. Their groups are looked at here and read again by the script. */
export type Approver = Actor & { readonly principal: { readonly groups: readonly string[] } };

export type HoldLimits = {
  /** ms from the refusal to the last moment of use, when only its own person signs */
  readonly lifetime: number;
  /** the same when others are needed and the rule says nothing */
  readonly answerWithin: number;
  /** ms that a hold is kept after that, so that a late use still hears why */
  readonly kept: number;
  /** waiting holds of a session */
  readonly waiting: number;
  /** holds that a person has asked others for and that still wait; and all within `kept` */
  readonly asked: number;
  readonly askedInAll: number;
};
export const HOLD_LIMITS: HoldLimits = {
  lifetime: 5 * 60_000,
  answerWithin: 60 * 60_000,
  kept: 24 * 3_600_000,
  waiting: 50,
  asked: 20,
  askedInAll: 100,
};
/** The inbox shows so many at once: those that expire first. */
const INBOX = 200;

export type HoldDeps = {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly pulse: Pick<Pulse, 'clock' | 'epoch'>;
  readonly limits?: Partial<HoldLimits>;
};

/** All of these @throw StateUnavailable when Redis fails or its data was replaced. */
export type Holds = HoldCalling & {
  /** null: the session is over, or every hold that it may have waiting was signed or asked for; then nothing can be offered. */
  create(hold: NewHold): Promise<Hold | null>;
  /** The hold, used, denied and cancelled ones too; null: unknown, or of replaced data. */
  get(id: string): Promise<Hold | null>;
  /** Those that others were asked for and that wait for approvals, oldest asked first. */
  inbox(): Promise<Hold[]>;
  /** Those that this person asked others for, of the last day, and those that wait in this session; newest first. */
  mine(person: Actor): Promise<Hold[]>;
  /** What a passkey must answer: the same for its own person and for approvers. */
  challenge(hold: HoldTerms): string;
  sign(id: string, signer: Actor, evidence: Evidence): Promise<HoldOutcome>;
  /** Asks others to sign. What reason and ticket must look like is the rule's business, checked by the caller. */
  ask(id: string, by: Actor, words: { readonly reason: string; readonly ticket: string }): Promise<HoldOutcome>;
  approve(id: string, approver: Approver, evidence: Evidence): Promise<HoldOutcome>;
  deny(id: string, approver: Approver, reason: string): Promise<HoldOutcome>;
  cancel(id: string, by: Actor): Promise<HoldOutcome>;
  /**
   * Whether this hold is for this very request and still counts, signatures complete or not: read `signedAt` and `approvals`
   * for that. Refusals: hold.unknown, hold.mismatch, hold.used, hold.expired, approval.denied.
   */
  check(id: string, request: HeldRequest): Promise<Verdict<Hold>>;
};

export function createHolds({ scripts, client, keys, pulse, limits }: HoldDeps): Holds {
  const { lifetime, answerWithin, kept, waiting, asked, askedInAll } = { ...HOLD_LIMITS, ...limits };

  const get = async (id: string): Promise<Hold | null> => {
    const hold = holdOf(await client.command('HGETALL', keys.hold(id)));
    const epoch = pulse.epoch();
    return hold !== null && epoch !== '' && hold.epoch === epoch ? hold : null;
  };
  const several = async (list: readonly string[]): Promise<Hold[]> =>
    (await Promise.all(list.map(get))).filter((hold) => hold !== null);

  const event = (kind: EventKind, by: Actor, hold: Hold, facts: AuditEvent['facts']): AuditEvent => ({
    kind,
    ...actorOf(by),
    console: hold.console,
    facts: { hold: hold.id, action: hold.action, title: hold.title, holder: hold.principal.id, ...facts },
  });
  /** `asked`: it concerns approvers too, not only its own session. */
  const announcement = (hold: Pick<Hold, 'id' | 'session' | 'principal' | 'asked'>): string =>
    JSON.stringify({
      ...{ kind: 'hold', id: hold.id, session: hold.session },
      ...{ holder: hold.principal.id, asked: hold.asked !== null },
    });
  const run = async (script: string, done: string, own: string[], args: string[]): Promise<HoldOutcome> => {
    const [word, ...rest] = await scripts.run(script, own, args);
    if (word === done) {
      const hold = holdOf(rest);
      if (hold === null) throw new StateUnavailable(`redis: ${script}: no hold came back`);
      return { done: true, hold };
    }
    const why = HOLD_WHYS.find((known) => known === word);
    if (why === undefined) throw new StateUnavailable(`redis: ${script}: unknown outcome ${word}`);
    return { done: false, why };
  };
  const not = (why: HoldWhy): HoldOutcome => ({ done: false, why });
  /** What is filed of a signature: what was signed, and everything to check it again without us. */
  const signedBy = (hold: Hold, challenge: string, evidence: Evidence) => ({
    signed: { terms: termsOf(hold), challenge, evidence },
  });

  return {
    ...createHoldCalling({ scripts, client, keys, pulse, get }),
    get,
    challenge: holdChallenge,
    async create(fresh) {
      if (!fresh.needs.signed && fresh.needs.approvals < 1) throw new Error('a hold that needs nobody');
      const id = newId('hol');
      const { title, effect, principal, session, console, names, parameters, answerWithin: within, ...request } = fresh;
      const told: AuditEvent = {
        kind: 'hold.created',
        actor: principal.id,
        actorName: principal.name,
        session,
        console,
        facts: { hold: id, title, ...request },
      };
      const lasts = fresh.needs.approvals > 0 ? (within ?? answerWithin) : lifetime;
      // Whoever gives way is named in an event, so it is known before the script runs; another may have been faster.
      for (let tries = 0, oldest = ''; tries <= waiting; tries += 1) {
        const gone: AuditEvent = {
          ...{ kind: 'hold.cancelled', actor: null, session, console },
          facts: { hold: oldest, holder: principal.id, because: 'too many wait', for: id },
        };
        const [word, ...rest] = await scripts.run(
          'createHold',
          [keys.hold(id), keys.holdsOf(session), keys.session(session), keys.hold(oldest || 'none')],
          [
            ...[id, String(lasts), String(kept), String(waiting), ...eventArgs(told), keys.hold('')],
            ...[oldest, ...eventArgs(gone), announcement({ id: oldest, session, principal, asked: null })],
            ...holdFields(fresh),
          ],
        );
        if (word === 'created') return holdOf(rest);
        if (word === 'too.many' || word === 'session.revoked') return null;
        if (word !== 'full') throw new StateUnavailable(`redis: createHold: unknown outcome ${word}`);
        oldest = rest[0] ?? '';
      }
      return null;
    },

    async inbox() {
      const now = String(Math.floor(pulse.clock.now()));
      const list = await client.command('ZRANGE', keys.holdsAsked, now, '+inf', 'BYSCORE', 'LIMIT', 0, INBOX);
      const open = (await several(ids(list))).filter(
        ({ state, asked: words, approvals, needs, expiresAt }) =>
          state === 'waiting' && words !== null && approvals.length < needs.approvals && pulse.clock.now() < expiresAt,
      );
      return open.sort((a, b) => (a.asked?.at ?? 0) - (b.asked?.at ?? 0));
    },
    async mine({ id, principal }) {
      const since = String(Math.floor(pulse.clock.now() - kept));
      const [askedFor, waits] = await Promise.all([
        client.command('ZRANGE', keys.holdsAskedOf(principal.id), since, '+inf', 'BYSCORE'),
        client.command('ZRANGE', keys.holdsOf(id), 0, -1),
      ]);
      const own = await several([...new Set([...ids(askedFor), ...ids(waits)])]);
      return own.filter(({ principal: of }) => of.id === principal.id).sort((a, b) => b.createdAt - a.createdAt);
    },

    async sign(id, signer, evidence) {
      const { principal } = signer;
      const hold = await get(id);
      if (hold === null) return not('unknown');
      if (hold.session !== signer.id || hold.principal.id !== principal.id) return not('foreign');
      const challenge = holdChallenge(hold);
      if (!answers(evidence, challenge)) return not('evidence');
      return run(
        'signHold',
        'signed',
        [keys.hold(id), keys.holdsOf(hold.session), keys.session(hold.session)],
        [
          ...[signer.id, principal.id],
          ...eventArgs(event('hold.signed', signer, hold, signedBy(hold, challenge, evidence))),
          ...[announcement(hold), evidence.credentialId, evidence.publicKey],
        ],
      );
    },

    async ask(id, by, { reason, ticket }) {
      if (reason.trim() === '') throw new Error('asking needs a reason');
      const hold = await get(id);
      if (hold === null) return not('unknown');
      const { approvers, rule, risk, devices, needs, expiresAt } = hold;
      const facts = { reason, ticket, approvers, rule, risk, devices, approvals: needs.approvals, expiresAt };
      return run(
        'askHold',
        'asked.now',
        [
          ...[keys.hold(id), keys.holdsAsked, keys.session(hold.session), keys.holdsAskedOf(hold.principal.id)],
          keys.holdCalls,
        ],
        [
          ...[by.id, by.principal.id, ...eventArgs(event('hold.asked', by, hold, facts))],
          announcement({ ...hold, asked: { reason, ticket, at: 0 } }),
          ...[reason, ticket, String(asked), String(askedInAll), String(kept), keys.hold('')],
        ],
      );
    },

    async approve(id, approver, evidence) {
      const { principal } = approver;
      const hold = await get(id);
      if (hold === null) return not('unknown');
      // The script decides all of this again; asked first here so that the plainer reason is the one that is told.
      if (hold.principal.id === principal.id) return not('own');
      if (!isApprover(hold, principal.groups)) return not('not.approver');
      const challenge = holdChallenge(hold);
      if (!answers(evidence, challenge)) return not('evidence');
      return run(
        'approveHold',
        'approved',
        [
          ...[keys.hold(id), keys.holdsOf(hold.session), keys.holdsAsked, keys.session(approver.id)],
          keys.passkeysOf(hold.principal.id),
        ],
        [
          ...[
            principal.id,
            principal.name,
            hold.principal.id,
            evidence.credentialId,
            evidence.publicKey,
            keys.passkey(''),
          ],
          ...eventArgs(event('hold.approved', approver, hold, signedBy(hold, challenge, evidence))),
          announcement(hold),
        ],
      );
    },

    async deny(id, approver, reason) {
      const { principal } = approver;
      if (reason.trim() === '') throw new Error('a denial needs a reason');
      const hold = await get(id);
      if (hold === null) return not('unknown');
      return run(
        'denyHold',
        'denied.now',
        [keys.hold(id), keys.holdsOf(hold.session), keys.holdsAsked, keys.session(approver.id)],
        [
          ...[principal.id, principal.name, reason],
          ...eventArgs(event('hold.denied', approver, hold, { reason })),
          announcement(hold),
        ],
      );
    },

    async cancel(id, by) {
      const hold = await get(id);
      if (hold === null) return not('unknown');
      return run(
        'cancelHold',
        'cancelled.now',
        [keys.hold(id), keys.holdsOf(hold.session), keys.holdsAsked],
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
      if (hold.state === 'denied') return refuse('approval.denied', `${hold.id} was denied`);
      if (pulse.clock.now() >= hold.expiresAt) return refuse('hold.expired', `${hold.id} expired`);
      return go(hold);
    },
  };
}
