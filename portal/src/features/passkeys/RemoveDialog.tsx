// Removing needs a fresh step-up: when the server says so, it is asked for, and then the removal goes on.
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Passkey } from '../../../../src/portal/contract/passkeys.ts';
import { withStepUp } from '../../api/ceremonies.ts';
import { keys, useApi } from '../../api/queries.ts';
import { ErrorNote } from '../../components/Notes.tsx';

export const RemoveDialog = ({ passkey, last, onClose }: { passkey: Passkey; last: boolean; onClose: () => void }) => {
  const api = useApi();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => withStepUp(api, () => api.removePasskey(passkey.id), 'Nothing was removed.'),
    onSuccess: async () => {
      notifications.show({ message: `“${passkey.name}” is removed.` });
      onClose();
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.passkeys }),
        client.invalidateQueries({ queryKey: keys.me }),
      ]);
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <Text fw={650} size="lg" component="span">
          Remove “{passkey.name}”
        </Text>
      }
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="md">
        {remove.isError ? <ErrorNote error={remove.error} /> : null}
        <Text>
          {last
            ? 'This is your only passkey. Without one you cannot confirm or approve anything until you add another.'
            : 'It no longer confirms anything. Your other passkeys stay.'}
        </Text>
        <Text size="sm" c="dimmed">
          You confirm the removal with a passkey, this one or another.
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button color="red.9" loading={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
