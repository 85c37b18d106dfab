// Moments and spans in words. Pure: the zone and the present come in, so that tests and tooltips agree.
// All times are ms since the Unix epoch; all spans are ms.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const count = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? '' : 's'}`;

/** A span, rounded to what a person would say: "40 seconds", "12 minutes", "2 hours", "3 days". */
export const span = (ms: number): string => {
  const length = Math.abs(ms);
  if (length < MINUTE) return count(Math.round(length / SECOND), 'second');
  if (length < 90 * MINUTE) return count(Math.round(length / MINUTE), 'minute');
  if (length < 36 * HOUR) return count(Math.round(length / HOUR), 'hour');
  return count(Math.round(length / DAY), 'day');
};

/** "in 12 minutes", "40 seconds ago", "just now". */
export const relative = (at: number, now: number): string => {
  const distance = at - now;
  if (Math.abs(distance) < 5 * SECOND) return distance > 0 ? 'in a moment' : 'just now';
  return distance > 0 ? `in ${span(distance)}` : `${span(distance)} ago`;
};

type Parts = { year: string; month: string; day: string; weekday: string; hour: string; minute: string };
const partsOf = (at: number, zone: string | undefined): Parts => {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...(zone === undefined ? {} : { timeZone: zone }),
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const found = new Map(format.formatToParts(at).map((part) => [part.type, part.value]));
  const part = (type: string) => found.get(type as Intl.DateTimeFormatPartTypes) ?? '';
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    weekday: part('weekday'),
    hour: part('hour'),
    minute: part('minute'),
  };
};

/** The time on the reader's clock, with as much of the date as is needed: "14:32", "Mon 14:32", "3 Nov, 14:32", "3 Nov 2025, 14:32". */
export const clockTime = (at: number, now: number, zone?: string): string => {
  const then = partsOf(at, zone);
  const today = partsOf(now, zone);
  const time = `${then.hour}:${then.minute}`;
  const sameYear = then.year === today.year;
  if (sameYear && then.month === today.month && then.day === today.day) return time;
  if (Math.abs(at - now) < 6 * DAY) return `${then.weekday} ${time}`;
  return `${then.day} ${then.month}${sameYear ? '' : ` ${then.year}`}, ${time}`;
};

/** "in 12 minutes (14:32)" */
export const moment = (at: number, now: number, zone?: string): string =>
  `${relative(at, now)} (${clockTime(at, now, zone)})`;

/** The reader's time to the second, for timelines: "14:32:05". */
export const preciseTime = (at: number, zone?: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    ...(zone === undefined ? {} : { timeZone: zone }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(at);

/** The day in full: "Monday, 23 November 2026". */
export const dayOf = (at: number, zone?: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    ...(zone === undefined ? {} : { timeZone: zone }),
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).format(at);

/** Absolute, for hovering and exports: "2026-11-23 14:32:05 UTC". */
export const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** What is left, as a clock: "12:05", "1:02:05"; "0:00" when it is over. */
export const countdown = (ms: number): string => {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
};

/** How long something took: "38 ms", "1.2 s", "3 min". */
export const took = (ms: number): string => {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s`;
  return `${Math.round(ms / MINUTE)} min`;
};

/** Minutes as people say them: 30 -> "30 minutes", 120 -> "2 hours". */
export const minutesInWords = (minutes: number): string =>
  minutes >= 60 && minutes % 60 === 0 ? count(minutes / 60, 'hour') : count(minutes, 'minute');
