// Everything that can go wrong with a call, as one error with sentences for people.
import { Problem } from '../../../src/portal/contract/nouns.ts';

/** A refused or failed call. `problem` is always complete: what the server said, or our own words when it said nothing. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

const own = (reason: string, status: number, title: string, next: string): ApiError =>
  new ApiError({ type: `urn:sallyport:reason:${reason}`, title, status, reason, next });

export const unreachable = (): ApiError =>
  own('network', 0, 'Sallyport cannot be reached', 'Check your connection. This page tries again by itself.');

export const unreadable = (status: number): ApiError =>
  own(
    'answer.unreadable',
    status,
    'Sallyport sent an answer that this page does not understand',
    'Load the page again.',
  );

/** A problem answer's body -> error. Not a problem document: words by status. */
export const problemFrom = (status: number, body: unknown): ApiError => {
  const parsed = Problem.safeParse(body);
  if (parsed.success) return new ApiError(parsed.data);
  if (status >= 500)
    return own(
      'answer.failed',
      status,
      'Sallyport could not do this',
      'Try again in a moment. If it lasts, tell your operator.',
    );
  return unreadable(status);
};

export const reasonOf = (error: unknown): string | null => (error instanceof ApiError ? error.problem.reason : null);

/** What a person reads: title, then what to do. Errors that are not ours keep their technical text out of the way. */
export const sentencesOf = (error: unknown): { title: string; next: string | null; request: string | null } => {
  if (!(error instanceof ApiError))
    return { title: 'Something went wrong on this page', next: 'Load the page again.', request: null };
  const { title, detail, next, faults, request } = error.problem;
  const what = faults?.map((fault) => fault.what).join(' ') ?? detail ?? null;
  const sentences = [what, next].filter((part): part is string => part !== null && part !== undefined && part !== '');
  return { title, next: sentences.length === 0 ? null : sentences.join(' '), request: request ?? null };
};
