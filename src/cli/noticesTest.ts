// `sallyport notices test`: sends a message that says it is a test over each channel, and says what came back. Needs no Redis and
// no running gateway. Exit code 0: every channel took it; 1: one did not; 2: cannot say.
import { systemClock } from '../kernel/clock.ts';
import { createChannels, sendTest } from '../notices/notices.ts';
import { configOr } from './faults.ts';
import { complain, green, print, red, table } from './report.ts';

export type NoticesTestOptions = {
  readonly config: string;
  readonly channel?: string;
  /** for channels of mail: where to; default: the operators, else the first address that the configuration names */
  readonly to?: string;
  readonly json?: boolean;
};

export async function noticesTest(options: NoticesTestOptions): Promise<number> {
  const config = configOr(options.config);
  if (!config) return 2;
  const { book } = config.notices;
  const channels = createChannels(config.notices.channels, { portalOrigin: config.portal.origin, clock: systemClock });
  const wanted = channels.filter(({ id }) => options.channel === undefined || id === options.channel);
  if (wanted.length === 0) {
    const known = channels.map(({ id }) => id).join(', ');
    complain(
      known === ''
        ? `No channels are configured: add them to notices.channels in ${options.config}.`
        : `There is no channel ${options.channel}: name one of ${known}.`,
    );
    return 2;
  }
  const to = options.to ?? book.operators[0] ?? Object.values(book.groups)[0]?.[0] ?? '';
  const results = await Promise.all(
    wanted.map(async (channel) => {
      if (channel.personal && to === '')
        return { channel: channel.id, kind: channel.kind, taken: false, answer: 'nobody to send it to: give --to' };
      const sent = await sendTest(channel, channel.personal ? to : '', systemClock.now());
      const answer = sent.done ? sent.answer : `${sent.why}${sent.again ? '; it would be tried again' : ''}`;
      return { channel: channel.id, kind: channel.kind, taken: sent.done, answer };
    }),
  );
  const all = results.every(({ taken }) => taken);
  if (options.json) print(JSON.stringify({ ok: all, results }));
  else
    print(
      table(
        results.map(({ channel, kind, taken, answer }) => [
          `  ${channel}`,
          kind,
          taken ? green('taken') : red('not taken'),
          answer,
        ]),
      ),
    );
  return all ? 0 : 1;
}
