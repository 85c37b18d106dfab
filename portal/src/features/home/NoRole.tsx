// Somebody who may do nothing: say so, why, and exactly what to send to whom.
import { Button, CopyButton, Paper, Stack, Text } from '@mantine/core';
import { IconUserQuestion } from '@tabler/icons-react';
import { Page } from '../../components/Page.tsx';
import { useMe } from '../../lib/me.ts';
import { listed } from '../../lib/plural.ts';

export const NoRole = () => {
  const { person } = useMe();
  const groups = person.groups.length === 0 ? 'no group' : listed(person.groups);
  const message = `Please add my account to a Sallyport group. Name: ${person.name}. Account: ${person.id}. Groups now: ${groups}.`;
  return (
    <Page title={`Hello ${person.name}`}>
      <Paper p={{ base: 'lg', sm: 'xl' }}>
        <Stack gap="md" maw={620}>
          <div className="nothing-icon home-icon" aria-hidden="true">
            <IconUserQuestion />
          </div>
          <Text fw={600} size="lg">
            Your account has no role here
          </Text>
          <Text>
            You signed in, and that worked. But what you may do follows from the groups of your account, and none of
            them opens anything here. Ask your operator to add you to a group: one for admins, approvers or auditors.
          </Text>
          <dl className="pairs">
            <dt>Name</dt>
            <dd>{person.name}</dd>
            <dt>Account</dt>
            <dd className="mono">{person.id}</dd>
            <dt>Groups</dt>
            <dd>{person.groups.length === 0 ? 'None' : person.groups.join(', ')}</dd>
          </dl>
          <Text size="sm" c="dimmed">
            After they have added you, sign out and in again: groups are read at sign-in.
          </Text>
          <CopyButton value={message}>
            {({ copied, copy }) => (
              <Button onClick={copy} className="self-start">
                {copied ? 'Copied' : 'Copy a message for them'}
              </Button>
            )}
          </CopyButton>
        </Stack>
      </Paper>
    </Page>
  );
};
