// What operators look at: the policies in force, what would be refused on consoles that only observe, notices.
import { Router } from 'express';
import type { Observed } from '../../audit/index/observedReport.ts';
import type { Notices } from '../../notices/notices.ts';
import { serve, serveDone } from '../api/serve.ts';
import type { ConsoleWords } from '../consoleWords.ts';
import type { ObservedReport, PolicyView } from '../contract/operate.ts';
import { readNotices, readObserved, readPolicy, retryNotice } from '../endpoints/operate.ts';
import { PortalProblem } from '../problem.ts';
import type { Told } from '../told.ts';

export type OperateRouteDeps = {
  /** the set in force, and why the files on disk are not when they are not */
  readonly policySet: () => Omit<PolicyView, 'consoles'>;
  readonly consoles: readonly { readonly id: string; readonly name: string; readonly mode: 'enforce' | 'observe' }[];
  /** of these consoles; of all when there is none */
  readonly observed: (query: { from: number; to: number; consoles: readonly string[] }) => Promise<Observed>;
  readonly words: Pick<ConsoleWords, 'describe'>;
  readonly notices: Pick<Notices, 'report' | 'retry'>;
  readonly told: Told;
  readonly clock: { now(): number };
};

/** ms */
const WEEK = 7 * 24 * 3_600_000;

export function operateRoutes(deps: OperateRouteDeps): Router {
  const { policySet, consoles, observed, words, notices, told, clock } = deps;
  const router = Router();

  serve(router, readPolicy, () => ({
    ...policySet(),
    consoles: consoles.map(({ id, name, mode }) => ({ id, name, mode })),
  }));

  const row = ({ console: id, person, action, reason, title, times, devices, lastAt }: Observed['rows'][number]) => ({
    ...{ person, action, reason, title, times, devices, lastAt },
    console: { id, name: consoles.find((one) => one.id === id)?.name ?? id },
    label: words.describe(id, action)?.label ?? action,
  });
  serve(router, readObserved, async (call): Promise<ObservedReport> => {
    const to = call.query.to ?? Math.floor(clock.now());
    const { from = Math.max(0, to - WEEK), console } = call.query;
    const report = await observed({ from, to, consoles: console === undefined ? [] : [console] });
    // It is made of recordings: whoever reads it is written down like whoever watches one.
    await told(call, 'recording.viewed', { what: 'observed', from, to, console });
    return { from, to, requests: report.requests, rows: report.rows.map(row) };
  });

  serve(router, readNotices, () => notices.report());
  serveDone(router, retryNotice, async ({ params }) => {
    if (!(await notices.retry(params.id))) throw new PortalProblem('not.found');
  });
  return router;
}
