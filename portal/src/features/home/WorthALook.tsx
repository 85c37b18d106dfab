// For auditors: not a log, but the sessions with grave acts or refusals, the latest first.
import { Anchor, Paper, Text } from '@mantine/core';
import { IconEyeCheck } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useSessions } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Section } from '../../components/Page.tsx';
import { RowLink } from '../../components/RowLink.tsx';
import { plural } from '../../lib/plural.ts';
import { Highlights } from '../sessions/Highlights.tsx';

const SHOWN = 6;

export const WorthALook = () => {
  const grave = useSessions({ risk: 'destructive' });
  const refused = useSessions({ verdict: 'refuse' });
  const found = [...(grave.data?.pages[0]?.sessions ?? []), ...(refused.data?.pages[0]?.sessions ?? [])];
  const rows = [...new Map(found.map((row) => [row.id, row])).values()]
    .sort((a, b) => b.lastAt - a.lastAt)
    .slice(0, SHOWN);
  const pending = grave.isPending || refused.isPending;
  const error = grave.error ?? refused.error;
  return (
    <Section
      title="Worth a look"
      aside={
        <Anchor component={Link} to="/sessions" size="sm">
          All sessions
        </Anchor>
      }
    >
      {pending && rows.length === 0 ? <LoadingCards count={1} height={160} /> : null}
      {error !== null && rows.length === 0 ? (
        <ErrorNote
          error={error}
          retry={() => {
            void grave.refetch();
            void refused.refetch();
          }}
        />
      ) : null}
      {!pending && error === null && rows.length === 0 ? (
        <Nothing icon={<IconEyeCheck />} title="Nothing stands out">
          Sessions with destructive acts or refusals appear here. Every session is in the list.
        </Nothing>
      ) : null}
      {rows.length > 0 ? (
        <Paper>
          <ul className="rows">
            {rows.map((row) => (
              <RowLink
                key={row.id}
                to={`/sessions/${row.id}`}
                title={
                  <>
                    {row.person.name}
                    <Text size="sm" c="dimmed" component="span" fw={400}>
                      {' '}
                      · <Moment at={row.lastAt} as="relative" /> · {plural(row.acts, 'act')},{' '}
                      {plural(row.refusals, 'refusal')}
                    </Text>
                  </>
                }
              >
                <Highlights of={row} />
              </RowLink>
            ))}
          </ul>
        </Paper>
      ) : null}
    </Section>
  );
};
