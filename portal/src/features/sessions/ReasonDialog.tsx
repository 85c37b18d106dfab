// Asks once for each session and login why it is looked at. Nothing of the session is on the page before.
import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useApi } from '../../api/queries.ts';
import { ErrorNote } from '../../components/Notes.tsx';

export const ReasonDialog = ({ session, onGiven }: { session: string; onGiven: () => void }) => {
  const api = useApi();
  const navigate = useNavigate();
  const [reason, setReason] = useState('');
  const give = useMutation({ mutationFn: () => api.giveReason(session, reason.trim()), onSuccess: onGiven });
  return (
    <Modal opened onClose={() => void navigate('/sessions')} title="Why do you look at this session?" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          give.mutate();
        }}
      >
        <Stack gap="md">
          <Text size="sm">
            Your reason is written into the journal with everything that you look at in this session.
          </Text>
          <Textarea
            label="Reason"
            placeholder="Incident MDM-4711"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={500}
            autosize
            minRows={2}
            required
            data-autofocus
          />
          {give.isError ? <ErrorNote error={give.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => void navigate('/sessions')}>
              Cancel
            </Button>
            <Button type="submit" loading={give.isPending} disabled={reason.trim().length < 3}>
              Show the session
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
