// What a grant is for, where, and what became of it; the title leads to all that is known of it.
import { Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import { grantOutcome, narrowedSentence } from '../../lib/grantWords.ts';

export const GrantHeading = ({ grant, children }: { grant: GrantView; children?: ReactNode }) => {
  const narrowed = narrowedSentence(grant);
  return (
    <div className="access-what">
      <Title order={3}>
        <Link to={`/approvals/${grant.id}`} className="plain-link">
          {grant.title}
        </Link>
      </Title>
      <Text size="sm" c="dimmed">
        {grant.console.name} · {grantOutcome(grant)}
      </Text>
      {children}
      {narrowed === null ? null : (
        <Text size="sm" mt={4}>
          {narrowed}
        </Text>
      )}
    </div>
  );
};
