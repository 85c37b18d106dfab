// One request with everything known about it. Also what a link in a message opens.
import { Anchor, Paper } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { Link, useParams } from 'react-router';
import { useGrant } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards } from '../../components/Notes.tsx';
import { Page, Section } from '../../components/Page.tsx';
import { Targets } from '../../components/Targets.tsx';
import { useMe } from '../../lib/me.ts';
import { minutesInWords } from '../../lib/time.ts';
import { plural } from '../../lib/words.ts';
import { GrantActions } from '../access/GrantActions.tsx';
import { RequestCard } from './RequestCard.tsx';

export const RequestPage = () => {
  const { id = '' } = useParams();
  const { may } = useMe();
  const read = useGrant(id);
  const grant = read.data;
  const [where, words] = may.approve ? ['/approvals', 'Approvals'] : may.ask ? ['/access', 'My access'] : ['/', 'Home'];
  const back = (
    <Anchor component={Link} to={where} size="sm" className="back">
      <IconArrowLeft size={16} aria-hidden="true" /> {words}
    </Anchor>
  );
  if (grant === undefined)
    return (
      <Page title="Request" back={back}>
        {read.isError ? (
          <ErrorNote error={read.error} retry={() => void read.refetch()} />
        ) : (
          <LoadingCards count={1} height={300} />
        )}
      </Page>
    );
  return (
    <Page title={grant.mine ? 'Your request' : `Request of ${grant.holder.name}`} back={back}>
      <RequestCard grant={grant} linked={false} />
      <GrantActions grant={grant} />
      <Section title="In full">
        <Paper p="lg">
          <dl className="pairs">
            <dt>Devices</dt>
            <dd>
              <Targets targets={grant.targets} />
            </dd>
            <dt>Action</dt>
            <dd className="mono">{grant.action}</dd>
            <dt>Asked</dt>
            <dd>
              <Moment at={grant.askedAt} /> for {minutesInWords(grant.askedMinutes)}, {plural(grant.askedUses, 'use')}
            </dd>
            {grant.decidedAt === null ? null : (
              <>
                <dt>Decided</dt>
                <dd>
                  <Moment at={grant.decidedAt} /> by {grant.decidedBy?.name ?? 'somebody'}
                </dd>
              </>
            )}
            {grant.minutes === null || grant.uses === null ? null : (
              <>
                <dt>Approved terms</dt>
                <dd>
                  {minutesInWords(grant.minutes)}, {plural(grant.uses, 'use')}
                  {grant.usesLeft === null ? '' : ` (${grant.usesLeft} left)`}
                </dd>
              </>
            )}
            {grant.activeUntil === null ? null : (
              <>
                <dt>Until</dt>
                <dd>
                  <Moment at={grant.activeUntil} />
                </dd>
              </>
            )}
            {grant.endedAt === null ? null : (
              <>
                <dt>Ended</dt>
                <dd>
                  <Moment at={grant.endedAt} />
                </dd>
              </>
            )}
            <dt>Request id</dt>
            <dd className="mono">{grant.id}</dd>
          </dl>
        </Paper>
      </Section>
    </Page>
  );
};
