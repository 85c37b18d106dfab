// What the search box understands, with examples that can be tried.
import { Paper, Text, UnstyledButton } from '@mantine/core';

const EXAMPLES: readonly (readonly [text: string, says: string])[] = [
  ['verdict:refused after:7d', 'What was refused in the last seven days'],
  ['action:device.wipe', 'Every wipe, and every try'],
  ['risk:destructive person:ada', 'What cannot be undone, by one person'],
  ['device:"iPad of Marie"', 'Everything done to a device, by its name or id'],
  ['screen:"recovery key"', 'Pages that showed these words'],
  ['reason:grant.required on:2026-11-01', 'Refusals for one reason, on one day'],
];

export const Help = ({ onTry, open }: { onTry: (text: string) => void; open: boolean }) => (
  <Paper component="section" p="lg" aria-label="How to search">
    <details open={open} className="search-help">
      <summary>How to search</summary>
      <Text size="sm" mt="sm">
        Write words, or a field and what it should be. Everything you write must be true; the same field twice means
        either. Put words that belong together in quotation marks, and a minus before a word that must not be there.
      </Text>
      <Text size="sm" mt="xs">
        Fields:{' '}
        <span className="mono">person: console: action: device: target: verdict: risk: reason: screen: session:</span>{' '}
        and, for time, <span className="mono">after: before: on:</span>
      </Text>
      <ul className="search-examples">
        {EXAMPLES.map(([text, says]) => (
          <li key={text}>
            <UnstyledButton className="search-example" onClick={() => onTry(text)}>
              <span className="mono">{text}</span>
              <Text size="sm" c="dimmed" component="span">
                {says}
              </Text>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <Text size="sm" c="dimmed">
        Reads that were allowed are not searched; they stand in the session. Searches are written into the journal.
      </Text>
    </details>
  </Paper>
);
