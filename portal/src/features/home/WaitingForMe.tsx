// For approvers: the requests that wait, each one tap away.
import { Anchor, Group, Paper, Text } from '@mantine/core';
import { IconChevronRight, IconMoodSmile } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useGrants } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards } from '../../components/Notes.tsx';
import { Section } from '../../components/Page.tsx';
import { RiskTone } from '../../components/Tones.tsx';
import { plural } from '../../lib/plural.ts';
import { wantsTo } from '../../lib/words.ts';

const SHOWN = 4;

export const WaitingForMe = () => {
  const inbox = useGrants('inbox');
  const waiting = (inbox.data?.pages.flatMap((page) => page.grants) ?? []).filter((grant) => grant.may.approve);
  return (
    <Section
      title="Waiting for you"
      aside={
        <Anchor component={Link} to="/approvals" size="sm">
          {waiting.length > SHOWN ? `All ${waiting.length}` : 'Approvals'}
        </Anchor>
      }
    >
      {inbox.isPending ? <LoadingCards count={1} height={100} /> : null}
      {inbox.isError && inbox.data === undefined ? (
        <ErrorNote error={inbox.error} retry={() => void inbox.refetch()} />
      ) : null}
      {inbox.isSuccess && waiting.length === 0 ? (
        <Paper p="lg">
          <Group gap="sm" wrap="nowrap">
            <IconMoodSmile size={22} color="var(--tone-good)" aria-hidden="true" className="fixed" />
            <Text size="sm" c="dimmed">
              Nobody waits for you. New requests appear here by themselves.
            </Text>
          </Group>
        </Paper>
      ) : null}
      {waiting.length > 0 ? (
        <Paper aria-label={`${plural(waiting.length, 'request')} waiting`}>
          <ul className="rows">
            {waiting.slice(0, SHOWN).map((grant) => (
              <li key={grant.id}>
                <Link to={`/approvals/${grant.id}`} className="home-row">
                  <span className="home-row-text">
                    <span className="home-row-title">{wantsTo(grant.holder.name, grant.title)}</span>
                    <Text size="sm" c="dimmed" component="span" lineClamp={2}>
                      “{grant.reason}” · <Moment at={grant.askedAt} as="relative" />
                    </Text>
                  </span>
                  <RiskTone risk={grant.risk} />
                  <IconChevronRight size={18} aria-hidden="true" />
                </Link>
              </li>
            ))}
          </ul>
        </Paper>
      ) : null}
    </Section>
  );
};
