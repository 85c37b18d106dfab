// Leaving less than was asked for: minutes, uses, devices. Never more; at least one device stays.
import { Button, Checkbox, Group, NativeSelect, NumberInput, Stack, Text } from '@mantine/core';
import { useId, useState } from 'react';
import { type GrantView, MINUTES } from '../../../../src/portal/contract/grants.ts';
import { TargetLabel, TargetSearch } from '../../components/Targets.tsx';
import { plural } from '../../lib/plural.ts';
import { countOf, keyOf, soughtIn, targetName } from '../../lib/targets.ts';
import { minutesInWords } from '../../lib/time.ts';

const LONG = 8;

export type Narrowed = { minutes: number; uses: number; left: ReadonlySet<string> };

const Devices = ({
  grant,
  left,
  onLeft,
}: {
  grant: GrantView;
  left: ReadonlySet<string>;
  onLeft: (left: ReadonlySet<string>) => void;
}) => {
  const [sought, setSought] = useState('');
  const label = useId();
  const shown = soughtIn(grant.targets, sought);
  const mixed = grant.targets.some(({ kind }) => kind !== grant.targets[0]?.kind);
  const toggle = (key: string, on: boolean) => {
    const next = new Set(left);
    if (on) next.add(key);
    else next.delete(key);
    onLeft(next);
  };
  return (
    <Stack gap={8} role="group" aria-labelledby={label} className="narrow-devices">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={500} id={label}>
          Which of the {countOf(grant.targets)}
        </Text>
        <Group gap={6}>
          <Button size="compact-xs" variant="default" onClick={() => onLeft(new Set(grant.targets.map(keyOf)))}>
            All
          </Button>
          <Button size="compact-xs" variant="default" onClick={() => onLeft(new Set())}>
            None
          </Button>
        </Group>
      </Group>
      {grant.targets.length > LONG ? <TargetSearch value={sought} onChange={setSought} /> : null}
      <ul className="narrow-list">
        {shown.map((target) => (
          <li key={keyOf(target)}>
            <Checkbox
              size="sm"
              checked={left.has(keyOf(target))}
              onChange={(event) => toggle(keyOf(target), event.currentTarget.checked)}
              aria-label={targetName(target)}
              label={<TargetLabel target={target} kind={mixed} />}
            />
          </li>
        ))}
      </ul>
      {shown.length === 0 ? <Text size="sm">Nothing here has “{sought}” in its name or id.</Text> : null}
      <Text size="sm" c={left.size === 0 ? 'var(--mantine-color-error)' : 'dimmed'} aria-live="polite">
        {left.size === 0 ? 'Leave at least one, or deny the request.' : `${plural(left.size, 'target')} left`}
      </Text>
    </Stack>
  );
};

type Props = { grant: GrantView; value: Narrowed; onChange: (value: Narrowed) => void };

export const Narrow = ({ grant, value, onChange }: Props) => {
  // An approver before this one may have narrowed it already.
  const most = { minutes: grant.minutes ?? grant.askedMinutes, uses: grant.uses ?? grant.askedUses };
  const choices = [...new Set([...MINUTES.filter((n) => n < most.minutes), most.minutes])];
  return (
    <Stack gap="md" className="decide-panel">
      <Group gap="sm" align="flex-end">
        <NativeSelect
          label="For at most"
          value={String(value.minutes)}
          onChange={(event) => onChange({ ...value, minutes: Number(event.currentTarget.value) })}
          data={choices.map((n) => ({
            value: String(n),
            label:
              minutesInWords(n) + (n === most.minutes ? (n === grant.askedMinutes ? ' (as asked)' : ' (as is)') : ''),
          }))}
          flex="1 1 10rem"
        />
        <NumberInput
          label={`Uses, up to ${most.uses}`}
          value={value.uses}
          min={1}
          max={most.uses}
          clampBehavior="strict"
          allowDecimal={false}
          disabled={most.uses === 1}
          onChange={(uses) => onChange({ ...value, uses: typeof uses === 'number' ? uses : 1 })}
          flex="1 1 8rem"
        />
      </Group>
      {grant.targets.length > 1 ? (
        <Devices grant={grant} left={value.left} onLeft={(left) => onChange({ ...value, left })} />
      ) : null}
    </Stack>
  );
};
