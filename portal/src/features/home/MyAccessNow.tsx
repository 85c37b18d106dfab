// What this person can do right now beyond their role, and until when; what they still wait for.
import { Anchor, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import { useGrants } from '../../api/queries.ts';
import { Countdown, Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards } from '../../components/Notes.tsx';
import { Section } from '../../components/Page.tsx';
import { RowLink } from '../../components/RowLink.tsx';
import { StateTone } from '../../components/Tones.tsx';
import { stepsSentence } from '../../lib/grantWords.ts';
import { holdOutcome } from '../../lib/holdWords.ts';
import { useNow } from '../../lib/now.ts';
import { plural } from '../../lib/plural.ts';
import { useMyHolds } from '../access/MyHolds.tsx';

/** False: it starts later, or with the first use. */
const runs = (grant: GrantView, now: number): boolean =>
  (grant.activeFrom ?? 0) <= now && (grant.clock === 'approval' || grant.firstUsedAt !== null);

export const MyAccessNow = () => {
  const holds = useMyHolds();
  const present = useNow();
  const mine = useGrants('mine');
  const grants = mine.data?.pages.flatMap((page) => page.grants) ?? [];
  const current = grants.filter((grant) => grant.state === 'active' || grant.state === 'asked');
  return (
    <Section
      title="My access now"
      aside={
        <Anchor component={Link} to="/access" size="sm">
          All my access
        </Anchor>
      }
    >
      {mine.isPending ? <LoadingCards count={1} height={100} /> : null}
      {mine.isError && mine.data === undefined ? (
        <ErrorNote error={mine.error} retry={() => void mine.refetch()} />
      ) : null}
      {mine.isSuccess && current.length + holds.length === 0 ? (
        <Paper p="lg">
          <Text size="sm" c="dimmed">
            You have no special access at the moment. Reading needs none. When the console stops something, ask there,
            or ask ahead here.
          </Text>
          <Button component={Link} to="/access?ask" variant="default" mt="sm">
            Ask for access
          </Button>
        </Paper>
      ) : null}
      {current.length + holds.length > 0 ? (
        <Paper>
          <ul className="rows">
            {holds.map((hold) => (
              <RowLink key={hold.id} to={`/sign/${hold.id}`} title={hold.title}>
                <Text size="sm" c="dimmed" component="span">
                  {holdOutcome(hold)}
                </Text>
              </RowLink>
            ))}
            {current.slice(0, 5).map((grant) => (
              <li key={grant.id} className="home-grant">
                <Stack gap={2} miw={0}>
                  <Text fw={600}>{grant.title}</Text>
                  <Text size="sm" c="dimmed">
                    {grant.console.name}
                    {grant.state === 'active' && grant.usesLeft !== null
                      ? ` · ${plural(grant.usesLeft, 'use')} left`
                      : ''}
                    {grant.state === 'asked' ? (
                      <>
                        {' · asked '}
                        <Moment at={grant.askedAt} as="relative" />. {stepsSentence(grant)}
                      </>
                    ) : null}
                  </Text>
                </Stack>
                <Group gap="xs" wrap="nowrap">
                  {grant.state === 'active' && grant.activeUntil !== null && runs(grant, present) ? (
                    <Text fw={650} size="lg" c="var(--tone-good)">
                      <Countdown until={grant.activeUntil} />
                    </Text>
                  ) : (
                    <StateTone state={grant.state} />
                  )}
                </Group>
              </li>
            ))}
          </ul>
        </Paper>
      ) : null}
    </Section>
  );
};
