import type { SessionRow } from '../../../../src/portal/contract/sessions.ts';
import { toCsv } from '../../lib/csv.ts';
import { utc } from '../../lib/time.ts';

const HEAD = [
  'session',
  'person',
  'person id',
  'started (UTC)',
  'last (UTC)',
  'ended (UTC)',
  'consoles',
  'acts',
  'refusals',
  'requests',
  'stands out',
];

export const sessionsAsCsv = (rows: readonly SessionRow[]): string =>
  toCsv(
    HEAD,
    rows.map((row) => [
      row.id,
      row.person.name,
      row.person.id,
      utc(row.startedAt),
      utc(row.lastAt),
      row.endedAt === null ? null : utc(row.endedAt),
      row.consoles.join(' '),
      row.acts,
      row.refusals,
      row.exchanges,
      row.highlights.map(({ title, verdict }) => (verdict === 'refuse' ? `${title} (refused)` : title)).join('; '),
    ]),
  );
