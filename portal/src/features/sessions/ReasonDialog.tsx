// Asks once for each session and login why it is looked at. Nothing of the session is on the page before.
import { Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useApi } from '../../api/queries.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { ReasonField } from '../../components/ReasonField.tsx';

export const ReasonDialog = ({ session, onGiven }: { session: string; onGiven: () => void }) => {
  const api = useApi();
  const navigate = useNavigate();
  const [reason, setReason] = useState('');
  const give = useMutation({ mutationFn: () => api.giveReason(session, reason.trim()), onSuccess: onGiven });
  return (
    <Dialog
      title="Why do you look at this session?"
      onClose={() => void navigate('/sessions')}
      submit="Show the session"
      onSubmit={give.mutate}
      busy={give.isPending}
      disabled={reason.trim().length < 3}
      error={give.error}
    >
      <Text size="sm">Your reason is written into the journal with everything that you look at in this session.</Text>
      <ReasonField value={reason} onChange={setReason} placeholder="Incident MDM-4711" data-autofocus />
    </Dialog>
  );
};
