// What something hits: always the number, names before ids; the list opens in place and can be searched when it is long.
import { Button, Collapse, Stack, Text, TextInput } from '@mantine/core';
import { IconChevronDown, IconSearch } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { countOf, isAnything, keyOf, soughtIn, type TargetLike, targetName } from '../lib/targets.ts';

const FEW = 3;
const LONG = 12;

/** "iPad of Marie d-0142", the id always in the letters that ids have. */
export const TargetLabel = ({ target, kind = false }: { target: TargetLike; kind?: boolean }) => {
  if (target.kind === 'any' || target.id === '*') return <>{targetName(target)}</>;
  const named = target.name !== undefined && target.name !== '' && target.name !== target.id;
  return (
    <>
      {kind ? `${target.kind.replaceAll('_', ' ')} ` : ''}
      {named ? <span className="chip-name">{target.name} </span> : null}
      <span className="mono">{target.id}</span>
    </>
  );
};

/** A search field for a list of targets. */
export const TargetSearch = ({ value, onChange }: { value: string; onChange: (value: string) => void }) => (
  <TextInput
    size="sm"
    aria-label="Search the list by name or id"
    placeholder="Search by name or id"
    leftSection={<IconSearch size={14} aria-hidden="true" />}
    value={value}
    onChange={(event) => onChange(event.currentTarget.value)}
  />
);

export const Targets = ({ targets, open = false }: { targets: readonly TargetLike[]; open?: boolean }) => {
  const [opened, setOpened] = useState(open);
  const [sought, setSought] = useState('');
  const list = useId();
  if (targets.length === 0) return <Text size="sm">No devices</Text>;
  if (isAnything(targets)) return <Text size="sm">Anything on this console</Text>;
  if (targets.length <= FEW)
    return (
      <ul className="chips" aria-label={countOf(targets)}>
        {targets.map((target) => (
          <li key={keyOf(target)}>
            <TargetLabel target={target} kind={target.name === undefined} />
          </li>
        ))}
      </ul>
    );
  const mixed = targets.some((target) => target.kind !== targets[0]?.kind);
  const shown = soughtIn(targets, sought);
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
          {targets.length > LONG ? <TargetSearch value={sought} onChange={setSought} /> : null}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (axe scrollable-region-focusable) */}
          <ul className="chips chips-many" tabIndex={0} aria-label={countOf(targets)}>
            {shown.map((target) => (
              <li key={keyOf(target)}>
                <TargetLabel target={target} kind={mixed} />
              </li>
            ))}
          </ul>
          {shown.length === 0 ? <Text size="sm">Nothing here has “{sought}” in its name or id.</Text> : null}
        </Stack>
      </Collapse>
    </div>
  );
};
