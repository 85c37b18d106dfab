// What is confirmed with a passkey cannot be done without one: the way to the first, in another tab, so that nothing typed is lost.
import { Anchor, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMe } from '../lib/me.ts';

/** Under what is confirmed at the end of a dialog. */
export const ConfirmedByPasskey = () => (
  <PasskeyFirst>
    <Text size="sm" c="dimmed">
      You confirm with your passkey.
    </Text>
  </PasskeyFirst>
);

/** `children`: for those who have one */
export const PasskeyFirst = ({ children = null }: { children?: ReactNode }) => {
  const { passkeys } = useMe();
  if (passkeys > 0) return children;
  return (
    <Text size="sm">
      You have no passkey yet.{' '}
      <Anchor href="/passkeys" target="_blank" inherit underline="always">
        Add one
      </Anchor>
      , then come back here.
    </Text>
  );
};
