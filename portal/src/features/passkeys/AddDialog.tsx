// Name first, then the browser's ceremony. A stale sign-in is renewed first, and what was typed survives it.
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { passkeyName } from '../../../../src/portal/contract/passkeys.ts';
import { ceremonyFault, enrolPasskey } from '../../api/ceremonies.ts';
import { reasonOf } from '../../api/problems.ts';
import { keys, useApi } from '../../api/queries.ts';
import { ErrorNote } from '../../components/Notes.tsx';
import { loginUrl } from '../../lib/me.ts';
import { forgetName, pendingName, rememberName, suggestedName } from './pendingName.ts';

export const AddDialog = ({ onClose, taken }: { onClose: () => void; taken: readonly string[] }) => {
  const api = useApi();
  const client = useQueryClient();
  const [name, setName] = useState(() => pendingName() ?? suggestedName(navigator.userAgent, taken));
  const [fault, setFault] = useState<string | null>(null);
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = passkeyName.safeParse(name);
    setFault(parsed.success ? null : 'Give it a name of 1 to 60 characters.');
    if (parsed.success) add.mutate(parsed.data);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <Text fw={650} size="lg" component="span">
          Add a passkey
        </Text>
      }
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {stale ? (
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
          ) : null}
          {add.isError && !stale ? <ErrorNote error={add.error} /> : null}
          <TextInput
            label="Name"
            description="So that you know it again later."
            value={name}
            maxLength={60}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fault}
            data-autofocus
            required
          />
          <Text size="sm" c="dimmed">
            Your browser then asks for your fingerprint, face, PIN or security key.
          </Text>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending}>
              Continue
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
