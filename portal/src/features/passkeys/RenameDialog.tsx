import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type Passkey, passkeyName } from '../../../../src/portal/contract/passkeys.ts';
import { keys, useApi } from '../../api/queries.ts';
import { ErrorNote } from '../../components/Notes.tsx';

export const RenameDialog = ({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) => {
  const api = useApi();
  const client = useQueryClient();
  const [name, setName] = useState(passkey.name);
  const [fault, setFault] = useState<string | null>(null);
  const rename = useMutation({
    mutationFn: (chosen: string) => api.renamePasskey(passkey.id, chosen),
    onSuccess: () => {
      onClose();
      return client.invalidateQueries({ queryKey: keys.passkeys });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = passkeyName.safeParse(name);
    setFault(parsed.success ? null : 'Give it a name of 1 to 60 characters.');
    if (parsed.success) rename.mutate(parsed.data);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <Text fw={650} size="lg" component="span">
          Rename
        </Text>
      }
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {rename.isError ? <ErrorNote error={rename.error} /> : null}
          <TextInput
            label="Name"
            value={name}
            maxLength={60}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fault}
            data-autofocus
            required
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={rename.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
