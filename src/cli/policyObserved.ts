// `sallyport policy observed`: what would have been refused on consoles that only observe. Exit code 0: nothing; 1: something;
// 2: cannot say.
import { observedReport } from '../audit/index/observedReport.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { plain, readSpan, type SpanOptions } from './recordedSpan.ts';
import { bold, dim, green, print, table } from './report.ts';

export type ObservedOptions = SpanOptions & { readonly console?: string; readonly json?: boolean };

const SHOWN = 60;

/** @returns the exit code */
export async function policyObserved(options: ObservedOptions, clock: Clock = systemClock): Promise<0 | 1 | 2> {
  const words = (done: number) => `${done} recorded requests read`;
  const found = await readSpan(options, clock.now(), words, (span, progress) =>
    observedReport(span, {
      from: span.from,
      to: span.to,
      consoles: options.console === undefined ? [] : [options.console],
      onRead: progress.at,
    }),
  );
  if (found === null) return 2;
  const { span, value: report } = found;
  const { rows, requests, more } = report;
  if (options.json) print(JSON.stringify(report));
  else if (requests === 0) print(`Nothing was recorded in the last ${span.since}.`);
  else if (rows.length === 0)
    print(green(`Nothing would have been refused: ${requests} requests in the last ${span.since}.`));
  else {
    const times = rows.reduce((sum, row) => sum + row.times, 0);
    print(bold(`${times} of ${requests} requests in the last ${span.since} would have been refused`));
    print(
      table([
        ['Count', 'Devices', 'Reason', 'Action', 'Person', 'Console', 'Newest'],
        ...rows
          .slice(0, SHOWN)
          .map((row) => [
            String(row.times),
            String(row.devices),
            plain(row.reason, 30),
            `${plain(row.action, 40)} (${row.risk})`,
            plain(row.person.name, 40),
            plain(row.console, 20),
            plain(row.exchange, 60),
          ]),
      ]),
    );
    const hidden = Math.max(0, rows.length - SHOWN) + more;
    if (hidden > 0) print(dim(`and ${hidden} more: --json tells more, --console <id> tells one`));
  }
  return rows.length > 0 ? 1 : 0;
}
