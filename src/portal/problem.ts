// Every refusal of the portal's API as RFC 9457 problem JSON, in our own words only: no stack, nothing of what was sent.
// Routes throw a PortalProblem, or hand a verdict to `unwrap`; app.ts has the one place that answers.
import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { newId } from '../kernel/ids.ts';
import { REASONS, type Reason, type ReasonText } from '../kernel/reasons.ts';
import type { Refusal, Verdict } from '../kernel/verdict.ts';
import { StateUnavailable } from '../redis/client.ts';
import type { Problem } from './contract/nouns.ts';

/** Reasons that only the portal's API has. */
export const PORTAL_REASONS = {
  'input.invalid': { status: 400, title: 'Something in this form is not right', next: 'Correct it, then try again.' },
  'not.found': { status: 404, title: 'There is nothing here', next: 'Go back to the start of the portal.' },
  conflict: { status: 409, title: 'Somebody was faster', next: 'Look at it again: it has changed.' },
  forbidden: { status: 403, title: 'You may not do this', next: 'Ask your operator if your role should allow it.' },
  'recording.closed': {
    status: 404,
    title: 'Recordings cannot be read here',
    next: 'Open the portal of a gateway that has the key to them.',
  },
  'view.reason': {
    status: 403,
    title: 'Say why you look at this session',
    next: 'Your reason is written into the journal.',
  },
  'index.rebuilding': {
    status: 503,
    title: 'The index of sessions is being rebuilt',
    next: 'Nothing is lost. This goes on by itself; try again in a moment.',
  },
  'search.failed': {
    status: 503,
    title: 'The search could not be done',
    next: 'Too much was asked at a time. Try again in a moment.',
  },
  csrf: { status: 403, title: 'This request did not come from the portal', next: 'Reload the portal, then try again.' },
} as const satisfies Record<string, ReasonText>;

export type PortalReason = Reason | keyof typeof PORTAL_REASONS;
export type Fault = { readonly at: string; readonly what: string };

/** The words and the status of a reason. */
export const reasonText = (reason: PortalReason): ReasonText =>
  reason in REASONS ? REASONS[reason as Reason] : PORTAL_REASONS[reason as keyof typeof PORTAL_REASONS];

/** Thrown by routes to refuse. `detail` and `faults` are shown to the person: never put secrets or foreign text into them. */
export class PortalProblem extends Error {
  override readonly name = 'PortalProblem';
  readonly reason: PortalReason;
  readonly detail: string | undefined;
  readonly faults: readonly Fault[] | undefined;
  constructor(reason: PortalReason, more: { detail?: string; faults?: readonly Fault[] } = {}) {
    super(reason);
    this.reason = reason;
    this.detail = more.detail;
    this.faults = more.faults;
  }
}

/** The value of a verdict. @throws PortalProblem for a refusal; its detail stays here */
export function unwrap<T>(verdict: Verdict<T>): T {
  if (verdict.go) return verdict.value;
  throw problemOf(verdict);
}

export const problemOf = (refusal: Refusal): PortalProblem => new PortalProblem(refusal.reason);

/** What came in, checked against the contract. @throws PortalProblem input.invalid with every fault */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) {
    if (wellFormed(parsed.data)) return parsed.data;
    throw new PortalProblem('input.invalid', { faults: [{ at: '', what: 'Some characters are broken' }] });
  }
  const faults = parsed.error.issues.slice(0, 20).map((issue) => ({
    at: issue.path.map(String).join('.').slice(0, 100),
    what: issue.message.slice(0, 200),
  }));
  throw new PortalProblem('input.invalid', { faults });
}

/** A lone surrogate has no encoding, so nothing that holds one can be hashed or signed (kernel/canonicalJson). */
function wellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && wellFormed(member));
}

/** Gives every request an id to quote. */
export const numberRequests: RequestHandler = (_req, res, next) => {
  res.locals.request = newId('exc');
  next();
};

export const requestIdOf = (res: Response): string => String(res.locals.request ?? '');

/** What an error means to the person; `failure`: it is ours, and worth a line in the log. */
export function problemFor(error: unknown): { problem: PortalProblem; failure: boolean } {
  if (error instanceof PortalProblem) return { problem: error, failure: false };
  if (error instanceof StateUnavailable) return { problem: new PortalProblem('state.unavailable'), failure: true };
  if (error instanceof Error && error.name === 'IndexRebuilding') {
    const { percent } = error as { percent?: unknown };
    return {
      problem: new PortalProblem('index.rebuilding', { detail: `${Number(percent)} % is done.` }),
      failure: false,
    };
  }
  if (error instanceof Error && error.name === 'NoIdentity')
    return { problem: new PortalProblem('recording.closed'), failure: false };
  if (error instanceof Error && error.name === 'IdpUnavailable')
    return { problem: new PortalProblem('idp.unavailable'), failure: true };
  const { type, status } = (typeof error === 'object' && error !== null ? error : {}) as {
    type?: unknown;
    status?: unknown;
  };
  // body-parser's words for what came in
  if (type === 'entity.too.large') return { problem: new PortalProblem('body.too_large'), failure: false };
  if (typeof type === 'string' && status !== 500)
    return { problem: new PortalProblem('body.unreadable'), failure: false };
  if (error instanceof URIError || status === 400)
    return { problem: new PortalProblem('request.malformed'), failure: false };
  return { problem: new PortalProblem('gateway.failed'), failure: true };
}

export function problemBody(problem: PortalProblem, request: string): Problem {
  const { status, title, next } = reasonText(problem.reason);
  return {
    type: `urn:sallyport:reason:${problem.reason}`,
    title,
    status,
    reason: problem.reason,
    next,
    request,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...(problem.faults === undefined ? {} : { faults: [...problem.faults] }),
  };
}

export function sendProblem(res: Response, problem: PortalProblem): void {
  const body = problemBody(problem, requestIdOf(res));
  if (body.status === 503) res.setHeader('Retry-After', '2');
  res.status(body.status).setHeader('X-Sallyport-Refused', problem.reason);
  res.type('application/problem+json').send(JSON.stringify(body));
}

/** For paths under /api that nothing answers. */
export const noSuchApi = (_req: Request): never => {
  throw new PortalProblem('not.found');
};
