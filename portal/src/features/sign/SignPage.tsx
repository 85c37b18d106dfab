// The pop-up in which an admin signs one exact request. One sentence, the devices, one button; nothing else on the page.
import { Anchor, Button, Group, Text, Title } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useParams } from 'react-router';
import type { HoldView } from '../../../../src/portal/contract/holds.ts';
import { ceremonyFault, signHoldWithPasskey } from '../../api/ceremonies.ts';
import { keys, useApi, useHold } from '../../api/queries.ts';
import { Countdown, Moment } from '../../components/Moment.tsx';
import { ErrorNote } from '../../components/Notes.tsx';
import { Quiet } from '../../components/Quiet.tsx';
import { Targets } from '../../components/Targets.tsx';
import { useMe } from '../../lib/me.ts';
import { useNow } from '../../lib/now.ts';
import { Closing, Skeletons } from './Closing.tsx';

const OVER: Record<Exclude<HoldView['state'], 'waiting' | 'signed'>, { title: string; text: string }> = {
  used: {
    title: 'This request was sent already',
    text: 'It was signed and went through once. To do it again, start again in the console.',
  },
  cancelled: {
    title: 'This request was cancelled',
    text: 'Nothing was sent to the console. To do it after all, start again there.',
  },
  expired: {
    title: 'Too much time has passed',
    text: 'Nothing was sent to the console. Start again there; you then have 5 minutes to sign.',
  },
};

const Details = ({ hold }: { hold: HoldView }) => (
  <details className="sign-details">
    <summary>The exact request</summary>
    <dl className="pairs">
      <dt>Request</dt>
      <dd className="mono">
        {hold.method} {hold.target}
      </dd>
      <dt>Content</dt>
      <dd className="mono">SHA-256 {hold.bodyDigest}</dd>
      <dt>Action</dt>
      <dd className="mono">{hold.action}</dd>
      <dt>Id</dt>
      <dd className="mono">{hold.id}</dd>
    </dl>
  </details>
);

const Waiting = ({ hold }: { hold: HoldView }) => {
  const api = useApi();
  const client = useQueryClient();
  const { passkeys } = useMe();
  const renew = (next: HoldView) => client.setQueryData([...keys.holds, hold.id], next);
  const again = () => void client.invalidateQueries({ queryKey: keys.holds });
  const sign = useMutation({
    mutationFn: async () => {
      try {
        return await signHoldWithPasskey(api, hold.id);
      } catch (error) {
        throw ceremonyFault(error, 'Nothing was signed.');
      }
    },
    onSuccess: renew,
    onError: again,
  });
  const cancel = useMutation({
    mutationFn: () => api.cancelHold(hold.id),
    onSuccess: (next) => {
      renew(next);
      window.close();
    },
    onError: again,
  });
  const error = sign.error ?? cancel.error;
  return (
    <>
      <Text size="sm" fw={600} c="dimmed" tt="none">
        Sign with your passkey
      </Text>
      <div>
        <Title order={1} className="sign-title">
          {hold.title}
        </Title>
        <Text mt={4}>
          On {hold.console.name}. {hold.effect}
        </Text>
      </div>
      {hold.targets.length > 1 ? <Targets targets={hold.targets} /> : null}
      {hold.grant === null ? null : (
        <Text size="sm">
          Access from {hold.grant.approver} until <Moment at={hold.grant.until} as="clock" />
        </Text>
      )}
      {error === null ? null : <ErrorNote error={error} />}
      {passkeys === 0 ? (
        <Text size="sm">
          You have no passkey yet.{' '}
          <Anchor href="/passkeys" target="_blank" inherit underline="always">
            Add one
          </Anchor>
          , then come back here.
        </Text>
      ) : null}
      <Group gap="sm" className="sign-buttons">
        <Button
          variant="default"
          size="md"
          loading={cancel.isPending}
          disabled={sign.isPending}
          onClick={() => cancel.mutate()}
        >
          Cancel
        </Button>
        <Button
          size="md"
          leftSection={<IconFingerprint size={20} aria-hidden="true" />}
          loading={sign.isPending}
          disabled={passkeys === 0 || cancel.isPending}
          onClick={() => sign.mutate()}
        >
          Sign and continue
        </Button>
      </Group>
      <Text size="sm" c="dimmed" ta="center">
        <Countdown until={hold.expiresAt} /> left to sign
      </Text>
      <Details hold={hold} />
    </>
  );
};

export const SignPage = () => {
  const { id = '' } = useParams();
  const read = useHold(id);
  const present = useNow();
  const hold = read.data;
  if (hold === undefined)
    return (
      <Quiet title="Sign">
        {read.isError ? (
          <>
            <Title order={1}>This request cannot be shown</Title>
            <ErrorNote error={read.error} retry={() => void read.refetch()} />
            <Text size="sm" c="dimmed">
              A request can only be signed by the person and in the session that made it. Nothing was sent to the
              console.
            </Text>
          </>
        ) : (
          <Skeletons />
        )}
      </Quiet>
    );
  if (hold.state === 'signed')
    return (
      <Closing title="Signed" sentence="Signed. You can close this window.">
        {hold.title} goes on in {hold.console.name}.
      </Closing>
    );
  const state = hold.state === 'waiting' && hold.expiresAt <= present ? 'expired' : hold.state;
  if (state === 'waiting')
    return (
      <Quiet title="Sign with your passkey">
        <Waiting hold={hold} />
      </Quiet>
    );
  const over = OVER[state];
  return (
    <Quiet title={over.title}>
      <Title order={1}>{over.title}</Title>
      <Text fw={600}>{hold.title}</Text>
      <Text>{over.text}</Text>
      <Button variant="default" onClick={() => window.close()}>
        Close this window
      </Button>
    </Quiet>
  );
};
