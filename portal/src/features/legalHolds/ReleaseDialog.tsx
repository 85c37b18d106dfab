// One of the two words that end a legal hold, with its reason. The first changes nothing yet, and says so.
import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type LegalHoldView, ReleaseLegalHold } from '../../../../src/portal/contract/evidence.ts';
import { withStepUp } from '../../api/ceremonies.ts';
import { keys, useApi } from '../../api/queries.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { ConfirmedByPasskey } from '../../components/PasskeyFirst.tsx';
import { ReasonField } from '../../components/ReasonField.tsx';

export const ReleaseDialog = ({
  hold,
  title,
  onClose,
}: {
  hold: LegalHoldView;
  title: string;
  onClose: () => void;
}) => {
  const api = useApi();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const release = useMutation({
    mutationFn: (why: string) => withStepUp(api, () => api.releaseLegalHold(hold.id, why), 'Nothing was ended.'),
    onSuccess: ({ ended }) => {
      notifications.show(
        ended
          ? { title: 'Legal hold ended', message: 'The rules of retention count again.' }
          : { title: 'You agreed to its end', message: 'It stays until one more person agrees.' },
      );
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.legalHolds }),
  });
  const submit = () => {
    const wish = ReleaseLegalHold.safeParse({ reason });
    setFault(wish.success ? null : 'Say in a few words why.');
    if (wish.success) release.mutate(wish.data.reason);
  };
  const last = hold.release !== null;
  return (
    <Dialog
      title="End a legal hold"
      onClose={onClose}
      cancel="Keep it"
      submit={last ? 'End it' : 'Agree to its end'}
      grave
      onSubmit={submit}
      busy={release.isPending}
      error={release.error}
    >
      <Text>{title}</Text>
      <Text size="sm">
        {hold.release === null
          ? 'Two people end a legal hold. You are the first: it stays until one more person agrees.'
          : `${hold.release.by.name} has agreed. With your word it ends now, and the rules of retention count again.`}
      </Text>
      <ReasonField
        value={reason}
        onChange={setReason}
        description="It stands in the ledger, with your name."
        error={fault}
        data-autofocus
      />
      <ConfirmedByPasskey />
    </Dialog>
  );
};
