// Reads a refusal and checks what every refusal owes: status, reason, no caching, an id to quote, and a console that saw nothing.
import { expect } from 'vitest';
import type { RawReply } from './rawClient.ts';
import type { RawUpstream } from './rawUpstream.ts';

export type ExpectProblem = (reply: RawReply, status: number, reason: string) => Record<string, unknown>;

/** @param upstream asked at each call, because a test file makes it in beforeAll */
export const problemsOf =
  (upstream: () => RawUpstream): ExpectProblem =>
  (reply, status, reason) => {
    expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([status, reason]);
    expect(reply.header('content-type')).toBe('application/problem+json');
    expect(reply.header('cache-control')).toBe('no-store');
    const problem = JSON.parse(reply.body);
    expect(problem).toMatchObject({ type: `urn:sallyport:reason:${reason}`, status, reason });
    expect(problem.request).toMatch(/^exc_/);
    expect(upstream().requests).toEqual([]);
    return problem;
  };
