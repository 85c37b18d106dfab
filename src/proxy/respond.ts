// The only writer of refusals: problem JSON (RFC 9457) for scripts, a page for navigations, a redirect to the login for
// navigations of nobody known. Details of a refusal stay in the log. Never a redirect for a script.
import type { ServerResponse } from 'node:http';
import type { Action } from '../kernel/action.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Console } from '../kernel/exchange.ts';
import type { Remedy } from '../kernel/facts.ts';
import { newSecret } from '../kernel/ids.ts';
import type { Principal } from '../kernel/principal.ts';
import { REASONS, type Reason } from '../kernel/reasons.ts';
import type { Refusal } from '../kernel/verdict.ts';
import { actsIn, devicesOf } from './decide/heldRequest.ts';
import { budgetOf, type Offer, offerOf } from './decide/offer.ts';
import { drainThenClose } from './drain.ts';
import type { Client, Log } from './exchange.ts';
import { pagePolicy } from './pages/html.ts';
import type { Known } from './stages/80-settle.ts';

export type ProblemBody = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly reason: Reason;
  readonly next: string;
  /** the exchange's id, to quote */
  readonly request: string;
  readonly portal: string;
  readonly console?: { readonly id: string; readonly name: string };
  readonly action?: { readonly name: string; readonly title: string; readonly effect: string; readonly risk: string };
  /** of a batch: the names of the acts in it, which access must be asked for */
  readonly acts?: readonly string[];
  readonly targets?: readonly { readonly kind: string; readonly id: string; readonly name?: string }[];
  /** devices that it would hit in truth */
  readonly devices?: number;
  readonly remedies?: readonly Remedy[];
  /** with the remedy approval: how many other people must sign */
  readonly approvals?: number;
  /** with grant or approval: whom it goes to, in words */
  readonly whom?: string;
  /** the decision, a sentence each */
  readonly sentences?: readonly string[];
  /** for budget.spent: when enough of it is free again, ms, and whom to ask */
  readonly freesAt?: number;
  readonly ask?: string;
  readonly hold?: string;
  readonly why?: string;
  readonly policies?: readonly string[];
};

/** A form post that was refused, so that the page can send it again. */
export type RefusedForm = { readonly action: string; readonly fields: readonly (readonly [string, string])[] };

export type RespondParts = {
  readonly portalOrigin: string;
  /**
   * starts a login for this console and way back: where to go, and the cookie that the way back is bound to
   * @param cookies the request's Cookie header: other tabs may be signing in too
   */
  readonly beginHandoff: (
    console: Console,
    path: string,
    cookies: string | undefined,
  ) => { readonly location: string; readonly setCookie: string | readonly string[] };
  readonly renderRefusalPage: (page: {
    problem: ProblemBody;
    form?: RefusedForm;
    method?: string;
    nonce: string;
  }) => string;
  readonly log: Log;
};

export type Respond = (known: Known, client: Client, refusal: Refusal) => Promise<void>;
/** Tells the page of a refused message, which has no answer of its own. Never rejects. */
export type TellPage = (known: Known, refusal: Refusal) => Promise<void>;

export function createRespond({ portalOrigin, beginHandoff, renderRefusalPage, log }: RespondParts): Respond {
  return async (known, client, refusal) => {
    const { res } = client;
    log.info({ exchange: known.id, reason: refusal.reason, detail: refusal.detail }, 'refused');
    if (res.headersSent) {
      // Too late for an answer: an early end must not look like a whole one.
      client.socket.destroy();
      return;
    }
    if (res.destroyed || client.socket.destroyed) return;
    const problem = problemOf(known, refusal, portalOrigin);
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('X-Sallyport-Refused', refusal.reason);

    if (asksToLogIn(known, refusal.reason) && known.console !== undefined) {
      const path = known.method === 'GET' ? (known.target ?? '/') : '/';
      const handoff = beginHandoff(known.console, path, client.req.headers.cookie);
      res.setHeader('Location', handoff.location);
      res.setHeader('Set-Cookie', handoff.setCookie);
      return finish(client, 302, '');
    }
    if (known.navigation === true && known.console !== undefined) {
      const nonce = newSecret();
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      res.setHeader('Content-Security-Policy', pagePolicy(nonce));
      res.setHeader('Referrer-Policy', 'same-origin');
      const form = formOf(known);
      const method = known.method ?? 'GET';
      const page = renderRefusalPage({ problem, method, nonce, ...(form === null ? {} : { form }) });
      return finish(client, problem.status, page);
    }
    res.setHeader('Content-Type', 'application/problem+json');
    return finish(client, problem.status, JSON.stringify(problem));
  };
}

export type TellPageParts = {
  readonly portalOrigin: string;
  /** to every gateway: the page may listen at another one than its socket goes through */
  readonly announce: (change: { readonly kind: 'refused'; readonly [member: string]: unknown }) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
};

/** Targets that a page is told of; the refusal counts and records all of them. */
const MOST_TOLD = 100;
/** Refused messages of a session that its pages hear of, in this many ms: a page that sends on and on needs no more words. */
const MOST_TELLINGS = { times: 10, within: 10_000 };

export function createTellPage({ portalOrigin, announce, clock, log }: TellPageParts): TellPage {
  const told = new Map<string, { since: number; times: number }>();
  return async (known, refusal) => {
    const { session, console } = known;
    log.info({ exchange: known.id, reason: refusal.reason, detail: refusal.detail }, 'message refused');
    if (session === undefined || console === undefined) return;
    const now = clock.now();
    for (const [id, { since }] of told) if (now - since >= MOST_TELLINGS.within) told.delete(id);
    const count = told.get(session.id) ?? { since: now, times: 0 };
    told.set(session.id, count);
    count.times += 1;
    if (count.times > MOST_TELLINGS.times) return;
    const { targets, ...problem } = problemOf(known, refusal, portalOrigin);
    // Access is asked for all targets or not at all: a part of them would not be what was refused.
    const few = targets !== undefined && targets.length <= MOST_TOLD ? { targets } : {};
    try {
      await announce({ kind: 'refused', session: session.id, console: console.id, problem: { ...problem, ...few } });
    } catch (error) {
      log.warn({ exchange: known.id, error: String(error) }, 'the page could not be told of a refused message');
    }
  };
}

/** A 302 turns a POST into a GET, so only a page that was asked for comes back after the login. */
const asksToLogIn = (known: Known, reason: Reason): boolean =>
  reason.startsWith('session.') && known.navigation === true && (known.method === 'GET' || known.method === 'HEAD');

async function finish(client: Client, status: number, body: string): Promise<void> {
  const { res } = client;
  res.statusCode = status;
  const bytes = Buffer.from(body, 'utf8');
  res.setHeader('Content-Length', bytes.length);
  await drainThenClose(client);
  await endOf(res, client.req.method === 'HEAD' ? '' : bytes);
}

function endOf(res: ServerResponse, bytes: Buffer | ''): Promise<void> {
  return new Promise((resolve) => {
    res.once('close', () => resolve());
    res.end(bytes);
  });
}

/**
 * Most who may not do something are signed in as somebody else than they think, or wait for a group. Which groups they are in
 * the portal says: this stands on the console's origin, where its scripts can read it.
 */
const whoYouAre = ({ name }: Principal): string =>
  `You are signed in as ${name}. Your groups, which decide this, are shown in the portal.`;

/** The refusal as scripts, pages and the overlay get it. */
export function problemOf(known: Known, refusal: Refusal, portal: string): ProblemBody {
  const { title, status, next } = REASONS[refusal.reason];
  const { console } = known;
  const offer = offerOf(refusal);
  const action = offer?.action ?? known.action;
  return {
    type: `urn:sallyport:reason:${refusal.reason}`,
    title,
    status,
    ...(refusal.reason === 'policy.forbidden' && known.session !== undefined
      ? { detail: whoYouAre(known.session.principal) }
      : {}),
    reason: refusal.reason,
    next,
    request: known.id,
    portal,
    ...(console === undefined ? {} : { console: { id: console.id, name: console.name } }),
    ...(action === undefined ? {} : actionWords(action)),
    ...(offer === null ? {} : offerWords(offer)),
    ...budgetWords(refusal),
  };
}

function actionWords(action: Action): Partial<ProblemBody> {
  const { name, title, effect, risk, names = {} } = action;
  const targets = action.targets.map(({ kind, id }) => {
    const key = `${kind}:${id}`;
    const called = Object.hasOwn(names, key) ? names[key] : undefined;
    return called === undefined ? { kind, id } : { kind, id, name: called };
  });
  const devices = devicesOf(action);
  const acts = action.parts === undefined ? {} : { acts: [...new Set(actsIn(action).map((act) => act.name))].sort() };
  return { action: { name, title, effect, risk }, ...acts, targets, ...(devices > 0 ? { devices } : {}) };
}

function offerWords({ decision, hold, sentences, whom }: Offer): Partial<ProblemBody> {
  const { remedies, policies, would, forbids, approvals } = decision;
  // Without access nothing permits it; with it, what still forbids says what is missing.
  const [first, second] = remedies.includes('grant') ? [would, forbids] : [forbids, would];
  const why = (first[0] ?? second[0])?.why;
  return {
    remedies,
    policies: [...policies, ...would.map(({ id }) => id)],
    ...(remedies.includes('approval') ? { approvals } : {}),
    ...(whom === null ? {} : { whom }),
    ...(sentences.length === 0 ? {} : { sentences }),
    ...(hold === null ? {} : { hold }),
    ...(why === undefined ? {} : { why }),
  };
}

function budgetWords(refusal: Refusal): Partial<ProblemBody> {
  const { freesAt, ask } = budgetOf(refusal) ?? { freesAt: null, ask: null };
  return { ...(freesAt === null ? {} : { freesAt }), ...(ask === null ? {} : { ask }) };
}

/** Only a form whose every byte was judged can be offered again. */
function formOf(known: Known): RefusedForm | null {
  const { body, headers, target } = known;
  if (known.method !== 'POST' || body?.mode !== 'judged' || target === undefined) return null;
  const type = headers?.find(([name]) => name === 'content-type')?.[1] ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return null;
  return { action: target, fields: [...new URLSearchParams(body.bytes.toString('utf8'))] };
}
