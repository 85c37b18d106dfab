// The request needs other people's signatures: say why, and they are asked. Nothing is sent before they answer.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { AskHold, type HoldView } from '../../../../src/portal/contract/holds.ts';
import { keys, useApi } from '../../api/queries.ts';
import { ErrorNote } from '../../components/Notes.tsx';
import { ReasonField } from '../../components/ReasonField.tsx';

export const AskOthers = ({ hold }: { hold: HoldView }) => {
  const api = useApi();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const ask = useMutation({
    mutationFn: () => api.askHold(hold.id, { reason: reason.trim(), ticket: ticket.trim() }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.holds }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = AskHold.safeParse({ reason, ticket });
    setFault(parsed.success ? null : 'Say in a few words why.');
    if (parsed.success) ask.mutate();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {ask.isError ? <ErrorNote error={ask.error} /> : null}
        <ReasonField
          value={reason}
          onChange={setReason}
          label="Why"
          description="They see this and exactly what will happen."
          error={fault}
        />
        <TextInput
          label="Ticket"
          value={ticket}
          maxLength={60}
          onChange={(event) => setTicket(event.currentTarget.value)}
        />
        <Group justify="space-between" gap="sm">
          <Text size="sm" c="dimmed">
            Goes to {hold.whom}
          </Text>
          <Button type="submit" loading={ask.isPending}>
            Ask for approval
          </Button>
        </Group>
      </Stack>
    </form>
  );
};
