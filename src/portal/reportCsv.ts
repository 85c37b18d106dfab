// Reports as files for spreadsheets.
import type { ActRow, AskRow } from '../audit/reports/queries.ts';
import { csvLine, csvTime } from './csv.ts';

type Column<R> = readonly [name: string, cell: (row: R) => string | number | null];

const ACTS: readonly Column<ActRow>[] = [
  ['entry', (row) => row.seq],
  ['time', (row) => csvTime(row.at)],
  ['person', (row) => row.name],
  ['person id', (row) => row.person],
  ['console', (row) => row.console],
  ['action', (row) => row.action],
  ['risk', (row) => row.risk],
  ['title', (row) => row.title],
  ['outcome', (row) => row.outcome],
  ['reason', (row) => row.reason],
  ['status', (row) => row.status],
  ['devices', (row) => row.devices],
  ['device ids', (row) => row.ids.join('; ')],
  ['exchange', (row) => row.exchange],
  ['grant', (row) => row.grant],
  ['hold', (row) => row.hold],
];
const ASKS: readonly Column<AskRow>[] = [
  ['request', (row) => row.id],
  ['kind', (row) => (row.kind === 'hold' ? 'signature' : 'access')],
  ['asked', (row) => csvTime(row.at)],
  ['person', (row) => row.name],
  ['person id', (row) => row.person],
  ['console', (row) => row.console],
  ['title', (row) => row.title],
  ['reason', (row) => row.reason],
  ['ticket', (row) => row.ticket],
  ['answer', (row) => row.answer],
  ['answered', (row) => csvTime(row.answeredAt)],
  ['seconds', (row) => (row.answeredAt === null ? null : Math.round((row.answeredAt - row.at) / 1000))],
  ['by a rule', (row) => (row.automatic ? 'yes' : 'no')],
  ['answered by', (row) => row.by.map(({ name, id, word }) => `${name} <${id}>: ${word}`).join('; ')],
];

async function* lines<R>(columns: readonly Column<R>[], rows: AsyncIterable<R>): AsyncGenerator<string> {
  // The mark tells spreadsheets that it is UTF-8.
  yield `\ufeff${csvLine(columns.map(([name]) => name))}`;
  for await (const row of rows) yield csvLine(columns.map(([, cell]) => cell(row)));
}
export const actsCsv = (rows: AsyncIterable<ActRow>): AsyncIterable<string> => lines(ACTS, rows);
export const asksCsv = (rows: AsyncIterable<AskRow>): AsyncIterable<string> => lines(ASKS, rows);
