// What was done and approved in a period: sums, a chart, a table, a file of every single one, and a page to print. Each look is in
// the journal.
import { Button, Group, SegmentedControl } from '@mantine/core';
import { IconDownload, IconPrinter } from '@tabler/icons-react';
import { useState } from 'react';
import { type ReportBy, type ReviewFilter, reportFile } from '../../api/client.ts';
import { useActivityReport, useApprovalsReport } from '../../api/queries.ts';
import { ErrorNote, LoadingCards } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { now } from '../../lib/now.ts';
import { useParameters } from '../../lib/parameters.ts';
import { periodFrom } from '../../lib/period.ts';
import { IncidentButton } from '../evidence/IncidentButton.tsx';
import { ReviewFilterBar } from '../review/ReviewFilterBar.tsx';
import { ActivityView } from './ActivityView.tsx';
import { ApprovalsView } from './ApprovalsView.tsx';
import './reports.css';

/** The period that is shown when none is chosen. */
const DAYS = 30;
const VIEWS = [
  { value: 'person', label: 'By person' },
  { value: 'device', label: 'By device' },
  { value: 'action', label: 'By action' },
  { value: 'approvals', label: 'Approvals' },
];

const Activity = ({ filter, by }: { filter: ReviewFilter; by: ReportBy }) => {
  const report = useActivityReport(filter, by);
  if (report.isPending) return <LoadingCards count={2} height={220} />;
  if (report.isError) return <ErrorNote error={report.error} retry={() => void report.refetch()} />;
  return <ActivityView report={report.data} />;
};
const Approvals = ({ filter }: { filter: ReviewFilter }) => {
  const report = useApprovalsReport(filter);
  if (report.isPending) return <LoadingCards count={2} height={220} />;
  if (report.isError) return <ErrorNote error={report.error} retry={() => void report.refetch()} />;
  return <ApprovalsView report={report.data} />;
};

export default function ReportsPage() {
  const { parameters, change } = useParameters();
  // The default period must not move while the page is open: each move would be another question.
  const [opened] = useState(now);
  const { from, to, fromDay, toDay } = periodFrom(parameters, opened, DAYS);
  const person = parameters.get('person') ?? '';
  const console = parameters.get('console') ?? '';
  const view = VIEWS.find(({ value }) => value === parameters.get('view'))?.value ?? 'person';
  const filter: ReviewFilter = { from, to, person, console };
  const kind = view === 'approvals' ? 'approvals' : 'activity';
  return (
    <Page
      title="Reports"
      lead="What was done to which devices, and who approved it."
      action={
        <Group gap="xs" className="report-actions">
          <Button
            component="a"
            href={reportFile(kind, filter)}
            download={`sallyport-${kind}.csv`}
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden="true" />}
          >
            CSV
          </Button>
          <IncidentButton fromDay={fromDay} toDay={toDay} sought={person} />
          <Button
            variant="default"
            leftSection={<IconPrinter size={16} aria-hidden="true" />}
            onClick={() => window.print()}
          >
            Print
          </Button>
        </Group>
      }
    >
      <p className="report-period">
        {fromDay} to {toDay}
        {person === '' ? '' : `, only ${person}`}
        {console === '' ? '' : `, only ${console}`}
      </p>
      <div className="report-controls">
        <ReviewFilterBar values={{ fromDay, toDay, person, console }} people={[]} onChange={change} />
        <SegmentedControl
          className="report-views"
          aria-label="Report"
          data={VIEWS}
          value={view}
          onChange={(value) => change('view', value === 'person' ? '' : value)}
        />
      </div>
      {view === 'approvals' ? <Approvals filter={filter} /> : <Activity filter={filter} by={view as ReportBy} />}
    </Page>
  );
}
