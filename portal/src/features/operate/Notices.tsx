// Whether messages arrive: channels with their counts, and the letters that were given up, to try again.
import { Button, Paper, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { NoticeReport } from '../../../../src/portal/contract/operate.ts';
import { sentencesOf } from '../../api/problems.ts';
import { keys, useApi, useNotices } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards } from '../../components/Notes.tsx';
import { Section } from '../../components/Page.tsx';
import { HealthTone } from '../../components/Tones.tsx';
import { plural } from '../../lib/plural.ts';

const Channel = ({ channel }: { channel: NoticeReport['channels'][number] }) => (
  <li className="operate-row">
    <div className="operate-line">
      <span>
        <strong>{channel.id}</strong> <span className="dimmed">{channel.kind}</span>
      </span>
      <HealthTone well={channel.dead === 0} word={channel.dead === 0 ? 'Arrives' : `${channel.dead} given up`} />
    </div>
    <Text size="sm" c="dimmed">
      {channel.sent} sent, {channel.waiting} waiting
    </Text>
  </li>
);

const Dead = ({ letter }: { letter: NoticeReport['dead'][number] }) => {
  const api = useApi();
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => api.retryNotice(letter.id),
    onSuccess: () => notifications.show({ message: 'It is tried again now.' }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.notices }),
  });
  return (
    <li className="operate-row">
      <div className="operate-line">
        <strong>{letter.title}</strong>
        <Button
          size="xs"
          variant="default"
          loading={retry.isPending}
          onClick={() => retry.mutate()}
          aria-label={`Try again: ${letter.title}`}
        >
          Try again
        </Button>
      </div>
      <Text size="sm">
        {letter.channel}: {letter.error}
      </Text>
      <Text size="sm" c="dimmed">
        Given up <Moment at={letter.at} as="relative" /> after {plural(letter.tries, 'try', 'tries')}
      </Text>
      {retry.isError ? (
        <Text size="sm" role="alert" c="var(--mantine-color-error)">
          {sentencesOf(retry.error).title}
        </Text>
      ) : null}
    </li>
  );
};

export const Notices = () => {
  const { data, isPending, isError, error, refetch } = useNotices();
  return (
    <Section title="Notices">
      {isPending ? <LoadingCards count={1} height={120} /> : null}
      {isError && data === undefined ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {data === undefined ? null : data.channels.length === 0 ? (
        <Paper p="lg">
          <Text size="sm" c="dimmed">
            No channel is configured: approvers see requests only in the portal. Add one under “notices” in the
            configuration.
          </Text>
        </Paper>
      ) : (
        <Paper>
          <ul className="rows" aria-label="Channels">
            {data.channels.map((channel) => (
              <Channel key={channel.id} channel={channel} />
            ))}
          </ul>
        </Paper>
      )}
      {data !== undefined && data.dead.length > 0 ? (
        <Paper>
          <ul className="rows" aria-label="Given up">
            {data.dead.map((letter) => (
              <Dead key={letter.id} letter={letter} />
            ))}
          </ul>
        </Paper>
      ) : null}
    </Section>
  );
};
