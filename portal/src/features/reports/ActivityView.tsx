import { Paper, Text } from '@mantine/core';
import { IconListSearch } from '@tabler/icons-react';
import type { ActivityReport } from '../../../../src/portal/contract/reports.ts';
import { Figures } from '../../components/Figures.tsx';
import { Moment } from '../../components/Moment.tsx';
import { Nothing } from '../../components/Notes.tsx';
import { plural } from '../../lib/plural.ts';
import { Chart } from './Chart.tsx';
import { ReportTable } from './ReportTable.tsx';

const HEAD = { person: 'Person', device: 'Device', action: 'Action' } as const;
const NUMBERS = ['Acts', 'Destructive', 'Failed', 'Refused', 'Devices'] as const;

export const ActivityView = ({ report }: { report: ActivityReport }) => {
  const { by, rows, more, sums, columns } = report;
  return (
    <>
      <Figures
        figures={[
          ['Acts', sums.acts],
          ['Destructive', sums.destructive],
          ['Failed', sums.failed],
          ['Refused', sums.refused],
          ['Devices', sums.devices],
          ['People', sums.people],
        ]}
      />
      {rows.length === 0 ? (
        <Nothing icon={<IconListSearch />} title="Nothing was done in this period">
          Every act in a console appears here, with its devices. Choose a longer period, or another person.
        </Nothing>
      ) : (
        <>
          <Paper p="lg">
            <Chart title="Acts and refusals over time" names={['Acts', 'Refused']} columns={columns} />
          </Paper>
          <ReportTable
            columns={[
              { head: HEAD[by], as: 'label' },
              ...NUMBERS.map((head) => ({ head, as: 'number' as const })),
              { head: 'Last' },
            ]}
            rows={rows.map((row) => ({
              key: row.key,
              cells: [
                row.label,
                ...[row.acts, row.destructive, row.failed, row.refused, row.devices],
                <Moment key="last" at={row.lastAt} as="clock" />,
              ],
            }))}
          />
          {more > 0 ? (
            <Text size="sm" c="dimmed">
              {plural(more, 'more row')} {more === 1 ? 'is' : 'are'} left out. The CSV has every act.
            </Text>
          ) : null}
        </>
      )}
    </>
  );
};
