// Asking ahead of time: console, action, exact devices, why, how long. The server's contract checks every member, here and there.
import {
  Alert,
  Button,
  Group,
  Modal,
  NativeSelect,
  NumberInput,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { AskGrant, type GrantView, MINUTES } from '../../../../src/portal/contract/grants.ts';
import { keys, useApi } from '../../api/queries.ts';
import { ErrorNote } from '../../components/Notes.tsx';
import { useMe } from '../../lib/me.ts';
import { parseTargets, targetsAsText } from '../../lib/targets.ts';
import { minutesInWords } from '../../lib/time.ts';
import { plural } from '../../lib/words.ts';

const OTHER = 'other';
type Props = { opened: boolean; from: GrantView | null; onClose: () => void };
type Faults = { readonly [member: string]: string };

/** Our words for the contract's faults, by member. */
const SENTENCES: Faults = {
  console: 'Choose a console.',
  action: 'Write the action like device.wipe.',
  targets: 'Name at least one device.',
  reason: 'Say in a few words why.',
  ticket: 'Keep the ticket under 60 characters.',
  minutes: 'Choose how long.',
  uses: 'Between 1 and 100.',
};

export const AskDialog = ({ opened, from, onClose }: Props) => {
  const { consoles } = useMe();
  const api = useApi();
  const client = useQueryClient();
  const narrow = useMediaQuery('(max-width: 36em)') ?? false;
  const usable = consoles.filter((console) => console.may);
  const [console, setConsole] = useState(from?.console.id ?? usable[0]?.id ?? '');
  const offered = usable.find(({ id }) => id === console)?.asks ?? [];
  const known = offered.some(({ action }) => action === from?.action);
  const [chosen, setChoice] = useState(from === null ? (offered[0]?.action ?? OTHER) : known ? from.action : OTHER);
  // Another console may not know what was chosen for the one before.
  const choice =
    chosen === OTHER || offered.some(({ action }) => action === chosen) ? chosen : (offered[0]?.action ?? OTHER);
  const [other, setOther] = useState(from !== null && !known ? from.action : '');
  const [devices, setDevices] = useState(from === null ? '' : targetsAsText(from.targets));
  const [reason, setReason] = useState(from?.reason ?? '');
  const [ticket, setTicket] = useState(from?.ticket ?? '');
  const [minutes, setMinutes] = useState(from?.askedMinutes ?? 30);
  const [uses, setUses] = useState(from?.askedUses ?? 1);
  const [faults, setFaults] = useState<Faults>({});

  const ask = useMutation({
    mutationFn: (wish: AskGrant) => api.ask(wish),
    onSuccess: (grant) => {
      notifications.show({
        title: 'Asked',
        message: `${grant.title}. You see the answer here as soon as it is given.`,
      });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.grants }),
  });

  const { targets, faults: targetFaults } = parseTargets(devices);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wish = AskGrant.safeParse({
      console,
      action: choice === OTHER ? other.trim() : choice,
      targets,
      reason,
      ticket,
      minutes,
      uses,
    });
    const found: Record<string, string> = {};
    for (const issue of wish.error?.issues ?? []) {
      const member = String(issue.path[0]);
      found[member] ??= SENTENCES[member] ?? issue.message;
    }
    if (targetFaults[0] !== undefined) found.targets = targetFaults[0];
    setFaults(found);
    const [first] = Object.keys(found);
    if (first !== undefined) document.getElementById(`ask-${first}`)?.focus();
    else if (wish.success) ask.mutate(wish.data);
  };

  const lengths = [...new Set([...MINUTES, minutes])].sort((a, b) => a - b);
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
            <Group grow align="flex-start" preventGrowOverflow={false} gap="md">
              <NativeSelect
                id="ask-console"
                label="Console"
                value={console}
                onChange={(event) => setConsole(event.currentTarget.value)}
                data={usable.map(({ id, name }) => ({ value: id, label: name }))}
                error={faults.console}
                miw={180}
              />
              <NativeSelect
                id={choice === OTHER ? 'ask-choice' : 'ask-action'}
                label="What you want to do"
                value={choice}
                onChange={(event) => setChoice(event.currentTarget.value)}
                data={[
                  ...offered.map(({ action, label }) => ({ value: action, label })),
                  { value: OTHER, label: 'Another action…' },
                ]}
                error={choice === OTHER ? undefined : faults.action}
                miw={180}
              />
            </Group>
            {choice === OTHER ? (
              <TextInput
                id="ask-action"
                label="Name of the action"
                description="As the refusal named it, such as app.upload"
                value={other}
                onChange={(event) => setOther(event.currentTarget.value)}
                error={faults.action}
                required
              />
            ) : null}
            <Textarea
              id="ask-targets"
              label="Device ids"
              description="Separated by commas, spaces or lines. You get access to exactly these."
              placeholder="For example d-0142"
              value={devices}
              onChange={(event) => setDevices(event.currentTarget.value)}
              autosize
              minRows={2}
              maxRows={6}
              error={faults.targets}
              required
            />
            <Text size="sm" c="dimmed" aria-live="polite" mt={-8}>
              {targets.length === 0 ? '' : plural(targets.length, 'device')}
            </Text>
            <Textarea
              id="ask-reason"
              label="Why"
              description="The approver decides by this."
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              autosize
              minRows={2}
              maxLength={500}
              error={faults.reason}
              required
              data-autofocus={from === null ? undefined : true}
            />
            <Group align="flex-start" gap="md">
              <TextInput
                id="ask-ticket"
                label="Ticket"
                value={ticket}
                maxLength={60}
                onChange={(event) => setTicket(event.currentTarget.value)}
                error={faults.ticket}
                flex="2 1 9rem"
              />
              <NativeSelect
                id="ask-minutes"
                label="For"
                value={String(minutes)}
                onChange={(event) => setMinutes(Number(event.currentTarget.value))}
                data={lengths.map((n) => ({ value: String(n), label: minutesInWords(n) }))}
                flex="1 1 7rem"
              />
              <NumberInput
                id="ask-uses"
                label="Uses"
                value={uses}
                min={1}
                max={100}
                allowDecimal={false}
                onChange={(value) => setUses(typeof value === 'number' ? value : 0)}
                error={faults.uses}
                flex="1 1 6rem"
              />
            </Group>
            <Group justify="flex-end" gap="sm" mt="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={ask.isPending}>
                Ask for access
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
};
