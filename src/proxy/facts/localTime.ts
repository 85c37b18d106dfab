// Day and hour where a console is: facts for policies. Worked out once a minute and zone, because Intl is slow and requests
// are many.
import type { Facts } from '../../kernel/facts.ts';

export type LocalTime = Pick<Facts, 'day' | 'hour'>;

const DAYS: { readonly [name: string]: Facts['day'] } = { Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 };
const MINUTE = 60_000;

/** @returns a function of a zone and a moment (ms). It @throws RangeError for a zone that nobody knows. */
export function createLocalTime(): (zone: string, at: number) => LocalTime {
  const formats = new Map<string, Intl.DateTimeFormat>();
  const kept = new Map<string, { readonly minute: number; readonly time: LocalTime }>();
  return (zone, at) => {
    const minute = Math.floor(at / MINUTE);
    const known = kept.get(zone);
    if (known?.minute === minute) return known.time;
    let format = formats.get(zone);
    if (format === undefined) {
      format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        weekday: 'short',
        hour: 'numeric',
        hourCycle: 'h23',
      });
      formats.set(zone, format);
    }
    const parts = format.formatToParts(at);
    const day = DAYS[parts.find(({ type }) => type === 'weekday')?.value ?? ''];
    const hour = Number(parts.find(({ type }) => type === 'hour')?.value);
    if (day === undefined || !Number.isInteger(hour)) throw new RangeError(`no day and hour in ${zone}`);
    const time = { day, hour };
    kept.set(zone, { minute, time });
    return time;
  };
}
