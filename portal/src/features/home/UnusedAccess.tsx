// For auditors: access of the last weeks that nobody used. It could be asked for less, or not at all.
import { Anchor, Paper, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useReview } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { Section } from '../../components/Page.tsx';
import { RowLink } from '../../components/RowLink.tsx';
import { UnusedTone } from '../../components/Tones.tsx';
import { now } from '../../lib/now.ts';
import { dayText, midnight } from '../../lib/period.ts';
import { plural } from '../../lib/plural.ts';

const DAYS = 30;
const SHOWN = 4;

export const UnusedAccess = () => {
  const [opened] = useState(now);
  const review = useReview({
    from: midnight(dayText(opened - DAYS * 86_400_000)) ?? '',
    to: midnight(dayText(opened), 1) ?? '',
  });
  const rows = (review.data?.pages[0]?.rows ?? []).filter((row) => row.unused);
  const total = review.data?.pages[0]?.sums.unused ?? 0;
  // Quiet when there is nothing to say; what is wrong with the question is said on its own page.
  if (total === 0) return null;
  return (
    <Section
      title="Access that nobody used"
      aside={
        <Anchor component={Link} to="/review" size="sm">
          Access review
        </Anchor>
      }
    >
      <Text size="sm" c="dimmed">
        {plural(total, 'time')} in the last {DAYS} days.
      </Text>
      <Paper>
        <ul className="rows">
          {rows.slice(0, SHOWN).map((row) => (
            <RowLink
              key={row.grant}
              to={`/approvals/${row.grant}`}
              title={`${row.holder.name}: ${row.title}`}
              tone={<UnusedTone />}
            >
              <Text size="sm" c="dimmed" component="span">
                {row.console.name} · asked <Moment at={row.askedAt} as="relative" />
              </Text>
            </RowLink>
          ))}
        </ul>
      </Paper>
    </Section>
  );
};
