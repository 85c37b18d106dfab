// What every passkey ceremony has at its end: what went wrong, the way to a first passkey, a way out, and the one deed.
import { Button, Group } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useMe } from '../lib/me.ts';
import { ErrorNote } from './Notes.tsx';
import { PasskeyFirst } from './PasskeyFirst.tsx';

type Props = {
  error: unknown;
  /** the way out; absent: there is none */
  cancel?: ReactNode;
  label: string;
  busy: boolean;
  blocked?: boolean;
  onConfirm: () => void;
};

export const Ceremony = ({ error, cancel, label, busy, blocked = false, onConfirm }: Props) => {
  const { passkeys } = useMe();
  return (
    <>
      {error === null ? null : <ErrorNote error={error} />}
      <PasskeyFirst />
      <Group gap="sm" className="ceremony-buttons">
        {cancel}
        <Button
          size="md"
          leftSection={<IconFingerprint size={20} aria-hidden="true" />}
          loading={busy}
          disabled={passkeys === 0 || blocked}
          onClick={onConfirm}
        >
          {label}
        </Button>
      </Group>
    </>
  );
};
