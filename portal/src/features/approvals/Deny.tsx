// Saying no: a reason is asked for, one tap gives one; the person who asked reads it.
import { Button, Chip, Group, Stack, Text, TextInput } from '@mantine/core';
import { useId, useState } from 'react';

const DENY_REASONS = ['I did not expect this', 'Add a ticket and ask again', 'These are the wrong devices', 'Not now'];

type Props = { busy: boolean; onDeny: (reason: string) => void; onCancel: () => void };

export const Deny = ({ busy, onDeny, onCancel }: Props) => {
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
