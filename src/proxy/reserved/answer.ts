// How the reserved prefix answers: JSON or problem JSON, never stored, never framed, never readable from another origin.
import type { ServerResponse } from 'node:http';
import { REASONS, type Reason } from '../../kernel/reasons.ts';
import type { Problem } from '../../portal/contract/nouns.ts';

/** Words for what goes wrong only here; the refusals of the request path are in REASONS. */
const OWN = {
  'input.invalid': { status: 400, title: 'This cannot be asked for like that', next: 'Correct it and send it again.' },
  'not.found': { status: 404, title: 'There is nothing here', next: 'Open the console again.' },
  conflict: { status: 409, title: 'This is no longer possible', next: 'Look at what has changed, then try again.' },
  forbidden: {
    status: 403,
    title: 'You may not ask for access',
    next: 'Ask your operator if your role should allow it.',
  },
  csrf: { status: 403, title: 'This did not come from the console page', next: 'Open the console and try there.' },
  'too.many': { status: 429, title: 'Too many are open', next: 'Close some of them first.' },
  'method.wrong': { status: 405, title: 'This address takes another method', next: 'Open the console again.' },
} as const;

export type Fault = { readonly at: string; readonly what: string };
export type ProblemWords = Reason | keyof typeof OWN;
type More = Partial<Pick<Problem, 'title' | 'next'>> & { readonly faults?: readonly Fault[] };

export function setCommonHeaders(res: ServerResponse): void {
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
}

export function sendJson(res: ServerResponse, value: unknown, status = 200, type = 'application/json'): void {
  const bytes = Buffer.from(JSON.stringify(value));
  res.writeHead(status, { 'Content-Type': type, 'Content-Length': bytes.length });
  res.end(bytes);
}

export function sendProblem(res: ServerResponse, reason: ProblemWords, more: More = {}): void {
  const words: { status: number; title: string; next: string } =
    reason in OWN ? OWN[reason as keyof typeof OWN] : REASONS[reason as Reason];
  const problem = {
    type: `urn:sallyport:reason:${reason}`,
    title: words.title,
    status: words.status,
    reason,
    next: words.next,
    ...more,
  };
  sendJson(res, problem, words.status, 'application/problem+json');
}

/** Thrown inside a handler to end it with a problem. */
export class ReservedProblem extends Error {
  readonly reason: ProblemWords;
  readonly more: More;
  constructor(reason: ProblemWords, more: More = {}) {
    super(reason);
    this.name = 'ReservedProblem';
    this.reason = reason;
    this.more = more;
  }
}
