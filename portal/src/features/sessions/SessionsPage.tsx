// All sessions, filtered, the latest first; as CSV too.
import { Button, Group, Paper, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconDownload, IconFilter, IconHistory, IconScale } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import type { SessionRow } from '../../../../src/portal/contract/sessions.ts';
import { sessionsFile } from '../../api/client.ts';
import { useSessions } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { consoleName, useMe } from '../../lib/me.ts';
import { useParameters } from '../../lib/parameters.ts';
import { plural } from '../../lib/plural.ts';
import { sessionCounts, sessionLength } from '../../lib/words.ts';
import { FilterBar } from './FilterBar.tsx';
import { filterFrom } from './filter.ts';
import { Highlights } from './Highlights.tsx';
import { LookNote } from './LookNote.tsx';
import './sessions.css';

const Rows = ({ rows }: { rows: readonly SessionRow[] }) => {
  const navigate = useNavigate();
  const { consoles } = useMe();
  return (
    <Paper className="sessions-paper">
      <Table
        highlightOnHover
        verticalSpacing="sm"
        horizontalSpacing="md"
        tabularNums
        stickyHeader
        stickyHeaderOffset="var(--stuck)"
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Person</Table.Th>
            <Table.Th>Started</Table.Th>
            <Table.Th>Console</Table.Th>
            <Table.Th>What stands out</Table.Th>
            <Table.Th className="number">Acts</Table.Th>
            <Table.Th className="number">Refusals</Table.Th>
            <Table.Th className="number">Requests</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            // The name is the link for keyboards and screen readers; the row is a larger target for pointers.
            <Table.Tr key={row.id} className="sessions-row" onClick={() => void navigate(`/sessions/${row.id}`)}>
              <Table.Td>
                <Link to={`/sessions/${row.id}`} className="sessions-name" onClick={(event) => event.stopPropagation()}>
                  {row.person.name}
                </Link>
              </Table.Td>
              <Table.Td className="sessions-when">
                <Moment at={row.startedAt} as="clock" />
                <Text size="xs" c="dimmed">
                  {row.endedAt === null ? `running, ${sessionLength(row)}` : sessionLength(row)}
                </Text>
              </Table.Td>
              <Table.Td>
                {row.consoles.length === 0 ? 'None' : row.consoles.map((id) => consoleName(consoles, id)).join(', ')}
              </Table.Td>
              <Table.Td>
                {row.highlights.length === 0 ? (
                  <Text size="sm" c="dimmed">
                    Reading only
                  </Text>
                ) : (
                  <Highlights of={row} />
                )}
              </Table.Td>
              <Table.Td className="number">{row.acts}</Table.Td>
              <Table.Td className="number">{row.refusals}</Table.Td>
              <Table.Td className="number">{row.exchanges}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
};

const Cards = ({ rows }: { rows: readonly SessionRow[] }) => (
  <Paper>
    <ul className="rows">
      {rows.map((row) => (
        <li key={row.id}>
          <Link to={`/sessions/${row.id}`} className="sessions-card">
            <span className="sessions-card-head">
              <strong>{row.person.name}</strong>
              <Text size="sm" c="dimmed" component="span">
                <Moment at={row.startedAt} as="clock" />
              </Text>
            </span>
            <Highlights of={row} />
            <Text size="sm" c="dimmed" component="span">
              {sessionCounts(row)}
            </Text>
          </Link>
        </li>
      ))}
    </ul>
  </Paper>
);

export default function SessionsPage() {
  const { parameters, change, clear } = useParameters();
  const filter = filterFrom(parameters);
  const sessions = useSessions(filter);
  const narrow = useMediaQuery('(max-width: 56em)') ?? false;
  const [filtering, setFiltering] = useState(parameters.size > 0);
  const rows = sessions.data?.pages.flatMap((page) => page.sessions) ?? [];
  const people = [...new Set(rows.map((row) => row.person.name))].sort();
  return (
    <Page
      title="Sessions"
      lead="Every request of every session is written down. Looking at one is written down too."
      action={
        <Group gap="xs">
          <Button
            component={Link}
            to="/legal-holds"
            variant="default"
            leftSection={<IconScale size={16} aria-hidden="true" />}
          >
            Legal holds
          </Button>
          {rows.length === 0 ? null : (
            <Button
              variant="default"
              leftSection={<IconDownload size={16} aria-hidden="true" />}
              component="a"
              href={sessionsFile(filter)}
              download="sallyport-sessions.csv"
            >
              CSV
            </Button>
          )}
        </Group>
      }
    >
      {narrow && !filtering ? (
        <div>
          <Button
            variant="default"
            leftSection={<IconFilter size={16} aria-hidden="true" />}
            onClick={() => setFiltering(true)}
          >
            Filter
          </Button>
        </div>
      ) : (
        <FilterBar parameters={parameters} people={people} onChange={change} onClear={clear} />
      )}
      {sessions.isPending ? <LoadingCards count={1} height={320} /> : null}
      {sessions.isError ? <LookNote error={sessions.error} retry={() => void sessions.refetch()} /> : null}
      {sessions.data !== undefined && rows.length === 0 ? (
        <Nothing icon={<IconHistory />} title={parameters.size > 0 ? 'No session matches' : 'No sessions yet'}>
          {parameters.size > 0
            ? 'Widen the filter: another time, person or action.'
            : 'As soon as somebody opens a console, their session appears here with everything they did.'}
        </Nothing>
      ) : null}
      {rows.length > 0 ? (
        <div className={sessions.isPlaceholderData ? 'sessions-old' : undefined}>
          {narrow ? <Cards rows={rows} /> : <Rows rows={rows} />}
          <Text size="sm" c="dimmed" mt="sm" aria-live="polite">
            {plural(rows.length, 'session')}
            {sessions.hasNextPage ? ' so far' : ''}
          </Text>
        </div>
      ) : null}
      {sessions.hasNextPage ? (
        <Button variant="default" loading={sessions.isFetchingNextPage} onClick={() => void sessions.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </Page>
  );
}
