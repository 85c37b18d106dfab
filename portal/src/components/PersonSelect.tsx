// One person of those whose sessions are recorded, found by any part of their name. Every question for names is a look at the
// list of sessions, and written down like one.
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { sentencesOf } from '../api/problems.ts';
import { useSessions } from '../api/queries.ts';
import { personOf } from '../lib/words.ts';

export type Person = { readonly id: string; readonly name: string };

type Props = {
  person: Person | null;
  onChange: (person: Person | null) => void;
  description?: string;
  error?: string | null;
  /** what to look for at first */
  sought?: string;
};

const PAUSE = 350;

export const PersonSelect = ({ person, onChange, description, error = null, sought = '' }: Props) => {
  const [typed, setTyped] = useState(person?.name ?? sought);
  const [asked] = useDebouncedValue(typed.trim(), PAUSE);
  const sessions = useSessions(asked === '' || asked === person?.name ? {} : { person: asked });
  const found = sessions.data?.pages.flatMap((page) => page.sessions.map((row) => row.person)) ?? [];
  const people = new Map([...(person === null ? [] : [person]), ...found].map((one) => [one.id, one]));
  const names = [...people.values()].map(({ name }) => name);
  const data = [...people.values()].map(({ id, name }) => ({
    value: id,
    // Two people of one name: the end of the id tells them apart.
    label: names.filter((other) => other === name).length > 1 ? `${name} (${personOf(id)})` : name,
  }));
  return (
    <Select
      label="Person"
      description={description}
      placeholder="Type a name"
      required
      searchable
      // Within the dialog that it is in: outside of it, it would be in no part of the page (axe region).
      comboboxProps={{ withinPortal: false }}
      data={data}
      // The server has looked already, and knows more ways to write a name than this page.
      filter={({ options }) => options}
      value={person?.id ?? null}
      onChange={(id) => onChange(people.get(id ?? '') ?? null)}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={sessions.isFetching ? 'Looking…' : 'Nobody of this name has a recorded session'}
      error={sessions.isError ? sentencesOf(sessions.error).title : error}
    />
  );
};
