import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { useMe } from '../../lib/me.ts';
import { RISK_WORDS } from '../../lib/words.ts';

type Props = {
  parameters: URLSearchParams;
  people: readonly { id: string; name: string }[];
  onChange: (name: string, value: string) => void;
  onClear: () => void;
};

export const FilterBar = ({ parameters, people, onChange, onClear }: Props) => {
  const { consoles } = useMe();
  const [action, setAction] = useState(parameters.get('action') ?? '');
  const later = useDebouncedCallback((value: string) => onChange('action', value), 350);
  const select = (name: string, label: string, all: string, data: { value: string; label: string }[]) => (
    <NativeSelect
      label={label}
      value={parameters.get(name) ?? ''}
      onChange={(event) => onChange(name, event.currentTarget.value)}
      data={[{ value: '', label: all }, ...data]}
    />
  );
  return (
    <search className="filter-bar">
      {select(
        'person',
        'Person',
        'Everybody',
        people.map(({ id, name }) => ({ value: id, label: name })),
      )}
      {select(
        'console',
        'Console',
        'All',
        consoles.map(({ id, name }) => ({ value: id, label: name })),
      )}
      <TextInput
        label="Action"
        placeholder="device.wipe"
        value={action}
        onChange={(event) => {
          setAction(event.currentTarget.value);
          later(event.currentTarget.value.trim());
        }}
      />
      {select(
        'risk',
        'Risk',
        'Any',
        (['low', 'high', 'destructive'] as const).map((risk) => ({ value: risk, label: RISK_WORDS[risk] })),
      )}
      {select('verdict', 'Verdict', 'Any', [
        { value: 'go', label: 'Allowed' },
        { value: 'refuse', label: 'Refused' },
      ])}
      <TextInput
        type="date"
        label="From"
        value={parameters.get('from') ?? ''}
        onChange={(event) => onChange('from', event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label="To"
        value={parameters.get('to') ?? ''}
        onChange={(event) => onChange('to', event.currentTarget.value)}
      />
      {parameters.size > 0 ? (
        <Button
          variant="subtle"
          onClick={() => {
            setAction('');
            onClear();
          }}
        >
          Clear
        </Button>
      ) : null}
    </search>
  );
};
