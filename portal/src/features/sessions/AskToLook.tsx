// Asks for access to recordings: to one session, or to all of them. Somebody else approves it, as any access.
import { Anchor, Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { MINUTES } from '../../../../src/portal/contract/grants.ts';
import { useApi, useAskRule } from '../../api/queries.ts';
import { Dialog, DialogFrame } from '../../components/Dialog.tsx';
import { ErrorNote } from '../../components/Notes.tsx';
import { ReasonField } from '../../components/ReasonField.tsx';
import { minutesInWords } from '../../lib/time.ts';

const ACTION = 'recording.view';
const PORTAL = 'portal';
const TITLE = 'Ask to look at recordings';

export const AskToLook = ({ session, onClose }: { session: string | null; onClose: () => void }) => {
  const api = useApi();
  const rule = useAskRule(PORTAL, [ACTION]);
  const [all, setAll] = useState(session === null);
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const [minutes, setMinutes] = useState('60');
  const wantsTicket = (rule.data?.ticket ?? null) !== null;
  const longest = rule.data?.longest ?? 60;
  const ask = useMutation({
    mutationFn: () =>
      api.ask({
        ...{ console: PORTAL, actions: [ACTION], reason: reason.trim(), ticket: ticket.trim() },
        targets: [all || session === null ? { kind: 'any', id: '*' } : { kind: 'session', id: session }],
        ...{ minutes: Math.min(Number(minutes), longest), uses: 1, clock: 'approval' as const, startAt: null },
      }),
  });
  if (ask.isSuccess)
    return (
      <DialogFrame title={TITLE} onClose={onClose}>
        <Stack gap="md">
          <Text>
            {ask.data.state === 'active'
              ? 'You have access now. Close this and try again.'
              : `Asked. It waits for ${rule.data?.whom ?? 'approval'}.`}
          </Text>
          <Group justify="flex-end">
            <Anchor component={Link} to="/access">
              My access
            </Anchor>
            <Button onClick={onClose}>Close</Button>
          </Group>
        </Stack>
      </DialogFrame>
    );
  return (
    <Dialog
      title={TITLE}
      onClose={onClose}
      submit="Ask for access"
      onSubmit={ask.mutate}
      busy={ask.isPending}
      disabled={rule.data === undefined || reason.trim().length < 5 || (wantsTicket && ticket.trim() === '')}
      error={ask.error}
    >
      {rule.isError ? <ErrorNote error={rule.error} /> : null}
      {session === null ? null : (
        <NativeSelect
          label="To look at"
          value={all ? 'all' : 'one'}
          onChange={(event) => setAll(event.currentTarget.value === 'all')}
          data={[
            { value: 'one', label: 'This session' },
            { value: 'all', label: 'All sessions, and search' },
          ]}
        />
      )}
      <ReasonField value={reason} onChange={setReason} description={rule.data?.reason?.say} data-autofocus />
      {wantsTicket ? (
        <TextInput
          label="Ticket"
          value={ticket}
          onChange={(event) => setTicket(event.currentTarget.value)}
          description={rule.data?.ticket?.say}
          maxLength={60}
          required
        />
      ) : null}
      <NativeSelect
        label="For"
        value={minutes}
        onChange={(event) => setMinutes(event.currentTarget.value)}
        data={MINUTES.filter((each) => each <= longest).map((each) => ({
          value: String(each),
          label: minutesInWords(each),
        }))}
      />
    </Dialog>
  );
};
