import { Paper, Table, Text } from '@mantine/core';
import { IconListSearch } from '@tabler/icons-react';
import type { ApprovalsReport } from '../../../../src/portal/contract/reports.ts';
import { Moment } from '../../components/Moment.tsx';
import { Nothing } from '../../components/Notes.tsx';
import { plural } from '../../lib/plural.ts';
import { span } from '../../lib/time.ts';
import { Chart } from './Chart.tsx';
import { Figures } from './Figures.tsx';

const within = (ms: number | null): string => (ms === null ? 'no answers' : span(ms));
const ANSWER = {
  waiting: 'Waiting',
  approved: 'Approved',
  denied: 'Denied',
  lapsed: 'Not answered in time',
  withdrawn: 'Withdrawn',
} as const;

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
            <Paper className="report-paper">
              <Table verticalSpacing="sm" horizontalSpacing="md" tabularNums>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">Who answered</Table.Th>
                    <Table.Th scope="col" className="number">
                      Approved
                    </Table.Th>
                    <Table.Th scope="col" className="number">
                      Denied
                    </Table.Th>
                    <Table.Th scope="col">Half within</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {approvers.map((row) => (
                    <Table.Tr key={row.person}>
                      <Table.Td className="report-label">{row.name}</Table.Td>
                      <Table.Td className="number">{row.approved}</Table.Td>
                      <Table.Td className="number">{row.denied}</Table.Td>
                      <Table.Td>{within(row.median)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Paper>
          ) : null}
          <Paper className="report-paper">
            <Table verticalSpacing="sm" horizontalSpacing="md" tabularNums>
              <Table.Thead>
                <Table.Tr>
                  {['Asked', 'Person', 'What', 'Reason', 'Answer', 'After'].map((name) => (
                    <Table.Th key={name} scope="col">
                      {name}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {asks.map((row) => (
                  <Table.Tr key={row.id}>
                    <Table.Td>
                      <Moment at={row.at} as="clock" />
                    </Table.Td>
                    <Table.Td>{row.name}</Table.Td>
                    <Table.Td className="report-label">{row.title}</Table.Td>
                    <Table.Td className="report-label">
                      {row.reason}
                      {row.ticket === '' ? '' : ` (${row.ticket})`}
                    </Table.Td>
                    <Table.Td>
                      {ANSWER[row.answer]}
                      <Text size="xs" c="dimmed">
                        {row.automatic ? 'by a rule' : row.by.map(({ name }) => name).join(', ')}
                      </Text>
                    </Table.Td>
                    <Table.Td>{row.answeredAt === null ? '' : span(row.answeredAt - row.at)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Paper>
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
