// Removing needs a fresh step-up: when the server says so, it is asked for, and then the removal goes on.
import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Passkey } from '../../../../src/portal/contract/passkeys.ts';
import { withStepUp } from '../../api/ceremonies.ts';
import { keys, useApi } from '../../api/queries.ts';
import { Dialog } from '../../components/Dialog.tsx';

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
    <Dialog
      title={`Remove “${passkey.name}”`}
      onClose={onClose}
      cancel="Keep it"
      submit="Remove"
      grave
      onSubmit={remove.mutate}
      busy={remove.isPending}
      error={remove.error}
    >
      <Text>
        {last
          ? 'This is your only passkey. Without one you cannot confirm or approve anything until you add another.'
          : 'It no longer confirms anything. Your other passkeys stay.'}
      </Text>
      <Text size="sm" c="dimmed">
        You confirm the removal with a passkey, this one or another.
      </Text>
    </Dialog>
  );
};
