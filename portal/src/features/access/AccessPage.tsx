// A person's own access: what is active and how long, what waits, what is over; and the way to ask.
import { Anchor, Button, Group, Paper, Text } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import { useGrants } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Page, Section } from '../../components/Page.tsx';
import { StateTone } from '../../components/Tones.tsx';
import { grantOutcome, stepsSentence } from '../../lib/grantWords.ts';
import { Active } from './Active.tsx';
import { AskDialog } from './AskDialog.tsx';
import { GrantActions } from './GrantActions.tsx';
import { GrantHeading } from './GrantHeading.tsx';
import { MyHolds, useMyHolds } from './MyHolds.tsx';
import './access.css';

const Asked = ({ grant }: { grant: GrantView }) => (
  <Paper component="article" p="lg" aria-label={grant.title}>
    <Group justify="space-between" gap="md">
      <GrantHeading grant={grant}>
        <Text size="sm" mt={6}>
          {stepsSentence(grant)} Asked <Moment at={grant.askedAt} as="relative" />, answer until{' '}
          <Moment at={grant.answerUntil} as="clock" />.
        </Text>
      </GrantHeading>
      <GrantActions grant={grant}>
        <StateTone state="asked" />
      </GrantActions>
    </Group>
  </Paper>
);

const Over = ({ grants, onAgain }: { grants: readonly GrantView[]; onAgain: (grant: GrantView) => void }) => (
  <Paper>
    <ul className="rows">
      {grants.map((grant) => (
        <li key={grant.id} className="access-over">
          <div className="access-what">
            <Anchor component={Link} to={`/approvals/${grant.id}`} c="inherit" fw={600}>
              {grant.title}
            </Anchor>
            <Text size="sm" c="dimmed">
              {grantOutcome(grant)} <Moment at={grant.endedAt ?? grant.decidedAt ?? grant.askedAt} as="relative" />
            </Text>
          </div>
          <Group gap="sm" wrap="nowrap">
            <StateTone state={grant.state} />
            <Button variant="default" size="xs" onClick={() => onAgain(grant)} aria-label={`Ask again: ${grant.title}`}>
              Ask again
            </Button>
          </Group>
        </li>
      ))}
    </ul>
  </Paper>
);

export const AccessPage = () => {
  const mine = useGrants('mine');
  const [parameters, setParameters] = useSearchParams();
  const [again, setAgain] = useState<GrantView | null>(null);
  const asking = parameters.has('ask');
  const ask = (from: GrantView | null) => {
    setAgain(from);
    setParameters({ ask: '' });
  };
  const holds = useMyHolds();
  const grants = mine.data?.pages.flatMap((page) => page.grants) ?? [];
  const active = grants.filter((grant) => grant.state === 'active');
  const asked = grants.filter((grant) => grant.state === 'asked');
  const over = grants.filter((grant) => grant.state !== 'active' && grant.state !== 'asked');
  const askButton = (
    <Button leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => ask(null)}>
      Ask for access
    </Button>
  );
  return (
    <Page
      title="My access"
      lead="For dangerous acts you get access for a while, after somebody else approved it. It ends by itself."
      action={grants.length > 0 ? askButton : undefined}
    >
      {mine.isPending ? <LoadingCards /> : null}
      {mine.isError ? <ErrorNote error={mine.error} retry={() => void mine.refetch()} /> : null}
      {mine.data !== undefined && grants.length === 0 && holds.length === 0 ? (
        <Nothing icon={<IconKey />} title="You have not asked for access yet" action={askButton}>
          Work in the console as usual. When it stops something, you can ask there, filled in. Or ask ahead here.
        </Nothing>
      ) : null}
      {active.length > 0 ? (
        <Section title="Active">
          {active.map((grant) => (
            <Active key={grant.id} grant={grant} />
          ))}
        </Section>
      ) : null}
      <MyHolds holds={holds} />
      {asked.length > 0 ? (
        <Section title="Waiting">
          {asked.map((grant) => (
            <Asked key={grant.id} grant={grant} />
          ))}
        </Section>
      ) : null}
      {over.length > 0 ? (
        <Section title="Over">
          <Over grants={over} onAgain={ask} />
        </Section>
      ) : null}
      {mine.hasNextPage ? (
        <Button variant="default" loading={mine.isFetchingNextPage} onClick={() => void mine.fetchNextPage()}>
          Show older
        </Button>
      ) : null}
      <AskDialog key={again?.id ?? 'new'} opened={asking} from={again} onClose={() => setParameters({})} />
    </Page>
  );
};
