// On a session: whether a legal hold keeps its recording, and the way to set one.
import { Button } from '@mantine/core';
import { IconScale } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { SessionRow } from '../../../../src/portal/contract/sessions.ts';
import { useLegalHolds } from '../../api/queries.ts';
import { keepsSession } from '../../lib/legalHoldWords.ts';

/** Nothing while it is not known: those who may look at one session need not be told of all legal holds. */
export const KeepLink = ({ session }: { session: SessionRow }) => {
  const holds = useLegalHolds();
  if (holds.data === undefined) return null;
  const kept = holds.data.some((hold) => keepsSession(hold, session));
  return (
    <Button
      component={Link}
      to={kept ? '/legal-holds' : `/legal-holds?session=${encodeURIComponent(session.id)}`}
      variant="default"
      size="xs"
      leftSection={<IconScale size={16} aria-hidden="true" />}
    >
      {kept ? 'Kept by a legal hold' : 'Keep this (legal hold)'}
    </Button>
  );
};
