// A request for access as an approver meets it.
import { Group, Text } from '@mantine/core';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import { Moment } from '../../components/Moment.tsx';
import { StateTone } from '../../components/Tones.tsx';
import {
  grantOutcome,
  narrowedSentence,
  oddities,
  startSentence,
  stepsSentence,
  termsOf,
} from '../../lib/grantWords.ts';
import { useNow } from '../../lib/now.ts';
import { Card } from './Card.tsx';
import { DecideGrant } from './DecideGrant.tsx';
import { GrantDetails } from './GrantDetails.tsx';

/** `alone`: on its own page, where the details stand below. */
export const GrantCard = ({ grant, alone = false }: { grant: GrantView; alone?: boolean }) => {
  const present = useNow();
  const asked = grant.state === 'asked';
  const starts = startSentence(grant, present);
  const several = grant.steps.reduce((sum, step) => sum + step.count, 0) > 1;
  const narrowed = narrowedSentence(grant);
  return (
    <Card
      who={grant.holder.name}
      mine={grant.mine}
      title={grant.title}
      risk={grant.risk}
      effect={grant.effect}
      consoleName={grant.console.name}
      targets={grant.targets}
      reason={grant.reason}
      ticket={grant.ticket}
      terms={
        <>
          <strong>{termsOf(grant)}</strong>
          {' · asked '}
          <Moment at={grant.askedAt} as="relative" />
          {asked ? (
            <>
              {' · answer until '}
              <Moment at={grant.answerUntil} as="clock" />
            </>
          ) : null}
          {starts === null ? null : <div>{starts}</div>}
          {asked && several ? <div>{stepsSentence(grant)}</div> : null}
          {narrowed === null ? null : <div>{narrowed}</div>}
        </>
      }
      notes={asked ? oddities(grant) : []}
      whyNot={asked ? grant.whyNot : null}
      outcome={
        asked ? null : (
          <Group gap="xs">
            <StateTone state={grant.state} />
            <Text size="sm">{grantOutcome(grant)}</Text>
          </Group>
        )
      }
      {...(alone ? {} : { to: `/approvals/${grant.id}`, details: () => <GrantDetails grant={grant} /> })}
    >
      {grant.may.approve || grant.may.deny ? <DecideGrant grant={grant} /> : null}
    </Card>
  );
};
