// `sallyport report activity` and `report approvals`: a report over the journal as text, CSV, JSON or a page to print. Each is told in
// the journal first. Exit code 0: made; 2: could not.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { activityPage, approvalsPage, spanWords } from '../audit/reports/page.ts';
import type { By, Filter } from '../audit/reports/queries.ts';
import { createReports, type Reports } from '../audit/reports/reports.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { actsCsv, asksCsv } from '../portal/reportCsv.ts';
import { configOr } from './faults.ts';
import { createProgress } from './progress.ts';
import { plain } from './recordedSpan.ts';
import { bold, complain, print, red, table } from './report.ts';
import { withJournal } from './withJournal.ts';

export type ReportOptions = {
  readonly config: string;
  readonly from?: string;
  readonly to?: string;
  readonly by?: string;
  readonly person?: string;
  readonly console?: string;
  readonly format?: string;
  readonly out?: string;
};

const FORMATS = ['text', 'csv', 'json', 'html'] as const;
const DAY = 86_400_000;

/** @returns the exit code */
export async function reportMake(
  what: 'activity' | 'approvals',
  options: ReportOptions,
  clock: Clock = systemClock,
): Promise<0 | 2> {
  const config = configOr(options.config);
  if (!config) return 2;
  const format = FORMATS.find((known) => known === (options.format ?? 'text'));
  const by = (['person', 'device', 'action'] as const).find((known) => known === (options.by ?? 'person'));
  const to = momentOf(options.to, clock.now() + 1);
  const from = momentOf(options.from, (to ?? 0) - 30 * DAY);
  if (format === undefined || by === undefined || from === null || to === null || from >= to) {
    complain(
      'Write --format text, csv, json or html, --by person, device or action, and times as 2026-11-23 or 2026-11-23T08:00Z.',
    );
    return 2;
  }
  const { person, console } = options;
  const filter: Filter = {
    from,
    to,
    ...(person === undefined ? {} : { person }),
    ...(console === undefined ? {} : { console }),
  };
  try {
    return await withJournal<0>(config, async ({ journal }) => {
      const reports = createReports({ file: join(config.data, 'reports.sqlite'), journal });
      try {
        const progress = createProgress((done) => `${done} entries of the journal read`);
        await reports.catchUp(progress.at);
        progress.end();
        await journal.append({
          kind: 'report.read',
          actor: null,
          actorName: `${userInfo().username} (command line)`,
          facts: { report: what, form: format, from, to, person, console },
        });
        const pieces =
          what === 'activity'
            ? activity(reports, filter, by, format, clock)
            : approvals(reports, filter, format, clock);
        await write(pieces, options.out);
        return 0;
      } finally {
        await reports.close();
      }
    });
  } catch (error) {
    complain(`${red(bold('No report was made.'))} ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

type Format = (typeof FORMATS)[number];
const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

async function* activity(
  reports: Reports,
  filter: Filter,
  by: By,
  format: Format,
  clock: Clock,
): AsyncGenerator<string> {
  if (format === 'csv') return yield* actsCsv(reports.acts(filter));
  const report = await reports.activity(filter, by);
  if (format === 'json') return yield `${JSON.stringify({ ...filter, by, ...report })}\n`;
  if (format === 'html') return yield activityPage(filter, by, report, clock.now());
  const { sums, rows, more } = report;
  yield `${count(sums.acts, 'act')} on ${count(sums.devices, 'device')} by ${count(sums.people, 'person', 'people')}, ${sums.destructive} destructive, ${sums.failed} failed; ${sums.refused} refused\n`;
  yield `${table([
    [by, 'acts', 'destructive', 'failed', 'refused', 'devices', 'last'],
    ...rows.map((row) => [
      plain(row.label, 60),
      ...[row.acts, row.destructive, row.failed, row.refused, row.devices].map(String),
      new Date(row.lastAt).toISOString(),
    ]),
  ])}\n`;
  if (more > 0) yield `and ${more} more: --format csv tells all\n`;
}

async function* approvals(reports: Reports, filter: Filter, format: Format, clock: Clock): AsyncGenerator<string> {
  if (format === 'csv') return yield* asksCsv(reports.asks(filter));
  const report = await reports.approvals(filter);
  if (format === 'json') return yield `${JSON.stringify({ ...filter, ...report })}\n`;
  if (format === 'html') return yield approvalsPage(filter, report, clock.now());
  const { sums, speed, approvers } = report;
  yield `${sums.asked} asked: ${sums.approved} approved (${sums.automatic} by a rule), ${sums.denied} denied, ${sums.lapsed} without answer; half answered within ${spanWords(speed.median)}\n`;
  yield `${table([
    ['approver', 'approved', 'denied', 'half within'],
    ...approvers.map(({ name, approved, denied, median }) => [
      plain(name, 60),
      String(approved),
      String(denied),
      spanWords(median),
    ]),
  ])}\n`;
}

async function write(pieces: AsyncIterable<string>, out: string | undefined): Promise<void> {
  if (out !== undefined) {
    await writeFile(out, pieces, { mode: 0o600 });
    print(`Written to ${out}.`);
    return;
  }
  for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
}

/** UTC; null: not a time */
function momentOf(text: string | undefined, otherwise: number): number | null {
  if (text === undefined) return otherwise;
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z)?$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}
