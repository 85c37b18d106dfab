// Reads a table of comma-separated values strictly (RFC 4180): quotes only around whole cells, the same number of cells in
// each row, UTF-8. Semicolons or tabs make one wide column, in which no id is found.

import { Unreadable } from './unreadable.ts';

const MAX_ROWS = 20_000;
const MAX_COLUMNS = 200;

/** @throws Unreadable */
export function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  let at = 0;
  while (at < source.length) {
    const [cell, end] = source[at] === '"' ? quoted(source, at) : plain(source, at);
    row.push(cell);
    if (row.length > MAX_COLUMNS) throw new Unreadable('is a table with too many columns');
    at = end;
    if (source[at] === ',') {
      at += 1;
      if (at < source.length) continue;
      row.push('');
    }
    if (source[at] === '\r') at += 1;
    if (at < source.length && source[at] !== '\n') throw new Unreadable('is no plain table');
    at += 1;
    rows.push(row);
    if (rows.length > MAX_ROWS) throw new Unreadable('is a table with too many rows');
    row = [];
  }
  const width = rows[0]?.length ?? 0;
  if (rows.some((one) => one.length !== width)) throw new Unreadable('is a table with rows of different lengths');
  return rows;
}

function plain(source: string, from: number): [string, number] {
  let end = from;
  for (; end < source.length; end += 1) {
    const char = source[end];
    if (char === ',' || char === '\n' || char === '\r') break;
    if (char === '"') throw new Unreadable('has a quote inside a cell');
  }
  return [source.slice(from, end), end];
}

function quoted(source: string, from: number): [string, number] {
  let cell = '';
  for (let at = from + 1; ; ) {
    const end = source.indexOf('"', at);
    if (end < 0) throw new Unreadable('has a quoted cell that does not end');
    cell += source.slice(at, end);
    if (source[end + 1] !== '"') return [cell, end + 1];
    cell += '"';
    at = end + 2;
  }
}

/** The cells of a column: by its head, or by its number from 1 in a table without a head. @throws Unreadable */
export function columnOf(rows: readonly (readonly string[])[], column: string | number): readonly string[] {
  if (typeof column === 'number') return rows.map((row) => row[column - 1] ?? '');
  const [head = [], ...rest] = rows;
  const places = head.flatMap((name, index) => (name.trim().toLowerCase() === column.toLowerCase() ? [index] : []));
  const [place] = places;
  if (place === undefined || places.length > 1) throw new Unreadable(`has no single column ${column}`);
  return rest.map((row) => row[place] ?? '');
}
