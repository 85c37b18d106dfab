// Grants in Redis. Every change is one script that checks everything, changes, announces and appends its audit event; what
// it answers is mapped to a typed outcome, and a word that nobody knows is an error. Two calls never make one decision.
// Time is Redis's time only. Redis gone: StateUnavailable, and nothing is granted.
import type { AccessRules } from '../../kernel/accessRules.ts';
import type { Evidence } from '../../kernel/evidence.ts';
import type { Grant } from '../../kernel/grant.ts';
import { newId } from '../../kernel/ids.ts';
import { StateUnavailable } from '../../redis/client.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import { type Actor, actorOf, type Member } from '../actor.ts';
import { answers } from '../evidence.ts';
import { type AskFault, askFaults, isAutomatic, ruleFor, tooOften } from '../rules/ruleFor.ts';
import { createGrantClosing, type GrantClosing } from './closing.redis.ts';
import { createGrantReading, type GrantReading, type Page, type ReadingDeps } from './reading.redis.ts';
import { askedFields, grantOf } from './record.ts';
import { createGrantReview, type GrantReview } from './review.redis.ts';
import { groupsNow, standing, type Why } from './states.ts';
import { grantChanged, grantEvent, grantOver } from './telling.ts';
import {
  type ApprovedTerms,
  type Ask,
  approvalChallenge,
  approvalTerms,
  distinctTargets,
  distinctWords,
  narrows,
  nextStep,
} from './terms.ts';

export type { Page } from './reading.redis.ts';
export type Outcome =
  | { readonly done: true; readonly grant: Grant }
  /** `faults`: with `terms`, which members of the ask do not fit the rule; with `too.often`, when to ask again */
  | { readonly done: false; readonly why: Why; readonly faults?: readonly AskFault[] };

export type GrantLimits = {
  /** unanswered asks that one person may have */
  readonly openAsks: number;
  /** grants on a page of a list */
  readonly pageSize: number;
  /** ms after its start that a grant whose clock starts with the first use is kept for it */
  readonly firstUseWithin: number;
  /** ms after its asking that a grant that is over can still be read and reviewed; from then on the ledger alone knows it */
  readonly kept: number;
};
const DAY = 24 * 3_600_000;
export const GRANT_LIMITS: GrantLimits = { openAsks: 20, pageSize: 50, firstUseWithin: DAY, kept: 400 * DAY };

export type GrantDeps = Omit<ReadingDeps, 'pageSize' | 'pulse'> & {
  readonly scripts: Scripts;
  /** those in force now */
  readonly rules: () => AccessRules;
  readonly pulse: Pick<Pulse, 'mirror' | 'clock' | 'epoch' | 'forget'>;
  readonly limits?: Partial<GrantLimits>;
};

/** All of these @throw StateUnavailable when Redis fails or its data was replaced. */
export type Grants = GrantClosing &
  GrantReview & {
    /**
     * Writes a request for access by `actor`, for themselves, under the one rule that all its actions fall under. Active at
     * once where the rule says that these people need nobody. Refused: no.rule, terms and too.often (with
     * faults), too.many, session.revoked.
     */
    ask(actor: Member, ask: Ask): Promise<Outcome>;
    /** The grant as it stands now, or null. */
    get(id: string): Promise<Grant | null>;
    /** A person's own grants, newest first. @param cursor `next` of the page before */
    listMine(principalId: string, cursor: string | null): Promise<Page>;
    /** Every grant that waits for an answer, oldest first. */
    inbox(): Promise<readonly Grant[]>;
    all(cursor: string | null): Promise<Page>;
    /** A person's grants that may be used now, kept in process as long as nothing changed. */
    activeFor(principalId: string): Promise<readonly Grant[]>;
    approvalChallenge(grant: Grant, terms: ApprovedTerms, approver: string): string;
    /** Another person's yes to the step that is next, proved by `evidence` over exactly these terms. The last one needed makes it active. */
    approve(id: string, approver: Actor, terms: ApprovedTerms, evidence: Evidence): Promise<Outcome>;
    /** One no is enough, whoever has said yes before. */
    deny(id: string, approver: Actor, reason: string): Promise<Outcome>;
    withdraw(id: string, holder: Actor): Promise<Outcome>;
    /** The holder gives it back, or somebody else (whose right the caller has checked) revokes it. */
    end(id: string, by: Actor): Promise<Outcome>;
  };

const REFUSALS: ReadonlySet<string> = new Set<Why>([
  'unknown',
  'own',
  'own.key',
  'not.holder',
  'not.asked',
  'not.next',
  'twice',
  'lapsed',
  'not.active',
  'wider',
  'session.revoked',
  'too.many',
]);

export function createGrants({ scripts, client, keys, pulse, freezes, rules, riskOf, limits }: GrantDeps): Grants {
  const { openAsks, pageSize, firstUseWithin, kept } = { ...GRANT_LIMITS, ...limits };
  const reading: GrantReading = createGrantReading({ client, keys, pulse, freezes, riskOf, pageSize });
  const closing = createGrantClosing({ scripts, client, keys, pulse, reading, kept });
  const review = createGrantReview({ client, keys, pulse, reading, pageSize, kept });

  const outcomeOf = (script: string, done: readonly string[], word: string, rest: readonly string[]): Outcome => {
    if (done.includes(word)) {
      // Whoever is answered now may read at once, sooner than the message of the change comes round.
      pulse.forget();
      const grant = grantOf(rest);
      if (grant === null) throw new StateUnavailable(`redis: ${script}: no grant came back`);
      return { done: true, grant };
    }
    if (!REFUSALS.has(word)) throw new StateUnavailable(`redis: ${script}: unknown outcome ${word}`);
    return { done: false, why: word as Why };
  };
  const run = async (script: string, done: readonly string[], own: string[], args: string[]): Promise<Outcome> => {
    const [word, ...rest] = await scripts.run(script, own, args);
    return outcomeOf(script, done, word, rest);
  };
  const refused = (why: Why): Outcome => ({ done: false, why });
  const sessionKey = ({ session }: Grant): string => keys.session(session || 'none');
  /** The record, and whether it waits in vain, because a freeze covers it now. */
  const found = async (id: string): Promise<{ grant: Grant; frozen: boolean } | null> => {
    const loaded = await reading.load(id);
    if (loaded === null) return null;
    const moment = (await reading.momentOf())(loaded);
    const waits = standing(loaded.grant, moment).state === 'asked';
    return { grant: loaded.grant, frozen: waits && moment.gone?.(loaded.grant).frozen === true };
  };

  return {
    ...closing,
    ...review,
    get: reading.get,
    listMine: reading.listMine,
    all: reading.all,
    inbox: reading.inbox,
    activeFor: reading.activeFor,
    async ask(actor, terms) {
      const { principal } = actor;
      const told = actorOf(actor);
      const ask: Ask = {
        ...terms,
        actions: distinctWords(terms.actions),
        targets: distinctTargets(terms.targets),
        reason: terms.reason.trim(),
        ticket: terms.ticket.trim(),
      };
      const ruled = ask.actions.map((name) => ({ name, risk: riskOf(ask.console, name) }));
      const rule = ruleFor(rules(), ask.console, ruled);
      if (rule === null) return refused('no.rule');
      const faults = askFaults(rule, ask, pulse.clock.now());
      if (faults.length > 0) return { done: false, why: 'terms', faults };
      const id = newId('gra');
      const holder = { id: principal.id, name: principal.name };
      // It ends with its session, unless it is meant for later.
      const session = ask.startAt === null && ask.clock === 'approval' ? told.session : '';
      const { console, title, ...facts } = ask;
      const named = { id, holder, console, title };
      const asked = grantEvent('grant.asked', actor, named, {
        ...facts,
        rule: rule.id,
        groups: [...(rule.steps[0]?.groups ?? [])],
      });
      const automatic = isAutomatic(rule, principal.groups);
      const approved = grantEvent('grant.approved', null, named, {
        ...{ automatic: true, rule: rule.id, minutes: ask.minutes, uses: ask.uses },
      });
      const own = [
        keys.grant(id),
        keys.grantsOf(principal.id),
        keys.grantsOpen,
        keys.grants,
        keys.asksOf(principal.id),
        keys.session(actor.id),
        keys.grantCalls,
        keys.activeOf(principal.id),
      ];
      const [word, ...rest] = await scripts.run('askGrant', own, [
        id,
        String(rule.answerWithin),
        String(openAsks),
        rule.remindAfter === null ? '' : String(rule.remindAfter),
        rule.escalate === null ? '' : String(rule.escalate.after),
        String(firstUseWithin),
        ...eventArgs(asked),
        ...(automatic ? eventArgs(approved) : ['', '']),
        grantChanged(named),
        String(rule.asksPerDay),
        ...askedFields(ask, rule, holder, session),
      ]);
      if (word !== 'too.often') return outcomeOf('askGrant', ['asked'], word, rest);
      return { done: false, why: 'too.often', faults: [tooOften(rule, Number(rest[0]))] };
    },

    approvalChallenge,
    async approve(id, approver, terms, evidence) {
      const { principal } = approver;
      const told = actorOf(approver);
      const known = await found(id);
      if (known === null) return refused('unknown');
      const { grant, frozen } = known;
      // The script decides all of this again, but the freeze: what is approved in spite of one gives nothing (commitAct).
      // Asked first here so that the plainer reason is the one that is told.
      if (principal.id === grant.holder.id) return refused('own');
      if (frozen) return refused('frozen');
      if (!narrows(grant, terms)) return refused('wider');
      const challenge = approvalChallenge(grant, terms, principal.id);
      // Somebody was faster: then the step is another, and with it what had to be signed.
      if (!answers(evidence, challenge)) return refused(grant.state === 'asked' ? 'evidence' : 'not.asked');
      const targets = distinctTargets(terms.targets ?? grant.targets);
      const { minutes, uses } = terms;
      const step = nextStep(grant);
      const signed = { terms: approvalTerms(grant, terms, principal.id), challenge, evidence };
      const facts = { minutes, uses, targets, step, signed };
      const by = { id: principal.id, name: principal.name };
      // Whom it waits for if this was not the last yes: the next step's people, or more of this one's.
      const after = { ...grant, approvals: [...grant.approvals, { by, at: 0, step, minutes, uses, targets }] };
      const groups = [...groupsNow(after, { now: pulse.clock.now() })];
      return run(
        'approveGrant',
        ['approved', 'step.approved'],
        [
          keys.grant(id),
          keys.grantsOpen,
          keys.asksOf(grant.holder.id),
          keys.activeOf(grant.holder.id),
          keys.session(told.session),
          sessionKey(grant),
          keys.passkeysOf(grant.holder.id),
          keys.grantCalls,
        ],
        [
          principal.id,
          grant.holder.id,
          grant.session,
          String(step),
          String(minutes),
          String(uses),
          JSON.stringify(targets),
          JSON.stringify({ by, minutes, uses, targets }),
          evidence.credentialId,
          evidence.publicKey,
          keys.passkey(''),
          String(firstUseWithin),
          ...eventArgs(grantEvent('grant.approved', approver, grant, facts)),
          ...eventArgs(grantEvent('grant.step.approved', approver, grant, { ...facts, groups })),
          grantChanged(grant),
          principal.name,
        ],
      );
    },
    async deny(id, approver, reason) {
      const { principal } = approver;
      if (reason.trim() === '') throw new Error('a denial needs a reason');
      const grant = (await reading.load(id))?.grant ?? null;
      if (grant === null) return refused('unknown');
      return run(
        'denyGrant',
        ['denied'],
        [keys.grant(id), keys.grantsOpen, keys.asksOf(grant.holder.id), sessionKey(grant), keys.grantCalls],
        [
          principal.id,
          principal.name,
          grant.holder.id,
          grant.session,
          reason,
          ...eventArgs(grantEvent('grant.denied', approver, grant, { reason })),
          grantChanged(grant),
        ],
      );
    },
    async withdraw(id, holder) {
      const grant = (await reading.load(id))?.grant ?? null;
      if (grant === null) return refused('unknown');
      return run(
        'withdrawGrant',
        ['withdrawn'],
        [keys.grant(id), keys.grantsOpen, keys.asksOf(holder.principal.id), sessionKey(grant), keys.grantCalls],
        [
          holder.principal.id,
          grant.session,
          ...eventArgs(grantEvent('grant.withdrawn', holder, grant, {})),
          grantChanged(grant),
        ],
      );
    },
    async end(id, by) {
      const { principal } = by;
      const loaded = await reading.load(id);
      if (loaded === null) return refused('unknown');
      const { grant } = loaded;
      // Over by a freeze, which the script does not know: its end is written by the sweep, with that cause.
      if (standing(grant, (await reading.momentOf())(loaded)).endedBecause === 'lockdown') return refused('not.active');
      const because = principal.id === grant.holder.id ? 'holder' : 'revoked';
      return run(
        'endGrant',
        ['ended'],
        [keys.grant(id), keys.grantsOpen, keys.activeOf(grant.holder.id), sessionKey(grant)],
        [
          principal.id,
          principal.name,
          grant.holder.id,
          grant.session,
          because,
          ...eventArgs(grantEvent('grant.ended', by, grant, { because })),
          grantOver(grant),
        ],
      );
    },
  };
}
