// One box for everything: words, and fields with suggestions. Nothing is searched while somebody types; Enter does.
import { ActionIcon, Button, Combobox, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch, IconX } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useSuggestions } from '../../api/queries.ts';
import { consoleName, useMe } from '../../lib/me.ts';
import { askable, completed, fixedSuggestions, typingAt } from './completion.ts';

type Props = { asked: string; onSearch: (text: string) => void };

export const SearchBox = ({ asked, onSearch }: Props) => {
  const { consoles } = useMe();
  const [text, setText] = useState(asked);
  const [cursor, setCursor] = useState(asked.length);
  const input = useRef<HTMLInputElement>(null);
  const box = useCombobox({ onDropdownClose: () => box.resetSelectedOption() });
  const typing = typingAt(text, cursor);
  const [later] = useDebouncedValue(`${askable(typing.field) ?? ''}:${typing.typed}`, 250);
  const split = later.indexOf(':');
  const suggested = useSuggestions(later.slice(0, split), later.slice(split + 1), box.dropdownOpened);
  const known = askable(typing.field) === null ? [] : (suggested.data?.suggestions ?? []);
  const options = [...fixedSuggestions(typing).map((value) => ({ value, says: null })), ...known].filter(
    ({ value }) => value.toLowerCase() !== typing.typed.toLowerCase(),
  );

  const take = (value: string): void => {
    const next = completed(text, typing, value);
    setText(next.text);
    setCursor(next.cursor);
    box.resetSelectedOption();
    if (!value.endsWith(':')) box.closeDropdown();
    window.requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(next.cursor, next.cursor);
    });
  };
  const search = (value: string): void => {
    box.closeDropdown();
    onSearch(value.trim());
  };

  return (
    <search>
      <form
        className="search-form"
        onSubmit={(event) => {
          event.preventDefault();
          search(text);
        }}
      >
        <Combobox store={box} onOptionSubmit={take} withinPortal={false}>
          <Combobox.Target withKeyboardNavigation withAriaAttributes withExpandedAttribute>
            <TextInput
              ref={input}
              className="search-input"
              size="md"
              aria-label="Search"
              placeholder="person:ada action:device.wipe lost taxi"
              maxLength={500}
              autoComplete="off"
              spellCheck={false}
              leftSection={<IconSearch size={18} aria-hidden="true" />}
              rightSection={
                text === '' ? null : (
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label="Clear the search"
                    onClick={() => {
                      setText('');
                      search('');
                      input.current?.focus();
                    }}
                  >
                    <IconX size={16} aria-hidden="true" />
                  </ActionIcon>
                )
              }
              value={text}
              onChange={(event) => {
                setText(event.currentTarget.value);
                setCursor(event.currentTarget.selectionStart ?? event.currentTarget.value.length);
                box.resetSelectedOption();
                box.openDropdown();
              }}
              onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
              onBlur={() => box.closeDropdown()}
            />
          </Combobox.Target>
          <Combobox.Dropdown hidden={options.length === 0}>
            <Combobox.Options aria-label="Suggestions">
              {options.map(({ value, says }) => (
                <Combobox.Option key={`${value}${says ?? ''}`} value={value}>
                  <span className={value.endsWith(':') ? 'mono' : undefined}>{value}</span>
                  {says === null && typing.field !== 'console' ? null : (
                    <span className="search-says"> {says ?? consoleName(consoles, value)}</span>
                  )}
                </Combobox.Option>
              ))}
            </Combobox.Options>
          </Combobox.Dropdown>
        </Combobox>
        <Button type="submit" size="md">
          Search
        </Button>
      </form>
    </search>
  );
};
