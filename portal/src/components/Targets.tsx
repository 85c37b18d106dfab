// The devices that something hits: always their number; the list opens in place and can be searched when it is long.
import { Button, Collapse, Stack, Text, TextInput } from '@mantine/core';
import { IconChevronDown, IconSearch } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { plural, type TargetLike } from '../lib/words.ts';

const FEW = 3;
const LONG = 12;

const countOf = (targets: readonly TargetLike[]): string => {
  const kinds = new Map<string, number>();
  for (const { kind } of targets) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return [...kinds].map(([kind, n]) => plural(n, kind.replaceAll('_', ' '))).join(', ');
};

export const Targets = ({ targets, open = false }: { targets: readonly TargetLike[]; open?: boolean }) => {
  const [opened, setOpened] = useState(open);
  const [sought, setSought] = useState('');
  const list = useId();
  if (targets.length === 0) return <Text size="sm">No devices</Text>;
  if (targets.length <= FEW)
    return (
      <ul className="chips" aria-label={countOf(targets)}>
        {targets.map((target) => (
          <li key={`${target.kind}:${target.id}`}>
            {target.kind} <span className="mono">{target.id}</span>
          </li>
        ))}
      </ul>
    );
  const mixed = targets.some((target) => target.kind !== targets[0]?.kind);
  const shown = targets.filter((target) => target.id.toLowerCase().includes(sought.trim().toLowerCase()));
  return (
    <div>
      <Button
        variant="default"
        size="compact-sm"
        onClick={() => setOpened(!opened)}
        aria-expanded={opened}
        aria-controls={list}
        rightSection={<IconChevronDown size={14} aria-hidden="true" className={opened ? 'turned' : ''} />}
      >
        {opened ? `Hide the ${countOf(targets)}` : `Show the ${countOf(targets)}`}
      </Button>
      <Collapse expanded={opened} id={list}>
        <Stack gap="xs" pt="xs">
          {targets.length > LONG ? (
            <TextInput
              size="sm"
              aria-label="Search the list by id"
              placeholder="Search by id"
              leftSection={<IconSearch size={14} aria-hidden="true" />}
              value={sought}
              onChange={(event) => setSought(event.currentTarget.value)}
            />
          ) : null}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (axe scrollable-region-focusable) */}
          <ul className="chips chips-many" tabIndex={0} aria-label={countOf(targets)}>
            {shown.map((target) => (
              <li key={`${target.kind}:${target.id}`}>
                {mixed ? `${target.kind} ` : ''}
                <span className="mono">{target.id}</span>
              </li>
            ))}
          </ul>
          {shown.length === 0 ? <Text size="sm">No id here contains “{sought}”.</Text> : null}
        </Stack>
      </Collapse>
    </div>
  );
};
