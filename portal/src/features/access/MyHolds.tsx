// A person's own exact requests that wait for signatures: what is missing, and the page that goes on with each.
import { Button, Paper, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { HoldView } from '../../../../src/portal/contract/holds.ts';
import { useHolds } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { Section } from '../../components/Page.tsx';
import { holdOutcome } from '../../lib/holdWords.ts';
import { useNow } from '../../lib/now.ts';

export const useMyHolds = (): HoldView[] => {
  const mine = useHolds('mine');
  const present = useNow();
  return (mine.data ?? []).filter(
    (hold) => (hold.state === 'waiting' || hold.state === 'ready') && hold.expiresAt > present,
  );
};

export const MyHolds = ({ holds }: { holds: readonly HoldView[] }) =>
  holds.length === 0 ? null : (
    <Section title="Requests that wait for signatures">
      <Paper>
        <ul className="rows">
          {holds.map((hold) => (
            <li key={hold.id} className="access-over">
              <div className="access-what">
                <Text fw={600}>{hold.title}</Text>
                <Text size="sm" c="dimmed">
                  {hold.console.name} · {holdOutcome(hold)} Until <Moment at={hold.expiresAt} as="clock" />
                </Text>
              </div>
              <Button
                component={Link}
                to={`/sign/${hold.id}`}
                variant="default"
                size="xs"
                aria-label={`Open: ${hold.title}`}
              >
                Open
              </Button>
            </li>
          ))}
        </ul>
      </Paper>
    </Section>
  );
