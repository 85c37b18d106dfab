// Reports: who did what to which devices, and who approved what. Each is in the journal before the first byte leaves; files are
// written as they are read.
import { Router } from 'express';
import type { Filter } from '../../audit/reports/queries.ts';
import type { Reports } from '../../audit/reports/reports.ts';
import type { Session } from '../../kernel/session.ts';
import { download } from '../api/download.ts';
import { serve, serveStream } from '../api/serve.ts';
import type { ApprovalsReport } from '../contract/reports.ts';
import { reportActivity, reportActivityCsv, reportApprovals, reportApprovalsCsv } from '../endpoints/reports.ts';
import { actsCsv, asksCsv } from '../reportCsv.ts';
import type { Told } from '../told.ts';

export type ReportRouteDeps = {
  readonly reports: Reports;
  readonly told: Told;
  /** Redis's */
  readonly clock: { now(): number };
};

/** ms; the period when none is given, and the longest */
const MONTH = 30 * 24 * 3_600_000;
const LONGEST = 5 * 366 * 24 * 3_600_000;

type Wish = { readonly [K in keyof Filter]?: Filter[K] | undefined };

export function reportRoutes({ reports, told, clock }: ReportRouteDeps): Router {
  const router = Router();
  const filterOf = ({ from, to = Math.floor(clock.now()) + 1, person, console }: Wish): Filter => ({
    from: Math.max(0, from ?? to - MONTH, to - LONGEST),
    to,
    ...(person === undefined ? {} : { person }),
    ...(console === undefined ? {} : { console }),
  });
  /** What the answer rests on is taken in first; that it was asked for is told before the answer leaves. */
  const prepare = async (by: { readonly session: Session }, filter: Filter, report: string, form: string) => {
    await reports.catchUp();
    const { from, to, person, console } = filter;
    await told(by, 'report.read', { report, form, from, to, person, console });
  };

  serve(router, reportActivity, async (call) => {
    const { by = 'person', ...wish } = call.query;
    const filter = filterOf(wish);
    await prepare(call, filter, 'activity', `by ${by}`);
    return { from: filter.from, to: filter.to, by, ...(await reports.activity(filter, by)) };
  });
  serve(router, reportApprovals, async (call) => {
    const filter = filterOf(call.query);
    await prepare(call, filter, 'approvals', 'page');
    return { from: filter.from, to: filter.to, ...(await reports.approvals(filter)) } as ApprovalsReport;
  });
  serveStream(router, reportActivityCsv, async (call) => {
    const filter = filterOf(call.query);
    await prepare(call, filter, 'activity', 'csv');
    await download(call.res, reportActivityCsv.answer, actsCsv(reports.acts(filter)));
  });
  serveStream(router, reportApprovalsCsv, async (call) => {
    const filter = filterOf(call.query);
    await prepare(call, filter, 'approvals', 'csv');
    await download(call.res, reportApprovalsCsv.answer, asksCsv(reports.asks(filter)));
  });
  return router;
}
