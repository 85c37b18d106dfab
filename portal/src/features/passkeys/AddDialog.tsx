// Name first, then the browser's ceremony. A stale sign-in is renewed first, and what was typed survives it.
import { Button, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ceremonyFault, enrolPasskey } from '../../api/ceremonies.ts';
import { reasonOf } from '../../api/problems.ts';
import { keys, useApi } from '../../api/queries.ts';
import { loginUrl } from '../../lib/me.ts';
import { NameDialog } from './NameDialog.tsx';
import { forgetName, pendingName, rememberName, suggestedName } from './pendingName.ts';

/** What was typed survives the way to the sign-in and back. */
const SignInFirst = ({ name }: { name: string }) => (
  <div className="note note-look" role="alert">
    <Stack gap={8}>
      <Text fw={600}>Sign in again first</Text>
      <Text size="sm">
        A passkey can only be added within 5 minutes of signing in, so that an unlocked screen is not enough.
      </Text>
      <Button
        component="a"
        href={loginUrl('/passkeys', true)}
        onClick={() => rememberName(name)}
        size="xs"
        className="self-start"
      >
        Sign in again
      </Button>
    </Stack>
  </div>
);

export const AddDialog = ({ onClose, taken }: { onClose: () => void; taken: readonly string[] }) => {
  const api = useApi();
  const client = useQueryClient();
  const [name, setName] = useState(() => pendingName() ?? suggestedName(navigator.userAgent, taken));
  useEffect(() => forgetName(), []);
  const add = useMutation({
    mutationFn: async (chosen: string) => {
      try {
        return await enrolPasskey(api, chosen);
      } catch (error) {
        throw ceremonyFault(error, 'No passkey was added.');
      }
    },
    onSuccess: async (passkey) => {
      notifications.show({ title: 'Passkey added', message: `You can confirm with “${passkey.name}” from now on.` });
      onClose();
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.passkeys }),
        client.invalidateQueries({ queryKey: keys.me }),
      ]);
    },
  });
  const stale = reasonOf(add.error) === 'login.stale';
  return (
    <NameDialog
      title="Add a passkey"
      submit="Continue"
      name={name}
      onName={setName}
      description="So that you know it again later."
      busy={add.isPending}
      onSubmit={(chosen) => add.mutate(chosen)}
      onClose={onClose}
      error={stale ? null : add.error}
      above={stale ? <SignInFirst name={name} /> : null}
      below={
        <Text size="sm" c="dimmed">
          Your browser then asks for your fingerprint, face, PIN or security key.
        </Text>
      }
    />
  );
};
