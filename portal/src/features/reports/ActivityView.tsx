import { Paper, Table, Text } from '@mantine/core';
import { IconListSearch } from '@tabler/icons-react';
import type { ActivityReport } from '../../../../src/portal/contract/reports.ts';
import { Moment } from '../../components/Moment.tsx';
import { Nothing } from '../../components/Notes.tsx';
import { plural } from '../../lib/plural.ts';
import { Chart } from './Chart.tsx';
import { Figures } from './Figures.tsx';

const HEAD = { person: 'Person', device: 'Device', action: 'Action' } as const;

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
          <Paper className="report-paper">
            <Table verticalSpacing="sm" horizontalSpacing="md" tabularNums>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">{HEAD[by]}</Table.Th>
                  {['Acts', 'Destructive', 'Failed', 'Refused', 'Devices'].map((name) => (
                    <Table.Th key={name} scope="col" className="number">
                      {name}
                    </Table.Th>
                  ))}
                  <Table.Th scope="col">Last</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row) => (
                  <Table.Tr key={row.key}>
                    <Table.Td className="report-label">{row.label}</Table.Td>
                    <Table.Td className="number">{row.acts}</Table.Td>
                    <Table.Td className="number">{row.destructive}</Table.Td>
                    <Table.Td className="number">{row.failed}</Table.Td>
                    <Table.Td className="number">{row.refused}</Table.Td>
                    <Table.Td className="number">{row.devices}</Table.Td>
                    <Table.Td>
                      <Moment at={row.lastAt} as="clock" />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Paper>
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
