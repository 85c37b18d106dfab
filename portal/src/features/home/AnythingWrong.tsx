// For operators: one line when all is well; else what is wrong and where to go.
import { Anchor, Paper, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useNotices, usePolicy } from '../../api/queries.ts';
import { ErrorNote, LoadingCards } from '../../components/Notes.tsx';
import { Section } from '../../components/Page.tsx';
import { RowLink } from '../../components/RowLink.tsx';
import { wrongs } from '../../lib/operateWords.ts';

export const AnythingWrong = () => {
  const policy = usePolicy();
  const notices = useNotices();
  const found = wrongs(policy.data, notices.data);
  const error = policy.error ?? notices.error;
  return (
    <Section
      title="Is anything wrong"
      aside={
        <Anchor component={Link} to="/operate" size="sm">
          Operate
        </Anchor>
      }
    >
      {error === null ? null : <ErrorNote error={error} />}
      {policy.isPending || notices.isPending ? <LoadingCards count={1} height={86} /> : null}
      {policy.isSuccess && notices.isSuccess && found.length === 0 ? (
        <Paper p="lg" className="home-well">
          <IconCircleCheck size={22} color="var(--tone-good)" aria-hidden="true" className="fixed" />
          <Text size="sm" c="dimmed">
            No. The policies on disk are in force, every console enforces them, and notices arrive.
          </Text>
        </Paper>
      ) : null}
      {found.length > 0 ? (
        <Paper>
          <ul className="rows">
            {found.map(({ what, next }) => (
              <RowLink
                key={what}
                to="/operate"
                title={what}
                icon={<IconAlertTriangle size={20} aria-hidden="true" className="home-wrong" />}
              >
                <Text size="sm" c="dimmed" component="span">
                  {next}
                </Text>
              </RowLink>
            ))}
          </ul>
        </Paper>
      ) : null}
    </Section>
  );
};
