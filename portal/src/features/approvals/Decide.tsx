// The three ways to answer: narrow, deny (with a reason, one tap), approve with a passkey. No button is the default one: Enter
// on the page does nothing.
import { Anchor, Button, Chip, Group, NativeSelect, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { IconAdjustmentsHorizontal, IconFingerprint } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { Link } from 'react-router';
import { type GrantView, MINUTES } from '../../../../src/portal/contract/grants.ts';
import { ErrorNote } from '../../components/Notes.tsx';
import { useMe } from '../../lib/me.ts';
import { minutesInWords } from '../../lib/time.ts';
import { plural } from '../../lib/words.ts';
import { useDecide } from './useDecide.ts';

const DENY_REASONS = ['I did not expect this', 'Add a ticket and ask again', 'These are the wrong devices', 'Not now'];

type Props = { grant: GrantView };

const Narrow = ({
  grant,
  minutes,
  uses,
  onMinutes,
  onUses,
}: Props & { minutes: number; uses: number; onMinutes: (n: number) => void; onUses: (n: number) => void }) => {
  const choices = [...new Set([...MINUTES.filter((n) => n < grant.askedMinutes), grant.askedMinutes])];
  return (
    <Group gap="sm" align="flex-end" className="decide-panel">
      <NativeSelect
        label="For at most"
        value={String(minutes)}
        onChange={(event) => onMinutes(Number(event.currentTarget.value))}
        data={choices.map((n) => ({
          value: String(n),
          label: minutesInWords(n) + (n === grant.askedMinutes ? ' (as asked)' : ''),
        }))}
        flex="1 1 10rem"
      />
      <NumberInput
        label={`Uses, up to ${grant.askedUses}`}
        value={uses}
        min={1}
        max={grant.askedUses}
        clampBehavior="strict"
        allowDecimal={false}
        disabled={grant.askedUses === 1}
        onChange={(value) => onUses(typeof value === 'number' ? value : 1)}
        flex="1 1 8rem"
      />
    </Group>
  );
};

const Deny = ({
  busy,
  onDeny,
  onCancel,
}: {
  busy: boolean;
  onDeny: (reason: string) => void;
  onCancel: () => void;
}) => {
  const [reason, setReason] = useState('');
  const label = useId();
  return (
    <Stack gap="sm" className="decide-panel">
      <Text fw={600} id={label}>
        Why not?
      </Text>
      <Chip.Group value={reason} onChange={(value) => setReason(String(value))}>
        <Group gap={8} role="radiogroup" aria-labelledby={label}>
          {DENY_REASONS.map((words) => (
            <Chip key={words} value={words} variant="outline">
              {words}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <TextInput
        label="In your words"
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Group gap="sm" className="decide-buttons">
        <Button variant="default" onClick={onCancel}>
          Back
        </Button>
        <Button
          variant="default"
          className="decide-deny"
          loading={busy}
          disabled={reason.trim() === ''}
          onClick={() => onDeny(reason.trim())}
        >
          Deny this request
        </Button>
      </Group>
    </Stack>
  );
};

export const Decide = ({ grant }: Props) => {
  const { passkeys } = useMe();
  const { approve, deny } = useDecide(grant);
  const [panel, setPanel] = useState<'none' | 'narrow' | 'deny'>('none');
  const [minutes, setMinutes] = useState(grant.askedMinutes);
  const [uses, setUses] = useState(grant.askedUses);
  const narrowed = minutes < grant.askedMinutes || uses < grant.askedUses;
  const busy = approve.isPending || deny.isPending;
  if (panel === 'deny')
    return (
      <>
        {deny.isError ? <ErrorNote error={deny.error} /> : null}
        <Deny busy={deny.isPending} onDeny={(reason) => deny.mutate(reason)} onCancel={() => setPanel('none')} />
      </>
    );
  return (
    <Stack gap="sm">
      {approve.isError ? <ErrorNote error={approve.error} /> : null}
      {panel === 'narrow' ? (
        <Narrow grant={grant} minutes={minutes} uses={uses} onMinutes={setMinutes} onUses={setUses} />
      ) : null}
      {grant.may.approve && passkeys === 0 ? (
        <Text size="sm">
          You need a passkey to approve.{' '}
          <Anchor component={Link} to="/passkeys" inherit underline="always">
            Add one
          </Anchor>
          , then come back.
        </Text>
      ) : null}
      <Group gap="sm" className="decide-buttons">
        {grant.may.approve ? (
          <Button
            variant="subtle"
            color="gray"
            className="decide-narrow"
            leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden="true" />}
            aria-expanded={panel === 'narrow'}
            onClick={() => setPanel(panel === 'narrow' ? 'none' : 'narrow')}
          >
            Narrow
          </Button>
        ) : null}
        {grant.may.deny ? (
          <Button variant="default" disabled={busy} onClick={() => setPanel('deny')}>
            Deny
          </Button>
        ) : null}
        {grant.may.approve ? (
          <Button
            variant="default"
            className="decide-approve"
            leftSection={<IconFingerprint size={18} aria-hidden="true" />}
            loading={approve.isPending}
            disabled={passkeys === 0 || busy}
            onClick={() => approve.mutate({ minutes, uses })}
          >
            Approve with passkey
          </Button>
        ) : null}
      </Group>
      {narrowed ? (
        <Text size="sm" c="dimmed" aria-live="polite">
          You approve {minutesInWords(minutes)}, {plural(uses, 'use')}. They asked for{' '}
          {minutesInWords(grant.askedMinutes)}, {plural(grant.askedUses, 'use')}.
        </Text>
      ) : null}
    </Stack>
  );
};
