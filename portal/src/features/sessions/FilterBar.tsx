import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { useMe } from '../../lib/me.ts';
import { RISK_WORDS } from '../../lib/words.ts';

type Props = {
  parameters: URLSearchParams;
  /** names to suggest; any part of a name works */
  people: readonly string[];
  onChange: (name: string, value: string) => void;
  onClear: () => void;
};

export const FilterBar = ({ parameters, people, onChange, onClear }: Props) => {
  const { consoles } = useMe();
  const [person, setPerson] = useState(parameters.get('person') ?? '');
  const [action, setAction] = useState(parameters.get('action') ?? '');
  const actionLater = useDebouncedCallback((value: string) => onChange('action', value), 350);
  const personLater = useDebouncedCallback((value: string) => onChange('person', value), 350);
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
      <TextInput
        label="Person"
        placeholder="Everybody"
        list="filter-people"
        value={person}
        onChange={(event) => {
          setPerson(event.currentTarget.value);
          personLater(event.currentTarget.value.trim());
        }}
      />
      <datalist id="filter-people">
        {people.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {select(
        'console',
        'Console',
        'All',
        consoles.map(({ id, name }) => ({ value: id, label: name })),
      )}
      <TextInput
        label="Action"
        placeholder="Any"
        value={action}
        onChange={(event) => {
          setAction(event.currentTarget.value);
          actionLater(event.currentTarget.value.trim());
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
            setPerson('');
            onClear();
          }}
        >
          Clear
        </Button>
      ) : null}
    </search>
  );
};
