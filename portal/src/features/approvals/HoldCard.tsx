// One exact request as an approver meets it: the signature is over this very request, once.
import { Text } from '@mantine/core';
import type { HoldView } from '../../../../src/portal/contract/holds.ts';
import { Moment } from '../../components/Moment.tsx';
import { approvalsSentence, holdNotes, holdOutcome } from '../../lib/holdWords.ts';
import { useNow } from '../../lib/now.ts';
import { Answer } from './Answer.tsx';
import { Card } from './Card.tsx';
import { HoldDetails } from './HoldDetails.tsx';
import { useDecideHold } from './useDecide.ts';

const Decide = ({ hold }: { hold: HoldView }) => {
  const { approve, deny } = useDecideHold(hold);
  return (
    <Answer
      may={{ approve: hold.may.approve, deny: hold.may.deny }}
      approve={approve}
      onApprove={() => approve.mutate()}
      deny={deny}
    />
  );
};

export const HoldCard = ({ hold, alone = false }: { hold: HoldView; alone?: boolean }) => {
  const present = useNow();
  const open = (hold.state === 'waiting' || hold.state === 'ready') && hold.expiresAt > present;
  const over = hold.state === 'waiting' && !open ? 'Too much time passed. Nothing was sent.' : holdOutcome(hold);
  return (
    <Card
      who={hold.holder.name}
      mine={hold.mine}
      title={hold.title}
      risk={hold.risk}
      effect={hold.effect}
      consoleName={hold.console.name}
      targets={hold.targets}
      reason={hold.asked?.reason ?? null}
      ticket={hold.asked?.ticket ?? ''}
      terms={
        <>
          <strong>Exactly this request, once</strong>
          {' · asked '}
          <Moment at={hold.asked?.at ?? hold.createdAt} as="relative" />
          {open ? (
            <>
              {' · answer until '}
              <Moment at={hold.expiresAt} as="clock" />
            </>
          ) : null}
          <div>{approvalsSentence(hold)}</div>
        </>
      }
      notes={open ? holdNotes(hold) : []}
      whyNot={open ? hold.whyNot : null}
      outcome={open && hold.state === 'waiting' ? null : <Text size="sm">{over}</Text>}
      {...(alone ? {} : { to: `/approvals/hold/${hold.id}`, details: () => <HoldDetails hold={hold} /> })}
    >
      {open && (hold.may.approve || hold.may.deny) ? <Decide hold={hold} /> : null}
    </Card>
  );
};
