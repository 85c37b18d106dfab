import { Paper, Text } from '@mantine/core';
import { IconListSearch } from '@tabler/icons-react';
import type { ApprovalsReport } from '../../../../src/portal/contract/reports.ts';
import { Figures } from '../../components/Figures.tsx';
import { Moment } from '../../components/Moment.tsx';
import { Nothing } from '../../components/Notes.tsx';
import { plural } from '../../lib/plural.ts';
import { span } from '../../lib/time.ts';
import { Chart } from './Chart.tsx';
import { ReportTable } from './ReportTable.tsx';

const within = (ms: number | null): string => (ms === null ? 'no answers' : span(ms));
const ANSWER = {
  waiting: 'Waiting',
  approved: 'Approved',
  denied: 'Denied',
  lapsed: 'Not answered in time',
  withdrawn: 'Withdrawn',
} as const;

const Answer = ({ row }: { row: ApprovalsReport['asks'][number] }) => (
  <>
    {ANSWER[row.answer]}
    <Text size="xs" c="dimmed">
      {row.automatic ? 'by a rule' : row.by.map(({ name }) => name).join(', ')}
    </Text>
  </>
);

export const ApprovalsView = ({ report }: { report: ApprovalsReport }) => {
  const { sums, speed, approvers, asks, more, columns } = report;
  return (
    <>
      <Figures
        figures={[
          ['Asked', sums.asked],
          ['Approved', sums.approved],
          ['By a rule', sums.automatic],
          ['Denied', sums.denied],
          ['Not answered in time', sums.lapsed],
          ['Half answered within', within(speed.median)],
        ]}
      />
      {asks.length === 0 ? (
        <Nothing icon={<IconListSearch />} title="Nobody asked in this period">
          Every request for access or for a signature appears here, with its answer. Choose a longer period, or another
          person.
        </Nothing>
      ) : (
        <>
          <Paper p="lg">
            <Chart title="Approved and denied over time" names={['Approved', 'Denied']} columns={columns} />
          </Paper>
          {approvers.length > 0 ? (
            <ReportTable
              columns={[
                { head: 'Who answered', as: 'label' },
                { head: 'Approved', as: 'number' },
                { head: 'Denied', as: 'number' },
                { head: 'Half within' },
              ]}
              rows={approvers.map((row) => ({
                key: row.person,
                cells: [row.name, row.approved, row.denied, within(row.median)],
              }))}
            />
          ) : null}
          <ReportTable
            columns={[
              { head: 'Asked' },
              { head: 'Person' },
              { head: 'What', as: 'label' },
              { head: 'Reason', as: 'label' },
              { head: 'Answer' },
              { head: 'After' },
            ]}
            rows={asks.map((row) => ({
              key: row.id,
              cells: [
                <Moment key="at" at={row.at} as="clock" />,
                row.name,
                row.title,
                `${row.reason}${row.ticket === '' ? '' : ` (${row.ticket})`}`,
                <Answer key="answer" row={row} />,
                row.answeredAt === null ? '' : span(row.answeredAt - row.at),
              ],
            }))}
          />
          {more > 0 ? (
            <Text size="sm" c="dimmed">
              {plural(more, 'older request')} {more === 1 ? 'is' : 'are'} left out. The CSV has them all.
            </Text>
          ) : null}
        </>
      )}
    </>
  );
};
