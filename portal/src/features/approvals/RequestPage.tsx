// One request with everything known about it: for access, or an exact one that waits for signatures. Links in messages open it.
import { Anchor, Button, Paper } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { useGrant, useHold } from '../../api/queries.ts';
import { ErrorNote, LoadingCards } from '../../components/Notes.tsx';
import { Page, Section } from '../../components/Page.tsx';
import { useMe } from '../../lib/me.ts';
import { GrantActions } from '../access/GrantActions.tsx';
import { EvidenceButton } from '../evidence/EvidenceButton.tsx';
import type { About } from '../evidence/evidenceWords.ts';
import { GrantCard } from './GrantCard.tsx';
import { GrantDetails } from './GrantDetails.tsx';
import { HoldCard } from './HoldCard.tsx';
import { HoldDetails } from './HoldDetails.tsx';

const Back = () => {
  const { may } = useMe();
  const [where, words] = may.approve ? ['/approvals', 'Approvals'] : may.ask ? ['/access', 'My access'] : ['/', 'Home'];
  return (
    <Anchor component={Link} to={where} size="sm" className="back">
      <IconArrowLeft size={16} aria-hidden="true" /> {words}
    </Anchor>
  );
};

const NotYet = ({ error, retry }: { error: unknown; retry: () => void }) => (
  <Page title="Request" back={<Back />}>
    {error === null ? <LoadingCards count={1} height={300} /> : <ErrorNote error={error} retry={retry} />}
  </Page>
);

const InFull = ({ about, children }: { about: About; children: ReactNode }) => (
  <Section title="In full" aside={<EvidenceButton about={about} />}>
    <Paper p="lg">{children}</Paper>
  </Section>
);

const titleOf = (request: { mine: boolean; holder: { name: string } }): string =>
  request.mine ? 'Your request' : `Request of ${request.holder.name}`;

export const RequestPage = () => {
  const { id = '' } = useParams();
  const { data: grant, error, refetch } = useGrant(id);
  if (grant === undefined) return <NotYet error={error} retry={() => void refetch()} />;
  return (
    <Page title={titleOf(grant)} quietTitle back={<Back />}>
      <GrantCard grant={grant} alone />
      <GrantActions grant={grant} />
      <InFull about={{ kind: 'grant', id: grant.id }}>
        <GrantDetails grant={grant} />
      </InFull>
    </Page>
  );
};

export const HoldPage = () => {
  const { id = '' } = useParams();
  const { data: hold, error, refetch } = useHold(id);
  if (hold === undefined) return <NotYet error={error} retry={() => void refetch()} />;
  const unfinished = hold.mine && (hold.may.sign || hold.may.ask || hold.may.cancel);
  return (
    <Page title={titleOf(hold)} quietTitle back={<Back />}>
      <HoldCard hold={hold} alone />
      {unfinished ? (
        <div>
          <Button component={Link} to={`/sign/${hold.id}`}>
            Open your request
          </Button>
        </div>
      ) : null}
      <InFull about={{ kind: 'hold', id: hold.id }}>
        <HoldDetails hold={hold} />
      </InFull>
    </Page>
  );
};
