// Why a look at recordings is not shown, with the way on: a reason that has to be given, access that has to be asked for, an
// index that is being rebuilt. Everything else is an error like any other.
import { Button, Loader, Text } from '@mantine/core';

import { useEffect, useState } from 'react';
import { reasonOf, sentencesOf } from '../../api/problems.ts';
import { ErrorNote } from '../../components/Notes.tsx';
import { AskToLook } from './AskToLook.tsx';
import { ReasonDialog } from './ReasonDialog.tsx';

type Props = { error: unknown; retry: () => void; session?: string };

const AGAIN = 2_000;

const Rebuilding = ({ error, retry }: Props) => {
  const { title, next } = sentencesOf(error);
  // The page that asks is what waits: each answer starts the next wait.
  useEffect(() => {
    const timer = window.setTimeout(retry, AGAIN);
    return () => window.clearTimeout(timer);
  });
  return (
    <div role="status" className="note">
      <Loader size="sm" aria-hidden="true" />
      <div>
        <Text fw={600}>{title}</Text>
        <Text size="sm">{next} This page goes on by itself.</Text>
      </div>
    </div>
  );
};

export const LookNote = ({ error, retry, session }: Props) => {
  const [asking, setAsking] = useState(false);
  const reason = reasonOf(error);
  if (reason === 'index.rebuilding') return <Rebuilding error={error} retry={retry} />;
  if (reason === 'view.reason' && session !== undefined) return <ReasonDialog session={session} onGiven={retry} />;
  if (reason === 'grant.required')
    return (
      <>
        <ErrorNote error={error} retry={retry}>
          <Button size="xs" onClick={() => setAsking(true)}>
            Ask for access
          </Button>
        </ErrorNote>
        {asking ? <AskToLook session={session ?? null} onClose={() => setAsking(false)} /> : null}
      </>
    );
  return <ErrorNote error={error} retry={retry} />;
};
