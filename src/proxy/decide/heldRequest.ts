// A request as a hold keeps it: what signatures are bound to, and what the people who sign are shown.

import { type Action, isRead, weightOf } from '../../kernel/action.ts';
import { headerOf, type Recognised } from '../../kernel/exchange.ts';
import type { HeldRequest, HoldNeeds, NewHold } from '../../kernel/hold.ts';
import { cookiesNamed } from '../canonical/cookies.ts';
import type { RedactBody } from '../stages/60-record.ts';

export const HOLD_HEADER = 'x-sallyport-hold';
export const HOLD_COOKIE = '__Host-sallyport-hold';
/** Characters of a body that signers see. The digest covers all of it. */
const MOST_PARAMETERS = 4000;

/** Who may sign for others' approval; null where only the request's own person signs. */
export type HoldRule = { readonly id: string; readonly holdGroups: readonly string[]; readonly answerWithin: number };

/** The hold that the client names: a header from scripts, a cookie from form posts. */
export function sentHold(request: Pick<Recognised, 'headers'>): string | null {
  const header = headerOf(request.headers, HOLD_HEADER);
  return header ?? cookiesNamed(request.headers, HOLD_COOKIE)[0] ?? null;
}

/** What a signature over this request is bound to. */
export function termsOf(request: Recognised): HeldRequest {
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

export function newHold(request: Recognised, needs: HoldNeeds, rule: HoldRule | null, redactBody: RedactBody): NewHold {
  const { action, session } = request;
  const others = needs.approvals > 0 ? rule : null;
  return {
    ...termsOf(request),
    title: action.title,
    effect: action.effect,
    risk: action.risk,
    principal: { id: session.principal.id, name: session.principal.name },
    needs,
    approvers: others?.holdGroups ?? [],
    rule: others?.id ?? '',
    names: action.names ?? {},
    devices: devicesOf(action),
    parameters: parametersOf(request, redactBody),
    answerWithin: others?.answerWithin ?? null,
  };
}

/** Devices that an action hits: in truth, where the console was asked, else as its targets count. */
export const devicesOf = (action: Action): number =>
  action.devices ?? weightOf(action.targets.filter(({ kind }) => kind === 'device'));

/** The acts of a request: of a batch those in it, else itself. */
export const actsIn = (action: Action): readonly Action[] => {
  const acts = (action.parts ?? []).filter((part) => !isRead(part));
  return acts.length > 0 ? acts : [action];
};

function parametersOf({ action, body, headers }: Recognised, redactBody: RedactBody): string | null {
  if (body.mode !== 'judged' || body.bytes.length === 0) return null;
  const { text } = redactBody(headerOf(headers, 'content-type') ?? '', body.bytes, action.redact);
  if (text === null || text.length <= MOST_PARAMETERS) return text;
  return `${text.slice(0, MOST_PARAMETERS).toWellFormed()}...`;
}
