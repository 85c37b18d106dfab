// Grants in Redis. Every change is one script that checks everything, changes, announces and appends its audit event; what
// it answers is mapped to a typed outcome, and a word that nobody knows is an error. Two calls never make one decision.
// Time is Redis's time only. Redis gone: StateUnavailable, and nothing is granted.
import type { AuditEvent, EventKind } from '../../kernel/auditEvent.ts';
import type { Evidence } from '../../kernel/evidence.ts';
import type { Grant } from '../../kernel/grant.ts';
import { newId } from '../../kernel/ids.ts';
import { type RedisClient, StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import { type Actor, actorOf } from '../actor.ts';
import { answers } from '../evidence.ts';
import { ids } from '../stored.ts';
import { askedFields, grantOf } from './record.ts';
import { type Moment, standing, type Why } from './states.ts';
import { type ApprovedTerms, type Ask, approvalChallenge, approvalTerms, distinctTargets, narrows } from './terms.ts';

export type Outcome = { readonly done: true; readonly grant: Grant } | { readonly done: false; readonly why: Why };
export type Page = { readonly grants: readonly Grant[]; readonly next: string | null };

export type GrantLimits = {
  /** ms that a request waits for an answer */
  readonly answerWithin: number;
  /** unanswered asks that one person may have */
  readonly openAsks: number;
  /** grants on a page of a list */
  readonly pageSize: number;
};
export const GRANT_LIMITS: GrantLimits = { answerWithin: 60 * 60_000, openAsks: 20, pageSize: 50 };

export type GrantDeps = {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly pulse: Pick<Pulse, 'mirror' | 'clock' | 'epoch' | 'forget'>;
  readonly limits?: Partial<GrantLimits>;
};

/** All of these @throw StateUnavailable when Redis fails or its data was replaced. */
export type Grants = {
  /** Writes a request for access by `actor`, for themselves. Refused: too.many, session.revoked. */
  ask(actor: Actor, ask: Ask): Promise<Outcome>;
  /** The grant as it stands now, or null. */
  get(id: string): Promise<Grant | null>;
  /** A person's own grants, newest first. @param cursor `next` of the page before */
  listMine(principalId: string, cursor: string | null): Promise<Page>;
  /** Every grant that waits for an answer, oldest first. */
  inbox(): Promise<readonly Grant[]>;
  all(cursor: string | null): Promise<Page>;
  /** A person's active grants, kept in process as long as nothing changed. */
  activeFor(principalId: string): Promise<readonly Grant[]>;
  approvalChallenge(grant: Grant, terms: ApprovedTerms, approver: string): string;
  /** Another person's approval, proved by `evidence` over exactly these terms; active from now on. */
  approve(id: string, approver: Actor, terms: ApprovedTerms, evidence: Evidence): Promise<Outcome>;
  deny(id: string, approver: Actor, reason: string): Promise<Outcome>;
  withdraw(id: string, holder: Actor): Promise<Outcome>;
  /** The holder gives it back, or somebody else (whose right the caller has checked) revokes it. */
  end(id: string, by: Actor): Promise<Outcome>;
  /** Writes the ends that time has brought. Safe to run on every replica at once. @returns how many it wrote */
  sweep(): Promise<number>;
};

const REFUSALS: readonly string[] = [
  'unknown',
  'own',
  'not.holder',
  'not.asked',
  'lapsed',
  'not.active',
  'wider',
  'session.revoked',
  'too.many',
] satisfies Why[];

export function createGrants({ scripts, client, keys, pulse, limits }: GrantDeps): Grants {
  const { answerWithin, openAsks, pageSize } = { ...GRANT_LIMITS, ...limits };
  const moment = (): Moment => ({ now: pulse.clock.now(), epoch: pulse.epoch() });

  const stored = async (id: string): Promise<Grant | null> => grantOf(await client.command('HGETALL', keys.grant(id)));
  const several = async (list: readonly string[]): Promise<Grant[]> =>
    (await Promise.all(list.map(stored))).filter((grant) => grant !== null);
  const standingNow = (grant: Grant): Grant => standing(grant, moment());

  const page = async (key: string, cursor: string | null): Promise<Page> => {
    let from = 0;
    if (cursor !== null) {
      const rank = await client.command('ZREVRANK', key, cursor);
      if (rank === null) return { grants: [], next: null };
      from = Number(rank) + 1;
    }
    const list = ids(await client.command('ZREVRANGE', key, from, from + pageSize));
    const shown = list.slice(0, pageSize);
    const grants = (await several(shown)).map(standingNow);
    return { grants, next: list.length > pageSize ? (shown.at(-1) ?? null) : null };
  };

  const announcement = (grant: { id: string; holder: { id: string } }): string =>
    JSON.stringify({ kind: 'grant', id: grant.id, holder: grant.holder.id });

  const event = (kind: EventKind, actor: Actor | null, grant: Grant, facts: AuditEvent['facts']): AuditEvent => ({
    kind,
    ...(actor === null ? { actor: null } : actorOf(actor)),
    console: grant.console,
    facts: { grant: grant.id, holder: grant.holder.id, title: grant.title, ...facts },
  });

  const run = async (script: string, done: string, own: string[], args: string[]): Promise<Outcome> => {
    const [word, ...rest] = await scripts.run(script, own, args);
    if (word === done) {
      // Whoever is answered now may read at once, sooner than the message of the change comes round.
      pulse.forget();
      const grant = grantOf(rest);
      if (grant === null) throw new StateUnavailable(`redis: ${script}: no grant came back`);
      return { done: true, grant };
    }
    if (!REFUSALS.includes(word)) throw new StateUnavailable(`redis: ${script}: unknown outcome ${word}`);
    return { done: false, why: word as Why };
  };

  const closed = async (grant: Grant): Promise<Outcome> => {
    const { state, endedBecause } = standingNow(grant);
    const { holder } = grant;
    if (grant.state === 'asked' && state === 'lapsed') {
      const told = eventArgs(event('grant.lapsed', null, grant, {}));
      const own = [keys.grant(grant.id), keys.grantsOpen, keys.asksOf(holder.id)];
      return run('lapseGrant', 'lapsed', own, [holder.id, ...told, announcement(grant)]);
    }
    if (grant.state !== 'active' || state !== 'ended') return { done: false, why: 'not.active' };
    const because = endedBecause === 'time' ? 'time' : 'void';
    const told = eventArgs(event('grant.ended', null, grant, { because: endedBecause }));
    const own = [keys.grant(grant.id), keys.grantsOpen, keys.activeOf(holder.id)];
    return run('endGrant', 'ended', own, ['', '', holder.id, because, ...told, announcement(grant)]);
  };

  const active = pulse.mirror(async (principalId: string): Promise<readonly Grant[]> => {
    const list = ids(await client.command('ZRANGE', keys.activeOf(principalId), 0, -1));
    return (await several(list)).filter((grant) => grant.holder.id === principalId);
  });
  let sweptEpoch = '';

  return {
    async ask(actor, terms) {
      const { principal } = actor;
      const id = newId('gra');
      const ask: Ask = { ...terms, targets: distinctTargets(terms.targets) };
      const { console, ...facts } = ask;
      const told: AuditEvent = {
        kind: 'grant.asked',
        ...actorOf(actor),
        console,
        facts: { grant: id, holder: principal.id, ...facts },
      };
      const own = [
        keys.grant(id),
        keys.grantsOf(principal.id),
        keys.grantsOpen,
        keys.grants,
        keys.asksOf(principal.id),
        keys.session(actor.id),
      ];
      return run('askGrant', 'asked', own, [
        id,
        String(answerWithin),
        String(openAsks),
        ...eventArgs(told),
        announcement({ id, holder: principal }),
        ...askedFields(ask, principal),
      ]);
    },

    async get(id) {
      const grant = await stored(id);
      return grant && standingNow(grant);
    },
    listMine: (principalId, cursor) => page(keys.grantsOf(principalId), cursor),
    all: (cursor) => page(keys.grants, cursor),
    async inbox() {
      const list = ids(await client.command('ZRANGE', keys.grantsOpen, 0, -1));
      const waiting = (await several(list)).map(standingNow).filter(({ state }) => state === 'asked');
      return waiting.sort((a, b) => a.askedAt - b.askedAt);
    },
    async activeFor(principalId) {
      return (await active.get(principalId)).map(standingNow).filter(({ state }) => state === 'active');
    },

    approvalChallenge,
    async approve(id, approver, terms, evidence) {
      const { principal } = approver;
      const told = actorOf(approver);
      const grant = await stored(id);
      if (grant === null) return { done: false, why: 'unknown' };
      // The script decides all of this again; asked first here so that the plainer reason is the one that is told.
      if (principal.id === grant.holder.id) return { done: false, why: 'own' };
      if (!narrows(grant, terms)) return { done: false, why: 'wider' };
      const challenge = approvalChallenge(grant, terms, principal.id);
      if (!answers(evidence, challenge)) return { done: false, why: 'evidence' };
      const signed = { terms: approvalTerms(grant, terms, principal.id), challenge, evidence };
      return run(
        'approveGrant',
        'approved',
        [
          keys.grant(id),
          keys.grantsOpen,
          keys.asksOf(grant.holder.id),
          keys.activeOf(grant.holder.id),
          keys.session(told.session),
        ],
        [
          principal.id,
          principal.name,
          grant.holder.id,
          String(terms.minutes),
          String(terms.uses),
          ...eventArgs(event('grant.approved', approver, grant, { ...terms, signed })),
          announcement(grant),
        ],
      );
    },
    async deny(id, approver, reason) {
      const { principal } = approver;
      if (reason.trim() === '') throw new Error('a denial needs a reason');
      const grant = await stored(id);
      if (grant === null) return { done: false, why: 'unknown' };
      return run(
        'denyGrant',
        'denied',
        [keys.grant(id), keys.grantsOpen, keys.asksOf(grant.holder.id)],
        [
          principal.id,
          principal.name,
          grant.holder.id,
          reason,
          ...eventArgs(event('grant.denied', approver, grant, { reason })),
          announcement(grant),
        ],
      );
    },
    async withdraw(id, holder) {
      const grant = await stored(id);
      if (grant === null) return { done: false, why: 'unknown' };
      return run(
        'withdrawGrant',
        'withdrawn',
        [keys.grant(id), keys.grantsOpen, keys.asksOf(holder.principal.id)],
        [holder.principal.id, ...eventArgs(event('grant.withdrawn', holder, grant, {})), announcement(grant)],
      );
    },
    async end(id, by) {
      const { principal } = by;
      const grant = await stored(id);
      if (grant === null) return { done: false, why: 'unknown' };
      const because = principal.id === grant.holder.id ? 'holder' : 'revoked';
      return run(
        'endGrant',
        'ended',
        [keys.grant(id), keys.grantsOpen, keys.activeOf(grant.holder.id)],
        [
          principal.id,
          principal.name,
          grant.holder.id,
          because,
          ...eventArgs(event('grant.ended', by, grant, { because })),
          announcement(grant),
        ],
      );
    },
    async sweep() {
      const { now, epoch } = moment();
      if (epoch === '') return 0;
      // Replaced data voids grants whose time is not over: look at all of them once.
      const until = epoch === sweptEpoch ? String(Math.floor(now)) : '+inf';
      const due = await several(ids(await client.command('ZRANGE', keys.grantsOpen, '-inf', until, 'BYSCORE')));
      const outcomes = await Promise.all(due.map(closed));
      sweptEpoch = epoch;
      return outcomes.filter(({ done }) => done).length;
    },
  };
}
