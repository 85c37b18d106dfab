// 40: facts, policy, verdict. Facts are gathered only when the answer needs them, so a read that policy allows asks nobody.
// Refuses with policy.*, recording.silent, lockdown.active, budget.spent, grant.required, approval.*, stepup.required, hold.*; the refusal
// carries what would still help (Offer). On a console that only observes, what policy refuses goes through and says so.

import { grantFor } from '../../access/grants/terms.ts';
import { type Action, isRead } from '../../kernel/action.ts';
import type { Decided, Recognised } from '../../kernel/exchange.ts';
import type { Decision, Facts, Question } from '../../kernel/facts.ts';
import type { Grant } from '../../kernel/grant.ts';
import type { HeldRequest, Hold, NewHold } from '../../kernel/hold.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Reason } from '../../kernel/reasons.ts';
import { go, type Refusal, refuse, type Verdict } from '../../kernel/verdict.ts';
import { actsIn, devicesOf, type HoldRule, newHold, sentHold, termsOf } from '../decide/heldRequest.ts';
import { type BudgetTold, policyRefusal, reasonFor, withBudget } from '../decide/offer.ts';
import { decideAll } from '../decideAll.ts';
import { createGatherFacts, type FactParts } from '../facts/gather.ts';
import type { RedactBody } from './60-record.ts';

export type RuleOf = (
  console: string,
  actions: readonly Pick<Action, 'name' | 'risk'>[],
) => (HoldRule & { /** whom a request for access goes to: "1 of mdm-approvers" */ readonly whom: string }) | null;

export type DecideParts = FactParts & {
  /** The set in force. Asked for once in each request: another may come while that waits for a grant or a hold. */
  readonly policy: () => PolicySet;
  readonly activeGrants: (principalId: string) => Promise<readonly Grant[]>;
  /** go: it is of this very request; signatures may still be missing */
  readonly checkHold: (id: string, terms: HeldRequest) => Promise<Verdict<Hold>>;
  /** null: the session has too many already, so nothing can be offered for signing */
  readonly createHold: (hold: NewHold) => Promise<Hold | null>;
  /** the approval rule of these acts; null: nobody may be asked */
  readonly ruleOf: RuleOf;
  /** The action with the true number of its devices. Asks the console for groups and for all devices, else answers at once. */
  readonly withDevices: (request: Recognised) => Action | Promise<Action>;
  /** The action with what the console calls its targets. Never fails: names are a help for people and nothing rests on them. */
  readonly withNames: (request: Recognised) => Promise<Action>;
  /** of the budget that is spent for this act: when enough of it is free again, ms, and whom to ask. @throws StateUnavailable */
  readonly budgetTold: (principal: Principal, console: string, action: Action) => Promise<BudgetTold | null>;
  readonly redactBody: RedactBody;
};

export type PolicySet = {
  /** @throws when the policy cannot be evaluated */
  readonly decide: (question: Question) => Decision;
  /** the same decision in sentences for the person who is refused */
  readonly explain: (question: Question, decision: Decision) => { readonly sentences: readonly string[] };
};

type Ask = (facts: Facts) => Verdict<Decision>;
/** One policy set before one request. */
type Judge = {
  readonly ask: Ask;
  /** whether a part of a batch would be allowed if it had come alone */
  readonly allowsAlone: (part: Action, facts: Facts) => boolean;
  readonly sentences: (facts: Facts, decision: Decision) => readonly string[];
};
type Way = Pick<Decided, 'grant' | 'hold'>;
const NOTHING: Way = { grant: null, hold: null };

export function createDecide(parts: DecideParts) {
  const { policy, activeGrants, checkHold, createHold, ruleOf, withDevices, withNames } = parts;
  const { budgetTold, redactBody } = parts;
  const gather = createGatherFacts(parts);

  const judgeOf = (request: Recognised): Judge => {
    const { session, action, console } = request;
    const set = policy();
    const questionOf = (facts: Facts) => ({ principal: session.principal, action, on: console.id, facts });
    return {
      ask(facts) {
        try {
          return go(decideAll(set.decide, questionOf(facts)));
        } catch (error) {
          return refuse('policy.failed', String(error));
        }
      },
      allowsAlone: (part, facts) => set.decide({ ...questionOf(facts), action: part }).allow,
      sentences(facts, decision) {
        try {
          return set.explain(questionOf(facts), decision).sentences;
        } catch {
          // The decision stands without its words.
          return [];
        }
      },
    };
  };

  return (request: Recognised): Verdict<Decided> | Promise<Verdict<Decided>> => {
    const action = withDevices(request);
    if (action instanceof Promise) return action.then((counted) => weighed({ ...request, action: counted }));
    return weighed(action === request.action ? request : { ...request, action });
  };

  /** Its devices are known now, which budgets are asked with. */
  function weighed(request: Recognised): Verdict<Decided> | Promise<Verdict<Decided>> {
    const facts = gather(request);
    return facts instanceof Promise ? facts.then((known) => judge(request, known)) : judge(request, facts);
  }

  function judge(request: Recognised, bare: Facts): Verdict<Decided> | Promise<Verdict<Decided>> {
    const by = judgeOf(request);
    const { ask } = by;
    const first = ask(bare);
    if (!first.go) return first;
    const hopes = first.value.allow || first.value.remedies.length > 0;
    const reason = hopes ? null : hopeless(ask, bare);
    // Of a spent budget it counts whether nothing else was missing, such as access.
    if (reason !== null && reason !== 'budget.spent')
      return refused(by, request, first.value, bare, reason, null, null);
    // Before anybody is asked for anything: signatures and access would not help. On consoles that only observe, too.
    if (bare.recorded === 'silent' && isDangerous(request.action))
      return refuse('recording.silent', 'the recorder of the page that sent it is not heard');
    if (first.value.allow) return decided(request, first.value, bare, NOTHING);
    return withMore(request, bare, by);
  }

  /** What the client has besides, a grant or a signed hold, and whether that is enough. */
  async function withMore(request: Recognised, bare: Facts, by: Judge): Promise<Verdict<Decided>> {
    const { action, session } = request;
    const { ask } = by;
    const grant = grantFor(await activeGrants(session.principal.id), {
      principal: session.principal.id,
      console: request.console.id,
      action: action.name,
      parts: grantedParts(request, bare, by),
      targets: action.targets,
    });
    // Nobody can sign for bytes that nobody has seen: an opaque body has no digest yet.
    const signable = request.body.mode !== 'opaque';
    const sent = signable ? sentHold(request) : null;
    const held = sent === null ? null : asManyDevices(await checkHold(sent, termsOf(request)), action);
    const hold = held?.go === true ? held.value : null;
    const facts: Facts = {
      ...bare,
      granted: grant !== null,
      signed: hold !== null && hold.signedAt !== null,
      approvals: hold?.approvals.length ?? 0,
    };
    const second = ask(facts);
    if (!second.go) return second;
    const decision = second.value;

    if (decision.allow) {
      // Only what the answer rests on is consumed.
      const withoutGrant = ask({ ...facts, granted: false });
      const byGrant = facts.granted && !(withoutGrant.go && withoutGrant.value.allow);
      // Asked one after the other: where either would do, the act still rests on one of them.
      const withoutHold = ask({ ...facts, granted: byGrant, signed: false, approvals: 0 });
      // What people signed is called what they read.
      const named =
        hold === null ? request : { ...request, action: { ...action, title: hold.title, names: hold.names } };
      return decided(named, decision, facts, {
        grant: byGrant ? (grant?.id ?? null) : null,
        hold: withoutHold.go && withoutHold.value.allow ? null : (hold?.id ?? null),
      });
    }
    if (decision.remedies.length === 0) return refused(by, request, decision, facts, hopeless(ask, facts), hold, null);
    if (held?.go === false) return await refused(by, request, decision, facts, held.reason, null, held);
    const unsigned = hold !== null && onlySigning(decision) && decision.remedies.includes('stepup.bound');
    return await refused(by, request, decision, facts, unsigned ? 'hold.unsigned' : reasonFor(decision), hold, null);
  }

  /** Every deny ends here. On a console that only observes it is noted and goes on, resting on nothing. */
  function refused(
    by: Judge,
    request: Recognised,
    decision: Decision,
    facts: Facts,
    reason: Reason,
    hold: Hold | null,
    held: Refusal | null,
  ): Verdict<Decided> | Promise<Verdict<Decided>> {
    if (request.console.mode === 'observe') return decided(request, decision, facts, NOTHING, reason);
    const sentences = by.sentences(facts, decision);
    const { action, console, session } = request;
    if (decision.remedies.length === 0) {
      const spent = reason === 'budget.spent';
      const tried = spent && mightHave(by.ask, facts);
      const refusal = policyRefusal(reason, { decision, facts, action, hold: null, sentences, whom: null, tried });
      if (!spent) return refusal;
      return budgetTold(session.principal, console.id, action).then((told) => withBudget(refusal, told));
    }
    return offered(request, decision, facts, reason, hold, held, sentences);
  }

  async function offered(
    request: Recognised,
    decision: Decision,
    facts: Facts,
    reason: Reason,
    hold: Hold | null,
    held: Refusal | null,
    sentences: readonly string[],
  ): Promise<Verdict<Decided>> {
    const action = await withNames(request);
    const named = action === request.action ? request : { ...request, action };
    const { remedies, approvals } = decision;
    const byOthers = remedies.includes('approval');
    const asks = byOthers || remedies.includes('grant');
    // Access and signatures alike are about everything in the request.
    const rule = asks ? ruleOf(request.console.id, actsIn(action)) : null;
    const needs = {
      signed: facts.signed || remedies.includes('stepup.bound'),
      approvals: byOthers ? approvals : facts.approvals,
    };
    const enough = hold !== null && (hold.needs.signed || !needs.signed) && hold.needs.approvals >= needs.approvals;
    // Somebody turned it down: it is not put before them again unasked.
    const makes = reason !== 'approval.denied' && request.body.mode !== 'opaque' && onlySigning(decision);
    const answerable = !byOthers || (rule !== null && rule.holdGroups.length > 0);
    let offer = enough ? (hold?.id ?? null) : null;
    if (!enough && makes && answerable) offer = (await createHold(newHold(named, needs, rule, redactBody)))?.id ?? null;
    const whom = rule === null ? null : remedies.includes('grant') ? rule.whom : signersOf(rule, approvals);
    return policyRefusal(reason, { decision, facts, action, hold: offer, sentences, whom }, held?.detail);
  }
}

const decided = (
  request: Recognised,
  decision: Decision,
  facts: Facts,
  way: Way,
  observed: Reason | null = null,
): Verdict<Decided> => go({ ...request, decision, facts, ...way, observed });

const isDangerous = (action: Action): boolean =>
  [action, ...(action.parts ?? [])].some(({ risk }) => risk === 'high' || risk === 'destructive');

const onlySigning = ({ remedies }: Decision): boolean =>
  remedies.length > 0 && remedies.every((remedy) => remedy === 'stepup.bound' || remedy === 'approval');

/**
 * What of a batch a grant must name: every act in it, and every read that policy does not allow without one. Else access to
 * one thing would let others through beside it. Undefined: no batch.
 */
function grantedParts({ action }: Recognised, bare: Facts, { allowsAlone }: Judge): readonly string[] | undefined {
  const parts = action.parts?.filter((part) => !isRead(part) || !allowsAlone(part, bare));
  return parts === undefined || parts.length === 0 ? undefined : parts.map(({ name }) => name);
}

/** A group may have grown since it was signed: then it is more than the people who signed were shown. */
function asManyDevices(held: Verdict<Hold>, action: Action): Verdict<Hold> {
  if (!held.go || devicesOf(action) <= held.value.devices) return held;
  return refuse('hold.mismatch', `${held.value.id}: it hits more devices than the held one`);
}

const signersOf = ({ holdGroups }: HoldRule, count: number): string | null =>
  holdGroups.length === 0 ? null : `${count} of ${holdGroups.join(' or ')}`;

/**
 * Whether a person whose budget is spent could have done it by themselves otherwise: what others would have to let them do was
 * never theirs to try, and must not trip a breaker for everybody.
 */
function mightHave(ask: Ask, facts: Facts): boolean {
  const answer = ask({ ...facts, budget: 'open' });
  if (!answer.go) return false;
  const { allow, remedies } = answer.value;
  return allow || (remedies.length > 0 && !remedies.includes('grant') && !remedies.includes('approval'));
}

/** Why nothing would help: because acts like this are frozen, because a budget is spent, or because it is forbidden. */
function hopeless(ask: Ask, facts: Facts): Reason {
  const helps = (supposed: Facts): boolean => {
    const answer = ask(supposed);
    return answer.go && (answer.value.allow || answer.value.remedies.length > 0);
  };
  if (facts.lockdown && helps({ ...facts, lockdown: false, budget: 'open' })) return 'lockdown.active';
  if (facts.budget === 'spent' && helps({ ...facts, budget: 'open' })) return 'budget.spent';
  return 'policy.forbidden';
}
