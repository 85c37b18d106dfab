// Comma-separated values that a spreadsheet shows and never runs: a cell that begins like a formula gets an apostrophe in
// front (CWE-1236). RFC 4180: every cell quoted, CRLF. Control characters go.

/** One line, with its end. Numbers are ours; text is anybody's. */
export const csvLine = (cells: readonly (string | number | null)[]): string =>
  `${cells.map((cell) => (typeof cell === 'number' ? String(cell) : `"${safe(cell ?? '').replaceAll('"', '""')}"`)).join(',')}\r\n`;

/** Spreadsheets also read the full-width forms, and look past what is blank. */
const FORMULA = /^[\s\u200b-\u200f\u2060\ufeff]*[=+\-@|%\uff0b\uff0d\uff1d\uff20]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;

const safe = (text: string): string => {
  const flat = text.toWellFormed().replace(CONTROL, ' ');
  return FORMULA.test(flat) ? `'${flat}` : flat;
};

/** ms -> "2026-11-23T07:31:24.000Z"; '' for never */
export const csvTime = (at: number | null): string => (at === null ? '' : new Date(at).toISOString());
