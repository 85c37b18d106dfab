// A table of a report: heads that screen readers connect with their column, numbers to the right, long words broken.
import { Paper, Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** `as`: how its cells stand; absent: like plain text */
type Column = { readonly head: string; readonly as?: 'number' | 'label' };
type Row = { readonly key: string; readonly cells: readonly ReactNode[] };

const CLASSES = { number: 'number', label: 'report-label' } as const;
const classOf = (column: Column | undefined): string | undefined => column?.as && CLASSES[column.as];

/** Each row has a cell for every column, in their order. */
export const ReportTable = ({ columns, rows }: { columns: readonly Column[]; rows: readonly Row[] }) => (
  <Paper className="report-paper">
    <Table verticalSpacing="sm" horizontalSpacing="md" tabularNums>
      <Table.Thead>
        <Table.Tr>
          {columns.map((column) => (
            <Table.Th key={column.head} scope="col" className={classOf(column)}>
              {column.head}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ key, cells }) => (
          <Table.Tr key={key}>
            {columns.map((column, n) => (
              <Table.Td key={column.head} className={classOf(column)}>
                {cells[n]}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Paper>
);
