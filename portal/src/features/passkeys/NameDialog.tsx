// One question: what a passkey is called. For adding one and for renaming.
import { TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { passkeyName } from '../../../../src/portal/contract/passkeys.ts';
import { Dialog } from '../../components/Dialog.tsx';

type Props = {
  title: string;
  submit: string;
  name: string;
  onName: (name: string) => void;
  /** what has to be done first, above the field */
  above?: ReactNode;
  below?: ReactNode;
  description?: string;
  busy: boolean;
  /** null: nothing went wrong */
  error: unknown;
  onSubmit: (name: string) => void;
  onClose: () => void;
};

export const NameDialog = (props: Props) => {
  const { title, submit, name, onName, above, below, description, busy, error, onSubmit, onClose } = props;
  const [fault, setFault] = useState<string | null>(null);
  const send = () => {
    const parsed = passkeyName.safeParse(name);
    setFault(parsed.success ? null : 'Give it a name of 1 to 60 characters.');
    if (parsed.success) onSubmit(parsed.data);
  };
  return (
    <Dialog title={title} onClose={onClose} submit={submit} onSubmit={send} busy={busy} error={error}>
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
    </Dialog>
  );
};
