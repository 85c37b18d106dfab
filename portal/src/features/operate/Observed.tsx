// Consoles that only observe: what would have been refused these last days, for whom. The list to empty before enforcing.
import { Paper, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconEyeCheck } from '@tabler/icons-react';
import { useState } from 'react';
import type { ObservedReport } from '../../../../src/portal/contract/operate.ts';
import { useObserved, usePolicy } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Section } from '../../components/Page.tsx';
import { now } from '../../lib/now.ts';
import { listed, plural } from '../../lib/plural.ts';

const DAYS = 7;
type Row = ObservedReport['rows'][number];
const keyOfRow = (row: Row): string => [row.console.id, row.person.id, row.action, row.reason].join(' ');

const AsTable = ({ rows }: { rows: readonly Row[] }) => (
  <Paper className="operate-table">
    <Table verticalSpacing="sm" horizontalSpacing="md" tabularNums>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Person</Table.Th>
          <Table.Th>Would have been refused</Table.Th>
          <Table.Th>Because</Table.Th>
          <Table.Th className="number">Times</Table.Th>
          <Table.Th className="number">Devices</Table.Th>
          <Table.Th>Last</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={keyOfRow(row)}>
            <Table.Td>{row.person.name}</Table.Td>
            <Table.Td>
              {row.label}
              <Text size="xs" c="dimmed">
                {row.console.name} · <span className="mono">{row.action}</span>
              </Text>
            </Table.Td>
            <Table.Td>
              {row.title}
              <Text size="xs" c="dimmed" className="mono">
                {row.reason}
              </Text>
            </Table.Td>
            <Table.Td className="number">{row.times}</Table.Td>
            <Table.Td className="number">{row.devices}</Table.Td>
            <Table.Td className="operate-when">
              <Moment at={row.lastAt} as="relative" />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Paper>
);

const AsCards = ({ rows }: { rows: readonly Row[] }) => (
  <Paper>
    <ul className="rows">
      {rows.map((row) => (
        <li key={keyOfRow(row)} className="operate-row">
          <strong>
            {row.person.name}: {row.label}
          </strong>
          <Text size="sm">
            {row.title}, on {row.console.name}
          </Text>
          <Text size="sm" c="dimmed">
            {plural(row.times, 'time')}, {plural(row.devices, 'device')}, last <Moment at={row.lastAt} as="relative" />
          </Text>
        </li>
      ))}
    </ul>
  </Paper>
);

/** `consoles`: the ones that only observe, by name. */
const Report = ({ consoles }: { consoles: readonly string[] }) => {
  const [to] = useState(now);
  const narrow = useMediaQuery('(max-width: 56em)') ?? false;
  const { data, isPending, isError, error, refetch } = useObserved(String(to - DAYS * 86_400_000), String(to));
  if (isPending) return <LoadingCards count={1} height={180} />;
  if (data === undefined) return isError ? <ErrorNote error={error} retry={() => void refetch()} /> : null;
  if (data.rows.length === 0)
    return (
      <Nothing icon={<IconEyeCheck />} title="Nothing would have been refused">
        In {plural(data.requests, 'request')} of the last {DAYS} days on {listed(consoles)}. You could enforce now.
      </Nothing>
    );
  return (
    <>
      <Text size="sm" c="dimmed">
        {listed(consoles)} only {consoles.length === 1 ? 'observes' : 'observe'}: nothing is refused there. Of{' '}
        {plural(data.requests, 'request')} in the last {DAYS} days, these would have been.
      </Text>
      {narrow ? <AsCards rows={data.rows} /> : <AsTable rows={data.rows} />}
    </>
  );
};

export const Observed = () => {
  const { data } = usePolicy();
  if (data === undefined) return null;
  const consoles = data.consoles.filter(({ mode }) => mode === 'observe').map(({ name }) => name);
  return (
    <Section title="Observing">
      {consoles.length === 0 ? (
        <Paper p="lg">
          <Text size="sm" c="dimmed">
            Every console enforces its policies. A console with mode “observe” in the configuration lets everything
            through, and what it would have refused stands here.
          </Text>
        </Paper>
      ) : (
        <Report consoles={consoles} />
      )}
    </Section>
  );
};
