import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { useMe } from '../../lib/me.ts';

type Props = {
  values: { fromDay: string; toDay: string; person: string; console: string };
  /** names to suggest; any part of a name works */
  people: readonly string[];
  onChange: (name: string, value: string) => void;
};

export const ReviewFilterBar = ({ values, people, onChange }: Props) => {
  const { consoles } = useMe();
  const [person, setPerson] = useState(values.person);
  const personLater = useDebouncedCallback((value: string) => onChange('person', value), 350);
  return (
    <search className="review-filter">
      <TextInput
        type="date"
        label="From"
        value={values.fromDay}
        onChange={(event) => onChange('from', event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label="To"
        value={values.toDay}
        onChange={(event) => onChange('to', event.currentTarget.value)}
      />
      <TextInput
        label="Person"
        placeholder="Everybody"
        list="review-people"
        value={person}
        onChange={(event) => {
          setPerson(event.currentTarget.value);
          personLater(event.currentTarget.value.trim());
        }}
      />
      <datalist id="review-people">
        {people.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <NativeSelect
        label="Console"
        value={values.console}
        onChange={(event) => onChange('console', event.currentTarget.value)}
        data={[{ value: '', label: 'All' }, ...consoles.map(({ id, name }) => ({ value: id, label: name }))]}
      />
    </search>
  );
};
