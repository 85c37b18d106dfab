// `sallyport export status`: how far each destination is. Exit code 0: all are well; 1: one is too far behind or fails; 2: cannot say.
import { createCursors } from '../audit/export/cursors.redis.ts';
import { exportReport } from '../audit/export/exports.ts';
import { systemClock } from '../kernel/clock.ts';
import { configOr } from './faults.ts';
import { plain } from './recordedSpan.ts';
import { bold, complain, green, print, red, table } from './report.ts';
import { withJournal } from './withJournal.ts';

export type ExportStatusOptions = { readonly config: string; readonly json?: boolean };

/** @returns the exit code */
export async function exportStatus(options: ExportStatusOptions): Promise<0 | 1 | 2> {
  const config = configOr(options.config);
  if (!config) return 2;
  if (config.export.destinations.length === 0) {
    complain(`No destinations are configured: add them to export.destinations in ${options.config}.`);
    return 2;
  }
  try {
    const { head, destinations } = await withJournal(config, ({ journal, client, keys, scripts }) =>
      exportReport(config.export, { journal, cursors: createCursors({ client, keys, scripts }) }),
    );
    const { entries, after } = config.export.alarm;
    const now = systemClock.now();
    // Also when no gateway runs that would have noticed.
    const rows = destinations.map((row) => ({
      ...row,
      behind: row.lag > entries || (row.waitingSince !== null && now - row.waitingSince > after),
    }));
    const ok = rows.every(({ behind, error }) => !behind && error === '');
    if (options.json) print(JSON.stringify({ ok, head, destinations: rows }));
    else {
      print(
        table([
          ['Destination', 'Kind', 'Waiting', 'Since', 'Sent', 'Left out', 'State'],
          ...rows.map(({ id, kind, lag, waitingSince, sent, skipped, error, behind }) => [
            id,
            kind,
            String(lag),
            waitingSince === null ? '-' : new Date(waitingSince).toISOString(),
            String(sent),
            String(skipped),
            error !== '' ? red(plain(error, 100)) : behind ? red('too far behind') : green('well'),
          ]),
        ]),
      );
    }
    return ok ? 0 : 1;
  } catch (error) {
    complain(`${red(bold('Cannot say.'))} ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}
