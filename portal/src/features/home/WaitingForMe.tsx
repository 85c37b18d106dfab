// For approvers: the requests that wait, each one tap away.
import { Anchor, Group, Paper, Text } from '@mantine/core';
import { IconMoodSmile } from '@tabler/icons-react';
import { Link } from 'react-router';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards } from '../../components/Notes.tsx';
import { Section } from '../../components/Page.tsx';
import { RowLink } from '../../components/RowLink.tsx';
import { RiskTone } from '../../components/Tones.tsx';
import { addressOf, answerable, type Waiting } from '../../lib/inbox.ts';
import { plural } from '../../lib/plural.ts';
import { targetNames } from '../../lib/targets.ts';
import { wantsTo } from '../../lib/words.ts';
import { useInbox } from '../approvals/useInbox.ts';

const SHOWN = 4;

const Row = ({ waiting }: { waiting: Waiting }) => {
  const of = waiting.kind === 'grant' ? waiting.grant : waiting.hold;
  const reason = waiting.kind === 'grant' ? waiting.grant.reason : (waiting.hold.asked?.reason ?? '');
  return (
    <RowLink to={addressOf(waiting)} title={wantsTo(of.holder.name, of.title)} tone={<RiskTone risk={of.risk} />}>
      <Text size="sm" c="dimmed" component="span" lineClamp={2}>
        {targetNames(of.targets)} · “{reason}” · <Moment at={waiting.at} as="relative" />
      </Text>
    </RowLink>
  );
};

export const WaitingForMe = () => {
  const { list, loading, error, retry } = useInbox();
  const waiting = list.filter(answerable);
  return (
    <Section
      title="Waiting for you"
      aside={
        <Anchor component={Link} to="/approvals" size="sm">
          {waiting.length > SHOWN ? `All ${waiting.length}` : 'Approvals'}
        </Anchor>
      }
    >
      {loading ? <LoadingCards count={1} height={100} /> : null}
      {error !== null && waiting.length === 0 ? <ErrorNote error={error} retry={retry} /> : null}
      {!loading && error === null && waiting.length === 0 ? (
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
            {waiting.slice(0, SHOWN).map((each) => (
              <Row key={each.id} waiting={each} />
            ))}
          </ul>
        </Paper>
      ) : null}
    </Section>
  );
};
