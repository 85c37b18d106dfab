// Text of people and consoles made harmless before it leaves: names, reasons and titles are hostile. No control, bidirectional
// or zero-width characters (pitfalls 25), no line breaks (a reason must not look like a line of ours, nor become a mail header),
// bounded, and nothing that a reader's program would turn into a link: the one link of a message is ours.

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
/** a dot with a name before it and something like a top-level domain behind it */
const DOMAIN_DOT = /(?<=[\p{L}\p{N}_-])\.(?=\p{L}{2})/gu;
/** what starts a mention in chats: shown, never followed */
const MENTION = /@(?=[\p{L}\p{N}_[])/gu;

/** @param most characters that are left, the sign of the cut included */
export function plain(text: string, most = 300): string {
  const line = text.toWellFormed().replace(/\s+/gu, ' ').replace(UNSEEN, '').replace(/ {2,}/g, ' ').trim();
  const characters = [...line];
  const cut = characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : line;
  return cut.replaceAll('://', '[:]//').replace(DOMAIN_DOT, '[.]').replace(MENTION, '@ ');
}

/** "Mon 23 Nov 2026, 08:30 UTC (in 42 minutes)" */
export function moment(at: number, now: number): string {
  const utc = new Date(at)
    .toUTCString()
    .replace(/^(\w+), 0?(\d+) (\w+) (\d+) (\d+:\d+):\d+ GMT$/, '$1 $2 $3 $4, $5 UTC');
  return `${utc} (${relative(at - now)})`;
}

function relative(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const words =
    minutes < 1
      ? ''
      : minutes < 90
        ? counted(minutes, 'minute')
        : minutes < 36 * 60
          ? counted(Math.round(minutes / 60), 'hour')
          : counted(Math.round(minutes / 1440), 'day');
  if (words === '') return 'now';
  return ms > 0 ? `in ${words}` : `${words} ago`;
}

export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`;
