// `sallyport export test`: sends an event that says it is a test to each destination, and says what came back. Needs no Redis and no
// running gateway. Exit code 0: every destination took it; 1: one did not; 2: cannot say.
import type { Delivery } from '../audit/export/destination.ts';
import { createDestination, sendTestEvent } from '../audit/export/exports.ts';
import { systemClock } from '../kernel/clock.ts';
import { VERSION } from '../version.ts';
import { configOr } from './faults.ts';
import { complain, green, print, red, table } from './report.ts';

export type ExportTestOptions = { readonly config: string; readonly destination?: string; readonly json?: boolean };

/** @returns the exit code */
export async function exportTest(options: ExportTestOptions): Promise<0 | 1 | 2> {
  const config = configOr(options.config);
  if (!config) return 2;
  const { destinations } = config.export;
  const wanted = destinations.filter(({ id }) => options.destination === undefined || id === options.destination);
  if (wanted.length === 0) {
    complain(
      destinations.length === 0
        ? `No destinations are configured: add them to export.destinations in ${options.config}.`
        : `There is no such destination: name one of ${destinations.map(({ id }) => id).join(', ')}.`,
    );
    return 2;
  }
  const product = { version: VERSION, deployment: config.deployment };
  const hostname = new URL(config.portal.origin).hostname;
  const results = await Promise.all(
    wanted.map(async (settings) => {
      const destination = createDestination(settings, { product, hostname });
      const delivery = await sendTestEvent(destination, product, systemClock.now());
      await destination.close();
      return { destination: settings.id, kind: settings.kind, ...outcomeOf(delivery) };
    }),
  );
  const ok = results.every(({ taken }) => taken);
  if (options.json) print(JSON.stringify({ ok, results }));
  else
    print(
      table(
        results.map(({ destination, kind, taken, answer }) => [
          `  ${destination}`,
          kind,
          taken ? green('taken') : red('not taken'),
          answer,
        ]),
      ),
    );
  return ok ? 0 : 1;
}

function outcomeOf(delivery: Delivery): { readonly taken: boolean; readonly answer: string } {
  switch (delivery.word) {
    case 'taken':
      return delivery.rejected === undefined
        ? { taken: true, answer: '' }
        : { taken: false, answer: delivery.rejected.why };
    case 'later':
      return { taken: false, answer: `${delivery.why}; it would be tried again` };
    case 'never':
    case 'each':
      return { taken: false, answer: delivery.why };
  }
}
