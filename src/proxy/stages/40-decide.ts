// 40: facts, policy, verdict. Facts are gathered only when the answer needs them, so a read that policy allows asks nobody.
// Refuses with policy.*, grant.required, stepup.required, hold.*; the refusal carries what would still help (Offer).

import { grantFor } from '../../access/grants/terms.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type Decided, headerOf, type Recognised } from '../../kernel/exchange.ts';
import type { Decision, Facts, Question } from '../../kernel/facts.ts';
import type { Grant } from '../../kernel/grant.ts';
import type { Hold, HoldTerms } from '../../kernel/hold.ts';
import type { Reason } from '../../kernel/reasons.ts';
import { go, type Refusal, refuse, type Verdict } from '../../kernel/verdict.ts';
import { cookiesNamed } from '../canonical/cookies.ts';
import { decideAll } from '../decideAll.ts';

export type RequestTerms = Omit<HoldTerms, 'id' | 'expiresAt'>;
export type NewHold = RequestTerms & { readonly title: string; readonly effect: string; readonly principal: string };

export type DecideParts = {
  /** @throws when the policy cannot be evaluated */
  readonly decide: (question: Question) => Decision;
  readonly activeGrants: (principalId: string) => Promise<readonly Grant[]>;
  readonly checkHold: (id: string, terms: RequestTerms) => Promise<Verdict<Hold>>;
  /** null: the session has too many already, so nothing can be offered for signing */
  readonly createHold: (hold: NewHold) => Promise<Hold | null>;
  /** Redis's clock: what step-ups are dated by */
  readonly clock: Clock;
};

/** What a refusal of this stage can tell: the decision, and the hold that waits for a signature. */
export type Offer = { readonly decision: Decision; readonly hold: string | null };
export type PolicyRefusal = Refusal & { readonly offer: Offer };
export const offerOf = (refusal: Refusal): Offer | null =>
  'offer' in refusal ? (refusal as PolicyRefusal).offer : null;

export const HOLD_HEADER = 'x-sallyport-hold';
export const HOLD_COOKIE = '__Host-sallyport-hold';

export function createDecide({ decide, activeGrants, checkHold, createHold, clock }: DecideParts) {
  return (request: Recognised): Verdict<Decided> | Promise<Verdict<Decided>> => {
    const { action, session } = request;
    const ask = (facts: Facts): Verdict<Decision> => {
      try {
        return go(decideAll(decide, { principal: session.principal, action, on: request.console.id, facts }));
      } catch (error) {
        return refuse('policy.failed', String(error));
      }
    };
    const stepUpAge = session.steppedUpAt === null ? null : Math.max(0, (clock.now() - session.steppedUpAt) / 1000);
    const bare: Facts = { stepUpAge, signed: false, granted: false };

    const first = ask(bare);
    if (!first.go) return first;
    if (first.value.allow) return go({ ...request, decision: first.value, grant: null, hold: null });
    if (first.value.remedies.length === 0) return refusal('policy.forbidden', first.value, null);
    return withMore(request, bare, ask);
  };

  /** What the client has besides, a grant or a signed hold, and whether that is enough. */
  async function withMore(
    request: Recognised,
    bare: Facts,
    ask: (facts: Facts) => Verdict<Decision>,
  ): Promise<Verdict<Decided>> {
    const { action, session } = request;
    const grant = grantFor(await activeGrants(session.principal.id), {
      principal: session.principal.id,
      console: request.console.id,
      action: action.name,
      targets: action.targets,
    });
    // Nobody can sign for bytes that nobody has seen: an opaque body has no digest yet.
    const signable = request.body.mode !== 'opaque';
    const sent = signable ? sentHold(request) : null;
    const held = sent === null ? null : await checkHold(sent, termsOf(request));
    const facts: Facts = { ...bare, granted: grant !== null, signed: held?.go === true };
    const second = ask(facts);
    if (!second.go) return second;
    const decision = second.value;

    if (decision.allow) {
      // Only what the answer rests on is consumed.
      const withoutGrant = ask({ ...facts, granted: false });
      const withoutHold = ask({ ...facts, signed: false });
      return go({
        ...request,
        decision,
        grant: withoutGrant.go && withoutGrant.value.allow ? null : (grant?.id ?? null),
        hold: withoutHold.go && withoutHold.value.allow ? null : held?.go ? held.value.id : null,
      });
    }
    const onlySigningLeft = decision.remedies.length === 1 && decision.remedies[0] === 'stepup.bound';
    const stillWaits = sent !== null && held?.go === false && held.reason === 'hold.unsigned';
    const hold =
      !onlySigningLeft || !signable ? null : stillWaits ? sent : ((await createHold(newHold(request)))?.id ?? null);
    if (held?.go === false) return refusal(held.reason, decision, hold, held.detail);
    return refusal(reasonFor(decision), decision, hold);
  }
}

const reasonFor = ({ remedies }: Decision): Reason =>
  remedies.length === 0 ? 'policy.forbidden' : remedies.includes('grant') ? 'grant.required' : 'stepup.required';

function refusal(reason: Reason, decision: Decision, hold: string | null, detail = ''): PolicyRefusal {
  const by = decision.policies.length === 0 ? 'nothing permits it' : `forbidden by ${decision.policies.join(', ')}`;
  return { ...refuse(reason, detail === '' ? by : detail), offer: { decision, hold } };
}

/** The hold that the client names: a header from scripts, a cookie from form posts. */
function sentHold(request: Recognised): string | null {
  const header = headerOf(request.headers, HOLD_HEADER);
  return header ?? cookiesNamed(request.headers, HOLD_COOKIE)[0] ?? null;
}

/** What a signature over this request is bound to. */
export function termsOf(request: Recognised): RequestTerms {
  const { body } = request;
  return {
    console: request.console.id,
    session: request.session.id,
    action: request.action.name,
    method: request.method,
    target: request.target,
    // Without what changes from try to try, such as a CSRF token; the intent keeps the digest of the bytes.
    bodyDigest: body.mode === 'opaque' ? '' : (request.action.signedDigest ?? body.digest),
    contentType: headerOf(request.headers, 'content-type') ?? '',
    targets: request.action.targets,
  };
}

const newHold = (request: Recognised): NewHold => ({
  ...termsOf(request),
  title: request.action.title,
  effect: request.action.effect,
  principal: request.session.principal.id,
});
