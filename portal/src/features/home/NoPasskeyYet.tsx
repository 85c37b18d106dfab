// Said before it is needed: without a passkey nothing dangerous can be confirmed.
import { Button, Group, Stack, Text } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { Link } from 'react-router';

export const NoPasskeyYet = ({ approver }: { approver: boolean }) => (
  <div className="note note-good">
    <IconFingerprint size={20} aria-hidden="true" />
    <Group flex={1} justify="space-between" gap="sm">
      <Stack gap={2} flex="1 1 16rem">
        <Text fw={600}>Add your passkey first</Text>
        <Text size="sm">
          {approver
            ? 'You approve and confirm with it. It takes a minute.'
            : 'You confirm dangerous acts with it. It takes a minute.'}
        </Text>
      </Stack>
      <Button component={Link} to="/passkeys">
        Add a passkey
      </Button>
    </Group>
  </div>
);
