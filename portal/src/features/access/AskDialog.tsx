// Asking ahead of time: console, actions, exact devices, why, how long, from when. Says before the asking who will be asked.
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { AskGrant, GrantView } from '../../../../src/portal/contract/grants.ts';
import { keys, useApi, useAskRule } from '../../api/queries.ts';
import { ErrorNote } from '../../components/Notes.tsx';
import { actionsOf, type Draft, draftFrom, type Faults, wishFrom } from '../../lib/askForm.ts';
import { useMe } from '../../lib/me.ts';
import { now } from '../../lib/now.ts';
import { DevicesPart, ReasonPart, TermsPart, WhatPart } from './askParts.tsx';
import { Whom } from './Whom.tsx';

type Props = { opened: boolean; from: GrantView | null; onClose: () => void };

/** Where the cursor goes when a member is wrong. */
const FIELDS: Faults = {
  console: 'ask-console',
  actions: 'ask-actions',
  targets: 'ask-targets',
  reason: 'ask-reason',
  ticket: 'ask-ticket',
  minutes: 'ask-minutes',
  uses: 'ask-uses',
  startAt: 'ask-startAt',
};

export const AskDialog = ({ opened, from, onClose }: Props) => {
  const { consoles } = useMe();
  const api = useApi();
  const client = useQueryClient();
  const narrow = useMediaQuery('(max-width: 36em)') ?? false;
  const usable = consoles.filter((console) => console.may);
  const offeredBy = (id: string) => usable.find((console) => console.id === id)?.asks ?? [];
  const [draft, setDraft] = useState<Draft>(() => {
    const console = from?.console.id ?? usable[0]?.id ?? '';
    return draftFrom(console, offeredBy(console), from);
  });
  const [faults, setFaults] = useState<Faults>({});
  const actions = actionsOf(draft);
  const read = useAskRule(draft.console, opened ? actions : []);
  const rule = read.data ?? null;

  const ask = useMutation({
    mutationFn: (wish: AskGrant) => api.ask(wish),
    onSuccess: (grant) => {
      notifications.show(
        grant.automatic
          ? { title: 'You have access', message: `${grant.title}. A rule approved it; nobody was asked.` }
          : { title: 'Asked', message: `${grant.title}. You see the answer here as soon as it is given.` },
      );
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.grants }),
  });

  const change = (part: Partial<Draft>) => {
    // Another console may not know what was chosen for the one before.
    if (part.console !== undefined && part.console !== draft.console)
      part = { ...part, actions: draftFrom(part.console, offeredBy(part.console), null).actions, other: '' };
    setDraft({ ...draft, ...part });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { wish, faults: found } = wishFrom(draft, rule, now());
    setFaults(found);
    const [first] = Object.keys(FIELDS).filter((member) => found[member] !== undefined);
    if (first !== undefined) document.getElementById(FIELDS[first] ?? '')?.focus();
    else if (wish !== null) ask.mutate(wish);
  };
  const part = { draft, faults, rule, change };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={
        <Text fw={650} size="lg" component="span">
          Ask for access
        </Text>
      }
      size="lg"
      fullScreen={narrow}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {usable.length === 0 ? (
        <Alert color="gray">No console is open to your role. Ask your operator.</Alert>
      ) : (
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {ask.isError ? <ErrorNote error={ask.error} /> : null}
            <WhatPart {...part} consoles={usable} offered={offeredBy(draft.console)} />
            <DevicesPart {...part} />
            <ReasonPart {...part} focus={from !== null} />
            <TermsPart {...part} />
            <Whom read={read} asked={actions.length > 0} />
            <Group justify="flex-end" gap="sm" mt="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={ask.isPending}>
                {rule?.automatic === true ? 'Get access' : 'Ask for access'}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
};
