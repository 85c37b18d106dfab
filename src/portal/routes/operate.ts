// What operators look at: the policies in force, what would be refused on consoles that only observe, notices.
import { Router } from 'express';
import type { Notices } from '../../notices/notices.ts';
import { serve, serveDone } from '../api/serve.ts';
import type { ObservedReport, PolicyView } from '../contract/operate.ts';
import { readNotices, readObserved, readPolicy, retryNotice } from '../endpoints/operate.ts';
import { PortalProblem } from '../problem.ts';

export type OperateRouteDeps = {
  /** the set in force, and why the files on disk are not when they are not */
  readonly policySet: () => Omit<PolicyView, 'consoles'>;
  readonly consoles: readonly { readonly id: string; readonly name: string; readonly mode: 'enforce' | 'observe' }[];
  readonly observed: (period: { from: number; to: number; console: string | null }) => Promise<ObservedReport>;
  readonly notices: Pick<Notices, 'report' | 'retry'>;
  readonly clock: { now(): number };
};

/** ms */
const WEEK = 7 * 24 * 3_600_000;

export function operateRoutes({ policySet, consoles, observed, notices, clock }: OperateRouteDeps): Router {
  const router = Router();
  serve(router, readPolicy, () => ({
    ...policySet(),
    consoles: consoles.map(({ id, name, mode }) => ({ id, name, mode })),
  }));
  serve(router, readObserved, ({ query }) => {
    const to = query.to ?? Math.floor(clock.now());
    return observed({ from: query.from ?? Math.max(0, to - WEEK), to, console: query.console ?? null });
  });
  serve(router, readNotices, () => notices.report());
  serveDone(router, retryNotice, async ({ params }) => {
    if (!(await notices.retry(params.id))) throw new PortalProblem('not.found');
  });
  return router;
}
