// How far the export of the journal is: what waits, since when, and why the last try failed.
import { Paper, Text } from '@mantine/core';
import type { ExportReport } from '../../../../src/portal/contract/export.ts';
import { useExport } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards } from '../../components/Notes.tsx';
import { Section } from '../../components/Page.tsx';
import { HealthTone } from '../../components/Tones.tsx';

const Destination = ({ row }: { row: ExportReport['destinations'][number] }) => {
  const well = row.error === '' && !row.behind;
  return (
    <li className="operate-row">
      <div className="operate-line">
        <span>
          <strong>{row.id}</strong> <span className="dimmed">{row.kind}</span>
        </span>
        <HealthTone well={well} word={well ? 'Arrives' : row.behind ? 'Too far behind' : 'Fails'} />
      </div>
      <Text size="sm" c="dimmed">
        {row.sent} sent, {row.lag} waiting
        {row.waitingSince === null ? null : (
          <>
            {' '}
            since <Moment at={row.waitingSince} as="clock" />
          </>
        )}
        {row.skipped > 0 ? `, ${row.skipped} left out` : ''}
      </Text>
      {row.error === '' ? null : <Text size="sm">{row.error}</Text>}
    </li>
  );
};

export const Export = () => {
  const report = useExport();
  return (
    <Section title="Export">
      {report.isPending ? <LoadingCards count={1} height={90} /> : null}
      {report.isError ? <ErrorNote error={report.error} retry={() => void report.refetch()} /> : null}
      {report.data === undefined ? null : (
        <Paper p="lg">
          {report.data.destinations.length === 0 ? (
            <Text c="dimmed">
              The journal goes nowhere else. Name a SIEM in export.destinations of the configuration to see it here.
            </Text>
          ) : (
            <ul className="rows" aria-label="Destinations">
              {report.data.destinations.map((row) => (
                <Destination key={row.id} row={row} />
              ))}
            </ul>
          )}
        </Paper>
      )}
    </Section>
  );
};
