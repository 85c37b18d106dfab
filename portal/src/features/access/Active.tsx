// Access that counts now, or from a moment on: what is left of it, who gave it, what was narrowed, and the way to end it.
import { Button, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import { Countdown, Moment } from '../../components/Moment.tsx';
import { Targets } from '../../components/Targets.tsx';
import { RiskTone } from '../../components/Tones.tsx';
import { narrowedSentence } from '../../lib/grantWords.ts';
import { useMe } from '../../lib/me.ts';
import { useNow } from '../../lib/now.ts';
import { plural } from '../../lib/plural.ts';
import { minutesInWords } from '../../lib/time.ts';
import { GrantActions } from './GrantActions.tsx';
import { GrantHeading } from './GrantHeading.tsx';

/** What the clock shows: running out, not begun (a later start), or waiting for the first use. */
const Clock = ({ grant, present }: { grant: GrantView; present: number }) => {
  const from = grant.activeFrom ?? grant.decidedAt ?? grant.askedAt;
  const until = grant.activeUntil ?? present;
  if (from > present)
    return (
      <div className="access-clock">
        <Text component="span" className="access-left access-later">
          <Moment at={from} as="clock" />
        </Text>
        <Text size="sm" c="dimmed" component="span">
          starts <Moment at={from} as="relative" />
        </Text>
      </div>
    );
  if (grant.clock === 'first.use' && grant.firstUsedAt === null)
    return (
      <div className="access-clock">
        <Text component="span" className="access-left">
          {minutesInWords(grant.minutes ?? grant.askedMinutes)}
        </Text>
        <Text size="sm" c="dimmed" component="span">
          from the first use, by <Moment at={until} as="clock" />
        </Text>
      </div>
    );
  return (
    <div className="access-clock">
      <Text component="span" className="access-left">
        <Countdown until={until} />
      </Text>
      <Text size="sm" c="dimmed" component="span">
        until <Moment at={until} as="clock" />
      </Text>
    </div>
  );
};

export const Active = ({ grant }: { grant: GrantView }) => {
  const { consoles } = useMe();
  const present = useNow();
  const origin = consoles.find((console) => console.id === grant.console.id && console.may)?.origin;
  const until = grant.activeUntil ?? present;
  const from = grant.firstUsedAt ?? grant.activeFrom ?? grant.decidedAt ?? grant.askedAt;
  const runs = from <= present && (grant.clock === 'approval' || grant.firstUsedAt !== null);
  const left = runs ? Math.max(0, Math.min(100, ((until - present) / Math.max(1, until - from)) * 100)) : 100;
  const narrowed = narrowedSentence(grant);
  const named = grant.targets.some(({ name }) => name !== undefined);
  return (
    <Paper component="article" p="lg" aria-label={grant.title}>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" gap="sm">
          <GrantHeading grant={grant} />
          <Clock grant={grant} present={present} />
        </Group>
        {grant.targets.length > 1 || narrowed !== null || named ? <Targets targets={grant.targets} /> : null}
        <Progress value={left} size="sm" aria-label="Time left" aria-hidden="true" />
        <Group justify="space-between" gap="sm">
          <Group gap="sm">
            <RiskTone risk={grant.risk} />
            {grant.usesLeft === null ? null : <Text size="sm">{plural(grant.usesLeft, 'use')} left</Text>}
          </Group>
          <GrantActions grant={grant}>
            {origin === undefined ? null : (
              <Button component="a" href={origin}>
                Open {grant.console.name}
              </Button>
            )}
          </GrantActions>
        </Group>
      </Stack>
    </Paper>
  );
};
