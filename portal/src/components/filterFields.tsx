// The fields that filters of lists and reports share. `onChange` gets '' when a field is emptied.
import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useId, useState } from 'react';
import { useMe } from '../lib/me.ts';
import './filterFields.css';

type Field = { value: string; onChange: (value: string) => void };

/** A pause in the typing: every change is another question to the server, and looks are written down. */
const PAUSE = 350;

type Typed = Field & { label: string; placeholder: string; suggestions?: readonly string[] };

/** Shows what is typed at once, and says it after a pause. What is changed elsewhere (cleared, gone back to) shows here too. */
export const TypedField = ({ label, placeholder, value, suggestions = [], onChange }: Typed) => {
  const list = useId();
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  const [said, setSaid] = useState(value);
  const later = useDebouncedCallback((next: string) => {
    setSaid(next);
    onChange(next);
  }, PAUSE);
  if (value !== seen) {
    setSeen(value);
    // Its own word that comes back is late: more may have been typed since.
    if (value !== said) {
      setTyped(value);
      setSaid(value);
    }
  }
  return (
    <>
      <TextInput
        label={label}
        placeholder={placeholder}
        list={list}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          later(event.currentTarget.value.trim());
        }}
      />
      <datalist id={list}>
        {suggestions.map((suggestion) => (
          <option key={suggestion} value={suggestion} />
        ))}
      </datalist>
    </>
  );
};

/** Any part of a name works; `people` are names to suggest. */
export const PersonField = ({ people, ...field }: Field & { people: readonly string[] }) => (
  <TypedField label="Person" placeholder="Everybody" suggestions={people} {...field} />
);

export const ConsoleField = ({ value, onChange }: Field) => {
  const { consoles } = useMe();
  return (
    <NativeSelect
      label="Console"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[{ value: '', label: 'All' }, ...consoles.map(({ id, name }) => ({ value: id, label: name }))]}
    />
  );
};

export const DayField = ({ label, value, onChange }: Field & { label: string }) => (
  <TextInput type="date" label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)} />
);
