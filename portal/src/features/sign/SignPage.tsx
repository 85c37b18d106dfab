// The page on which an admin signs one exact request, asks others to, and waits for them; mostly a pop-up of the console. One
// sentence, the devices, one button; nothing else on the page.
import { Button, Text, Title } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { Navigate, useParams } from 'react-router';
import type { HoldView } from '../../../../src/portal/contract/holds.ts';
import { useHold } from '../../api/queries.ts';
import { ErrorNote } from '../../components/Notes.tsx';
import { Quiet } from '../../components/Quiet.tsx';
import { readySentence } from '../../lib/holdWords.ts';
import { useNow } from '../../lib/now.ts';
import { Closing, Skeletons } from './Closing.tsx';
import { Open } from './Open.tsx';

type Over = Exclude<HoldView['state'], 'waiting' | 'ready'>;

const overWords = (hold: HoldView, state: Over): { title: string; text: string } => {
  switch (state) {
    case 'used':
      return {
        title: 'This request was sent already',
        text: 'It was signed and went through once. To do it again, start again in the console.',
      };
    case 'cancelled':
      return {
        title: 'This request was cancelled',
        text: 'Nothing was sent to the console. To do it after all, start again there.',
      };
    case 'denied':
      return {
        title: 'This request was turned down',
        text: `${hold.denied?.by.name ?? 'An approver'}: “${hold.denied?.reason ?? 'no reason given'}”. Nothing was sent to the console.`,
      };
    case 'expired':
      return { title: 'Too much time has passed', text: 'Nothing was sent to the console. Start again there.' };
  }
};

/** Everything is there: back to where the request waits. */
const Ready = ({ hold }: { hold: HoldView }) => (
  <Quiet title={readySentence(hold)}>
    <div className="sign-done" role="status">
      <IconCircleCheck size={44} stroke={1.6} aria-hidden="true" />
      <Title order={1} ta="center">
        {readySentence(hold)}
      </Title>
    </div>
    <Text ta="center">
      {hold.title}. It goes on in {hold.console.name}.
    </Text>
    {window.opener === null ? (
      <Button component="a" href={hold.console.origin} size="md">
        Continue in {hold.console.name}
      </Button>
    ) : (
      <Button size="md" onClick={() => window.close()}>
        Continue
      </Button>
    )}
  </Quiet>
);

const Unreadable = ({ error, retry }: { error: unknown; retry: () => void }) => (
  <Quiet title="Sign">
    <Title order={1}>This request cannot be shown</Title>
    <ErrorNote error={error} retry={retry} />
    <Text size="sm" c="dimmed">
      A request can only be signed by the person and in the session that made it. Nothing was sent to the console.
    </Text>
  </Quiet>
);

export const SignPage = () => {
  const { id = '' } = useParams();
  const { data: hold, error, refetch } = useHold(id);
  const present = useNow();
  const [signedHere, setSignedHere] = useState(false);
  if (hold === undefined)
    return error === null ? (
      <Quiet title="Sign">
        <Skeletons />
      </Quiet>
    ) : (
      <Unreadable error={error} retry={() => void refetch()} />
    );
  // Approvers meet it among their requests, with what they need to decide.
  if (!hold.mine) return <Navigate to={`/approvals/hold/${hold.id}`} replace />;
  const state = hold.state === 'waiting' && hold.expiresAt <= present ? 'expired' : hold.state;
  if (state === 'waiting')
    return (
      <Quiet title={hold.may.sign ? 'Sign with your passkey' : 'Your request'}>
        <Open hold={hold} onSigned={() => setSignedHere(true)} />
      </Quiet>
    );
  // A signature was the last thing: the pop-up has done its work. The demo's and the console's pages wait for it to close.
  if (state === 'ready')
    return signedHere || hold.approvals.length === 0 ? (
      <Closing title="Signed" sentence="Signed. You can close this window.">
        {hold.title} goes on in {hold.console.name}.
      </Closing>
    ) : (
      <Ready hold={hold} />
    );
  const over = overWords(hold, state);
  return (
    <Quiet title={over.title}>
      <Title order={1}>{over.title}</Title>
      <Text fw={600}>{hold.title}</Text>
      <Text>{over.text}</Text>
      <Button variant="default" onClick={() => window.close()}>
        Close this window
      </Button>
    </Quiet>
  );
};
