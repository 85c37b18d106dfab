// The approver's inbox, live: requests for access and exact requests in one list, the oldest first; and what became of earlier
// ones.
import { Button, SegmentedControl, Stack } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useSearchParams } from 'react-router';
import { ErrorNote, LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { inboxSentence } from '../../lib/inbox.ts';
import { GrantCard } from './GrantCard.tsx';
import { History } from './History.tsx';
import { HoldCard } from './HoldCard.tsx';
import { useInbox } from './useInbox.ts';

const Inbox = () => {
  const { list, grants, holds, loading, error, retry } = useInbox();
  return (
    <Stack gap="md">
      {error === null ? null : <ErrorNote error={error} retry={retry} />}
      {loading ? <LoadingCards height={220} /> : null}
      {loading ? null : (
        <span className="unseen" aria-live="polite">
          {inboxSentence(list)}
        </span>
      )}
      {list.length === 0 && !loading && error === null ? (
        <Nothing icon={<IconInbox />} title="Nobody waits for you">
          When somebody asks for access or for your signature, the request appears here by itself, with what they want
          to do, to which devices, and why.
        </Nothing>
      ) : null}
      {list.map((waiting) =>
        waiting.kind === 'grant' ? (
          <GrantCard key={waiting.id} grant={waiting.grant} />
        ) : (
          <HoldCard key={waiting.id} hold={waiting.hold} />
        ),
      )}
      {grants.hasNextPage && !holds.isPending ? (
        <Button variant="default" loading={grants.isFetchingNextPage} onClick={() => void grants.fetchNextPage()}>
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
      lead="Dangerous acts that wait for somebody else's yes. You may narrow access, never widen it."
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
