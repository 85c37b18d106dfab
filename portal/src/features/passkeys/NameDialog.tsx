// One question: what a passkey is called. For adding one and for renaming.
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { passkeyName } from '../../../../src/portal/contract/passkeys.ts';

type Props = {
  title: string;
  submit: string;
  name: string;
  onName: (name: string) => void;
  /** what went wrong, above the field */
  above?: ReactNode;
  below?: ReactNode;
  description?: string;
  busy: boolean;
  onSubmit: (name: string) => void;
  onClose: () => void;
};

export const NameDialog = (props: Props) => {
  const { title, submit, name, onName, above, below, description, busy, onSubmit, onClose } = props;
  const [fault, setFault] = useState<string | null>(null);
  const send = (event: FormEvent) => {
    event.preventDefault();
    const parsed = passkeyName.safeParse(name);
    setFault(parsed.success ? null : 'Give it a name of 1 to 60 characters.');
    if (parsed.success) onSubmit(parsed.data);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <Text fw={650} size="lg" component="span">
          {title}
        </Text>
      }
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={send} noValidate>
        <Stack gap="md">
          {above}
          <TextInput
            label="Name"
            description={description}
            value={name}
            maxLength={60}
            onChange={(event) => onName(event.currentTarget.value)}
            error={fault}
            data-autofocus
            required
          />
          {below}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
