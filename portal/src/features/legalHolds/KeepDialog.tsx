// Sets a legal hold: on the session that the reader comes from, on everything of a person or a console, or on all recordings. A
// session's id is never typed: with a letter wrong, nothing would be kept, and nobody would notice.
import { NativeSelect, Radio, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import { type LegalHoldMatch, SetLegalHold } from '../../../../src/portal/contract/evidence.ts';
import type { SessionRow } from '../../../../src/portal/contract/sessions.ts';
import { withStepUp } from '../../api/ceremonies.ts';
import { keys, useApi, useSession } from '../../api/queries.ts';
import { Dialog, DialogFrame } from '../../components/Dialog.tsx';
import { LoadingCards } from '../../components/Notes.tsx';
import { ConfirmedByPasskey } from '../../components/PasskeyFirst.tsx';
import { type Person, PersonSelect } from '../../components/PersonSelect.tsx';
import { ReasonField } from '../../components/ReasonField.tsx';
import { useMe } from '../../lib/me.ts';
import { useNow } from '../../lib/now.ts';
import { clockTime } from '../../lib/time.ts';
import { LookNote } from '../sessions/LookNote.tsx';

type Match = z.infer<typeof LegalHoldMatch>;
type Props = {
  /** null: no session was chosen */
  session: SessionRow | null;
  onClose: () => void;
};

const TITLE = 'Set a legal hold';
const KINDS: readonly Match['kind'][] = ['session', 'person', 'console', 'all'];

const KeepForm = ({ session, onClose }: Props) => {
  const { consoles } = useMe();
  const api = useApi();
  const client = useQueryClient();
  const present = useNow();
  const [kind, setKind] = useState<Match['kind']>(session === null ? 'person' : 'session');
  const [person, setPerson] = useState<Person | null>(session?.person ?? null);
  const [console, setConsole] = useState(session?.consoles[0] ?? consoles[0]?.id ?? '');
  const [reason, setReason] = useState('');
  const [faults, setFaults] = useState<{ person?: string; reason?: string }>({});
  const keep = useMutation({
    mutationFn: (wish: z.infer<typeof SetLegalHold>) => withStepUp(api, () => api.keep(wish), 'Nothing was set.'),
    onSuccess: () => {
      notifications.show({ title: 'Legal hold set', message: 'What it covers stays until two people end it.' });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.legalHolds }),
  });
  const ids = { session: session?.id ?? '', person: person?.id ?? '', console };
  const submit = () => {
    const match = kind === 'all' ? { kind } : { kind, id: ids[kind] };
    const wish = SetLegalHold.safeParse({ match, reason });
    setFaults({
      ...(kind === 'person' && person === null ? { person: 'Choose whose recordings are kept.' } : {}),
      ...(SetLegalHold.shape.reason.safeParse(reason).success ? {} : { reason: 'Say in a few words why.' }),
    });
    if (wish.success) keep.mutate(wish.data);
  };
  return (
    <Dialog title={TITLE} onClose={onClose} submit="Keep" onSubmit={submit} busy={keep.isPending} error={keep.error}>
      <Text size="sm">
        Recordings that it covers are not deleted, whatever the rules of retention say. Two people must end it.
        {session === null ? ' To keep a single session, open it in Sessions.' : ''}
      </Text>
      <Radio.Group
        label="What to keep"
        value={kind}
        onChange={(value) => setKind(KINDS.find((each) => each === value) ?? kind)}
      >
        <Stack gap={8} mt={4}>
          {session === null ? null : (
            <Radio
              value="session"
              label="This session"
              description={`${session.person.name}, ${clockTime(session.startedAt, present)}`}
            />
          )}
          <Radio value="person" label="One person" description="Every session of theirs, also to come" />
          <Radio value="console" label="One console" description="Every session there, also to come" />
          <Radio value="all" label="All recordings" description="Nothing is deleted any more" />
        </Stack>
      </Radio.Group>
      {kind === 'person' ? <PersonSelect person={person} onChange={setPerson} error={faults.person ?? null} /> : null}
      {kind === 'console' ? (
        <NativeSelect
          label="Console"
          value={console}
          onChange={(event) => setConsole(event.currentTarget.value)}
          data={consoles.map(({ id, name }) => ({ value: id, label: name }))}
        />
      ) : null}
      <ReasonField
        value={reason}
        onChange={setReason}
        description="It stands in the ledger, with your name."
        error={faults.reason}
      />
      <ConfirmedByPasskey />
    </Dialog>
  );
};

const OfSession = ({ id, onClose }: { id: string; onClose: () => void }) => {
  const { data, isError, error, refetch } = useSession(id);
  if (data !== undefined) return <KeepForm session={data} onClose={onClose} />;
  return (
    <DialogFrame title={TITLE} onClose={onClose}>
      {isError ? (
        <LookNote error={error} retry={() => void refetch()} session={id} />
      ) : (
        <LoadingCards count={1} height={240} />
      )}
    </DialogFrame>
  );
};

/** `session`: the id of the one to keep; null: what to keep is chosen here */
export const KeepDialog = ({ session, onClose }: { session: string | null; onClose: () => void }) =>
  session === null ? <KeepForm session={null} onClose={onClose} /> : <OfSession id={session} onClose={onClose} />;
