// Days as date fields give them <-> moments in the reader's zone. Pure but for that zone.

/** Midnight of a `yyyy-mm-dd` in the reader's zone, ms as text; `days` later when given. undefined: not a day. */
export const midnight = (day: string | null, days = 0): string | undefined => {
  if (day === null || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + days);
  return Number.isNaN(date.getTime()) ? undefined : String(date.getTime());
};

/** The day of a moment, in the reader's zone: "2026-11-23". */
export const dayText = (at: number): string => {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};

const DAY = 24 * 60 * 60 * 1000;

/** From the address, else the last `days` days and today; the last day counts whole. */
export const periodFrom = (
  parameters: URLSearchParams,
  now: number,
  days: number,
): { from: string; to: string; fromDay: string; toDay: string } => {
  const day = (name: string, otherwise: number): string => {
    const given = parameters.get(name);
    return given !== null && midnight(given) !== undefined ? given : dayText(otherwise);
  };
  const fromDay = day('from', now - days * DAY);
  const toDay = day('to', now);
  return { from: midnight(fromDay) ?? '', to: midnight(toDay, 1) ?? '', fromDay, toDay };
};
