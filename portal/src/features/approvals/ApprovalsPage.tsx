// The approver's inbox, live, and what became of earlier requests.
import { Button, SegmentedControl, Stack } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useSearchParams } from 'react-router';
import { useGrants } from '../../api/queries.ts';
import { ErrorNote, LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { plural } from '../../lib/words.ts';
import { History } from './History.tsx';
import { RequestCard } from './RequestCard.tsx';

const Inbox = () => {
  const inbox = useGrants('inbox');
  const grants = inbox.data?.pages.flatMap((page) => page.grants) ?? [];
  if (inbox.isPending) return <LoadingCards height={220} />;
  return (
    <Stack gap="md">
      {inbox.isError ? <ErrorNote error={inbox.error} retry={() => void inbox.refetch()} /> : null}
      <span className="unseen" aria-live="polite">
        {grants.length === 0 ? 'No request waits.' : `${plural(grants.length, 'request')} in the list.`}
      </span>
      {grants.length === 0 && inbox.data !== undefined ? (
        <Nothing icon={<IconInbox />} title="Nobody waits for you">
          When somebody asks for access, the request appears here by itself, with what they want to do, to which
          devices, and why.
        </Nothing>
      ) : null}
      {grants.map((grant) => (
        <RequestCard key={grant.id} grant={grant} />
      ))}
      {inbox.hasNextPage ? (
        <Button variant="default" loading={inbox.isFetchingNextPage} onClick={() => void inbox.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </Stack>
  );
};

export const ApprovalsPage = () => {
  const [parameters, setParameters] = useSearchParams();
  const view = parameters.get('view') === 'history' ? 'history' : 'inbox';
  return (
    <Page
      title="Approvals"
      lead="Requests for access to dangerous acts. You may shorten them, never widen them."
      action={
        <SegmentedControl
          aria-label="Which requests"
          value={view}
          onChange={(value) => setParameters(value === 'history' ? { view: 'history' } : {})}
          data={[
            { value: 'inbox', label: 'Waiting' },
            { value: 'history', label: 'History' },
          ]}
        />
      }
    >
      {view === 'inbox' ? <Inbox /> : <History />}
    </Page>
  );
};
