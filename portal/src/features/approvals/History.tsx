// Earlier requests of everybody, with who decided what.
import { Button, Paper, Stack, Text } from '@mantine/core';
import { IconArchive } from '@tabler/icons-react';
import { useGrants } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards, Nothing } from '../../components/Notes.tsx';
import { RowLink } from '../../components/RowLink.tsx';
import { StateTone } from '../../components/Tones.tsx';
import { grantOutcome } from '../../lib/grantWords.ts';

export const History = () => {
  const all = useGrants('all');
  const decided = (all.data?.pages.flatMap((page) => page.grants) ?? []).filter((grant) => grant.state !== 'asked');
  if (all.isPending) return <LoadingCards count={1} height={260} />;
  return (
    <Stack gap="md">
      {all.isError ? <ErrorNote error={all.error} retry={() => void all.refetch()} /> : null}
      {all.data !== undefined && decided.length === 0 ? (
        <Nothing icon={<IconArchive />} title="No history yet">
          Requests move here once they are approved, denied, withdrawn, or nobody answered in time.
        </Nothing>
      ) : null}
      {decided.length > 0 ? (
        <Paper>
          <ul className="rows">
            {decided.map((grant) => (
              <RowLink
                key={grant.id}
                to={`/approvals/${grant.id}`}
                title={`${grant.holder.name}: ${grant.title}`}
                tone={<StateTone state={grant.state} />}
              >
                <Text size="sm" c="dimmed" component="span">
                  {grantOutcome(grant)} <Moment at={grant.decidedAt ?? grant.endedAt ?? grant.askedAt} as="relative" />
                </Text>
              </RowLink>
            ))}
          </ul>
        </Paper>
      ) : null}
      {all.hasNextPage ? (
        <Button variant="default" loading={all.isFetchingNextPage} onClick={() => void all.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </Stack>
  );
};
