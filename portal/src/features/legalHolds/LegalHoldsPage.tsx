// What keeps recordings from being deleted: what, since when, by whom, why, and how far its end is. `?session=` opens the form for
// one session, `?set` an empty one.
import { Anchor, Button, Paper, Text } from '@mantine/core';
import { IconArrowLeft, IconPlus, IconScale } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { LegalHoldView } from '../../../../src/portal/contract/evidence.ts';
import { useLegalHolds } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { keptTitle } from '../../lib/legalHoldWords.ts';
import { useMe } from '../../lib/me.ts';
import { LookNote } from '../sessions/LookNote.tsx';
import { KeepDialog } from './KeepDialog.tsx';
import { ReleaseDialog } from './ReleaseDialog.tsx';
import './legalHolds.css';

const Row = ({ hold, title, onEnd }: { hold: LegalHoldView; title: string; onEnd: () => void }) => {
  const { match, release } = hold;
  const word = release === null ? 'End' : 'Agree to its end';
  return (
    <li className="legal-hold">
      <div className="legal-hold-text">
        <strong>{title}</strong>
        {match.kind === 'session' ? (
          <Anchor component={Link} to={`/sessions/${match.id}`} size="sm" className="mono">
            {match.id}
          </Anchor>
        ) : null}
        {match.kind === 'person' ? <span className="mono dimmed">{match.id}</span> : null}
        <Text size="sm">“{hold.reason}”</Text>
        <Text size="sm" c="dimmed">
          Set by {hold.by.name} <Moment at={hold.since} as="relative" />
        </Text>
        {release === null ? null : (
          <Text size="sm" className="legal-hold-end">
            {release.by.name} agreed to its end <Moment at={release.at} as="relative" />: “{release.reason}”.{' '}
            {hold.may.release ? 'One more person must agree.' : 'Somebody else must agree, too.'}
          </Text>
        )}
      </div>
      {hold.may.release ? (
        <Button variant="default" size="xs" onClick={onEnd} aria-label={`${word}: ${title}`}>
          {word}
        </Button>
      ) : null}
    </li>
  );
};

export default function LegalHoldsPage() {
  const { consoles } = useMe();
  const [parameters, setParameters] = useSearchParams();
  const [ending, setEnding] = useState<string | null>(null);
  const { data: holds, isPending, isError, error, refetch } = useLegalHolds();
  const session = parameters.get('session');
  const people = new Map((holds ?? []).map(({ by }) => [by.id, by.name]));
  const titleOf = (hold: LegalHoldView) => keptTitle(hold.match, consoles, people);
  const ended = holds?.find(({ id }) => id === ending);
  const set = (
    <Button leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => setParameters({ set: '' })}>
      Set a legal hold
    </Button>
  );
  return (
    <Page
      title="Legal holds"
      lead="What keeps recordings from being deleted, whatever the rules of retention say. Two people end one."
      back={
        <Anchor component={Link} to="/sessions" size="sm" className="back">
          <IconArrowLeft size={16} aria-hidden="true" /> Sessions
        </Anchor>
      }
      action={holds !== undefined && holds.length > 0 ? set : undefined}
    >
      {isPending ? <LoadingCards count={1} height={200} /> : null}
      {isError ? <LookNote error={error} retry={() => void refetch()} /> : null}
      {holds !== undefined && holds.length === 0 ? (
        <Nothing icon={<IconScale />} title="No legal hold" action={set}>
          Recordings are deleted when the rules of retention say so. A legal hold keeps those of a session, a person, a
          console, or all of them, and stands here until two people end it.
        </Nothing>
      ) : null}
      {holds !== undefined && holds.length > 0 ? (
        <Paper>
          <ul className="rows" aria-label="Legal holds">
            {[...holds]
              .sort((a, b) => b.since - a.since)
              .map((hold) => (
                <Row key={hold.id} hold={hold} title={titleOf(hold)} onEnd={() => setEnding(hold.id)} />
              ))}
          </ul>
        </Paper>
      ) : null}
      {session !== null || parameters.has('set') ? (
        <KeepDialog session={session} onClose={() => setParameters({}, { replace: true })} />
      ) : null}
      {ended === undefined ? null : (
        <ReleaseDialog hold={ended} title={titleOf(ended)} onClose={() => setEnding(null)} />
      )}
    </Page>
  );
}
