// One row of the access review: for the page, for programs, and for spreadsheets.
import type { Reviewed } from '../access/grants/review.redis.ts';
import type { PersonRef } from '../kernel/grant.ts';
import type { Describe } from './consoleWords.ts';
import type { ReviewRow } from './contract/review.ts';
import { csvLine, csvTime } from './csv.ts';
import { aboutOf, named } from './grantView.ts';

export function reviewRow(describe: Describe, { grant, used, unused }: Reviewed): ReviewRow {
  const about = aboutOf(describe, grant);
  const { holder, title, reason, ticket, askedAt, state, automatic, activeFrom, activeUntil } = grant;
  const { endedAt, endedBecause, minutes, uses, lastUsedAt } = grant;
  return {
    grant: grant.id,
    holder,
    console: { id: grant.console, name: about.console },
    actions: about.actions.map(({ action, label }) => ({ action, label })),
    targets: named(grant.targets, grant.names),
    ...{ title, reason, ticket, askedAt, state, automatic, activeFrom, activeUntil, endedAt, endedBecause },
    approvedBy: grant.approvals.map(({ by }) => by),
    ...{ minutes, uses, used, lastUsedAt, unused },
  };
}

type Column = readonly [name: string, cell: (row: ReviewRow) => string | number | null];
const people = (list: readonly PersonRef[]): string => list.map(({ name, id }) => `${name} <${id}>`).join('; ');

const COLUMNS: readonly Column[] = [
  ['grant', (row) => row.grant],
  ['person', (row) => row.holder.name],
  ['person id', (row) => row.holder.id],
  ['console', (row) => row.console.name],
  ['actions', (row) => row.actions.map(({ action }) => action).join('; ')],
  ['targets', (row) => row.targets.map(({ kind, id }) => `${kind}:${id}`).join('; ')],
  ['number of targets', (row) => row.targets.length],
  ['title', (row) => row.title],
  ['reason', (row) => row.reason],
  ['ticket', (row) => row.ticket],
  ['asked', (row) => csvTime(row.askedAt)],
  ['state', (row) => row.state],
  ['approved by', (row) => people(row.approvedBy)],
  ['automatic', (row) => (row.automatic ? 'yes' : 'no')],
  ['from', (row) => csvTime(row.activeFrom)],
  ['until', (row) => csvTime(row.activeUntil)],
  ['ended', (row) => csvTime(row.endedAt)],
  ['ended because', (row) => row.endedBecause],
  ['minutes', (row) => row.minutes],
  ['uses', (row) => row.uses],
  ['used', (row) => row.used],
  ['last used', (row) => csvTime(row.lastUsedAt)],
  ['unused', (row) => (row.unused ? 'yes' : 'no')],
];

export const REVIEW_HEAD: string = csvLine(COLUMNS.map(([name]) => name));
export const reviewLine = (row: ReviewRow): string => csvLine(COLUMNS.map(([, cell]) => cell(row)));
