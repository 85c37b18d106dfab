// `sallyport export replay`: sends entries to a destination (again), from a number on. The journal tells who did it. Exit code 0:
// set; 1: there is no such entry; 2: could not.
import { userInfo } from 'node:os';
import { createCursors } from '../audit/export/cursors.redis.ts';
import { configOr } from './faults.ts';
import { bold, complain, print, red } from './report.ts';
import { withJournal } from './withJournal.ts';

export type ExportReplayOptions = { readonly config: string; readonly from: string; readonly json?: boolean };

/** @returns the exit code */
export async function exportReplay(destination: string, options: ExportReplayOptions): Promise<0 | 1 | 2> {
  const config = configOr(options.config);
  if (!config) return 2;
  const known = config.export.destinations.map(({ id }) => id);
  if (!known.includes(destination)) {
    complain(
      known.length === 0
        ? `No destinations are configured: add them to export.destinations in ${options.config}.`
        : `There is no such destination: name one of ${known.join(', ')}.`,
    );
    return 2;
  }
  if (!/^[1-9]\d{0,14}$/.test(options.from)) {
    complain('Write --from as the number of a journal entry, from 1 on.');
    return 2;
  }
  const from = Number(options.from);
  try {
    const ahead = await withJournal(config, ({ client, keys, scripts }) =>
      createCursors({ client, keys, scripts }).replay(destination, from - 1, {
        kind: 'export.replayed',
        actor: null,
        actorName: `${userInfo().username} (command line)`,
        facts: { destination, from },
      }),
    );
    if (options.json) print(JSON.stringify({ ok: ahead === null, destination, from, head: ahead?.head ?? null }));
    else if (ahead === null) print(`Entries from ${from} on go to ${destination} (again). The journal tells of it.`);
    else complain(`There is no entry ${from} yet: the last one is ${ahead.head}.`);
    return ahead === null ? 0 : 1;
  } catch (error) {
    complain(`${red(bold('Nothing was changed.'))} ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}
