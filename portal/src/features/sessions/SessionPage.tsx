// One session: who, when, how much, and its timeline. `?exchange=` opens one request, so that it can be linked to.
import { Anchor, Button, SegmentedControl, Stack, Switch, Text } from '@mantine/core';
import { IconArrowLeft, IconPlayerPlay, IconTimeline } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import type { SessionRow } from '../../../../src/portal/contract/sessions.ts';
import type { ExchangeKind } from '../../api/client.ts';
import { useExchanges, useSession } from '../../api/queries.ts';
import { Figures } from '../../components/Figures.tsx';
import { Moment } from '../../components/Moment.tsx';
import { LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { consoleName, useMe } from '../../lib/me.ts';
import { dayOf } from '../../lib/time.ts';
import { timelineOf } from '../../lib/timeline.ts';
import { sessionLength } from '../../lib/words.ts';
import { EvidenceButton } from '../evidence/EvidenceButton.tsx';
import { KeepLink } from '../legalHolds/KeepLink.tsx';
import { DeletedNote } from './DeletedNote.tsx';
import { ExchangePanel } from './ExchangePanel.tsx';
import { LookNote } from './LookNote.tsx';
import { Timeline } from './Timeline.tsx';
import './sessions.css';

const Summary = ({ row }: { row: SessionRow }) => {
  const { consoles } = useMe();
  const where = row.consoles.map((id) => consoleName(consoles, id)).join(', ');
  return (
    <Figures
      figures={[
        ['Acts', row.acts],
        ['Refusals', row.refusals],
        ['Requests', row.exchanges],
        ['Console', where === '' ? 'None' : where],
        [row.endedAt === null ? 'Running' : 'Lasted', sessionLength(row)],
      ]}
    />
  );
};

const KINDS: { value: ExchangeKind; label: string }[] = [
  { value: 'all', label: 'Everything' },
  { value: 'acts', label: 'Acts' },
  { value: 'refused', label: 'Refusals' },
];
const EMPTY: Record<ExchangeKind, [string, string]> = {
  all: ['Nothing recorded yet', 'Requests appear here as soon as this session opens a console.'],
  acts: ['No acts', 'This session changed nothing in a console.'],
  refused: ['No refusals', 'Everything that this session asked for was allowed.'],
};

export default function SessionPage() {
  const { id = '' } = useParams();
  const [parameters, setParameters] = useSearchParams();
  const asked = parameters.get('kind');
  const kind: ExchangeKind = asked === 'acts' || asked === 'refused' ? asked : 'all';
  const [everyRead, setEveryRead] = useState(false);
  const session = useSession(id);
  const read = useExchanges(id, kind);
  const exchanges = read.data?.pages.flatMap((page) => page.exchanges) ?? [];
  const opened = parameters.get('exchange');
  const set = (name: string, value: string | null) => {
    const next = new URLSearchParams(parameters);
    if (value === null) next.delete(name);
    else next.set(name, value);
    setParameters(next);
  };
  const row = session.data;
  const back = (
    <Anchor component={Link} to="/sessions" size="sm" className="back">
      <IconArrowLeft size={16} aria-hidden="true" /> Sessions
    </Anchor>
  );
  if (row === undefined)
    return (
      <Page title="Session" back={back}>
        {session.isError ? (
          <LookNote
            error={session.error}
            retry={() => void Promise.all([session.refetch(), read.refetch()])}
            session={id}
          />
        ) : (
          <LoadingCards />
        )}
      </Page>
    );
  const [emptyTitle, emptyText] = EMPTY[kind];
  return (
    <Page
      title={`Session of ${row.person.name}`}
      lead={
        <>
          {dayOf(row.startedAt)}, <Moment at={row.startedAt} as="precise" /> to{' '}
          <Moment at={row.endedAt ?? row.lastAt} as="precise" />
          {row.endedAt === null ? ', still running' : ''}
        </>
      }
      back={back}
      action={
        <Button
          component={Link}
          to={`/sessions/${row.id}/replay`}
          leftSection={<IconPlayerPlay size={16} aria-hidden="true" />}
        >
          Watch
        </Button>
      }
      keepLead
    >
      <DeletedNote session={row.id} />
      <Summary row={row} />
      <Stack gap="md" component="section" aria-label="Timeline">
        <div className="timeline-tools">
          <SegmentedControl
            aria-label="Which requests"
            value={kind}
            data={KINDS}
            onChange={(value) => set('kind', value === 'all' ? null : value)}
          />
          <div className="timeline-aside">
            <EvidenceButton about={{ kind: 'session', id: row.id }} />
            <KeepLink session={row} />
            {row.endedAt === null ? (
              <Button
                variant="default"
                size="xs"
                loading={read.isRefetching}
                onClick={() => void Promise.all([session.refetch(), read.refetch()])}
              >
                Read again
              </Button>
            ) : null}
            {kind === 'all' ? (
              <Switch
                label="Show every read"
                checked={everyRead}
                onChange={(event) => setEveryRead(event.currentTarget.checked)}
              />
            ) : null}
          </div>
        </div>
        {read.isPending ? <LoadingCards count={1} height={300} /> : null}
        {read.isError ? <LookNote error={read.error} retry={() => void read.refetch()} session={id} /> : null}
        {read.data !== undefined && exchanges.length === 0 ? (
          <Nothing icon={<IconTimeline />} title={emptyTitle}>
            {emptyText}
          </Nothing>
        ) : null}
        {exchanges.length > 0 ? (
          <Timeline
            items={timelineOf(exchanges, !everyRead)}
            opened={opened}
            onOpen={(exchange) => set('exchange', exchange)}
          />
        ) : null}
        {read.hasNextPage ? (
          <Button variant="default" loading={read.isFetchingNextPage} onClick={() => void read.fetchNextPage()}>
            Show more
          </Button>
        ) : null}
        <Text size="xs" c="dimmed">
          The latest first. Session <span className="mono">{row.id}</span>
        </Text>
      </Stack>
      <ExchangePanel session={row} exchange={opened} onClose={() => set('exchange', null)} />
    </Page>
  );
}
