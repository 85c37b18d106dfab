// A request that still waits: its own person signs it, asks others for theirs, or waits for them. One thing to do at a time.
import { Button, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { HoldView } from '../../../../src/portal/contract/holds.ts';
import { ceremonyFault, signHoldWithPasskey } from '../../api/ceremonies.ts';
import { keys, useApi } from '../../api/queries.ts';
import { Ceremony } from '../../components/Ceremony.tsx';
import { Countdown, Moment } from '../../components/Moment.tsx';
import { ErrorNote } from '../../components/Notes.tsx';
import { Targets } from '../../components/Targets.tsx';
import { approvalsMissing, holdWaiting } from '../../lib/holdWords.ts';
import { ExactRequest } from '../approvals/HoldDetails.tsx';
import { AskOthers } from './AskOthers.tsx';
import { Needed } from './Needed.tsx';

const useHoldDeeds = (hold: HoldView, onSigned: () => void) => {
  const api = useApi();
  const client = useQueryClient();
  const renew = (next: HoldView) => client.setQueryData([...keys.holds, 'one', hold.id], next);
  const again = () => void client.invalidateQueries({ queryKey: keys.holds });
  const sign = useMutation({
    mutationFn: async () => {
      try {
        return await signHoldWithPasskey(api, hold.id);
      } catch (error) {
        throw ceremonyFault(error, 'Nothing was signed.');
      }
    },
    onSuccess: (next) => {
      onSigned();
      renew(next);
    },
    onError: again,
  });
  const cancel = useMutation({
    mutationFn: () => api.cancelHold(hold.id),
    onSuccess: (next) => {
      renew(next);
      window.close();
    },
    onError: again,
  });
  return { sign, cancel };
};

export const Open = ({ hold, onSigned }: { hold: HoldView; onSigned: () => void }) => {
  const { sign, cancel } = useHoldDeeds(hold, onSigned);
  const others = approvalsMissing(hold);
  const cancelButton = hold.may.cancel ? (
    <Button
      variant="default"
      size="md"
      loading={cancel.isPending}
      disabled={sign.isPending}
      onClick={() => cancel.mutate()}
    >
      Cancel
    </Button>
  ) : undefined;
  return (
    <>
      <Text size="sm" fw={600} c="dimmed">
        {hold.may.sign ? 'Sign with your passkey' : 'Your request'}
      </Text>
      <div>
        <Title order={1} className="sign-title">
          {hold.title}
        </Title>
        <Text mt={4}>
          On {hold.console.name}. {hold.effect}
        </Text>
      </div>
      {hold.targets.length > 1 ? <Targets targets={hold.targets} /> : null}
      {hold.grant === null ? null : (
        <Text size="sm">
          Access from {hold.grant.approver} until <Moment at={hold.grant.until} as="clock" />
        </Text>
      )}
      <Needed hold={hold} />
      {hold.may.sign ? (
        <Ceremony
          error={sign.error ?? cancel.error}
          cancel={cancelButton}
          label={others > 0 ? 'Sign' : 'Sign and continue'}
          busy={sign.isPending}
          blocked={cancel.isPending}
          onConfirm={() => sign.mutate()}
        />
      ) : (
        <>
          {hold.may.ask ? (
            <AskOthers hold={hold} />
          ) : hold.whyNot !== null ? (
            <div className="note note-look" role="status">
              {hold.whyNot}
            </div>
          ) : (
            <div className="note note-look" role="status">
              <div>
                <Text fw={600}>{holdWaiting(hold) ?? 'Waiting'}</Text>
                <Text size="sm">
                  This page turns by itself when they have answered. You may close it; the page in {hold.console.name}{' '}
                  tells you too.
                </Text>
              </div>
            </div>
          )}
          {cancel.isError ? <ErrorNote error={cancel.error} /> : null}
          {cancelButton}
        </>
      )}
      <Text size="sm" c="dimmed" ta="center">
        <Countdown until={hold.expiresAt} /> left {hold.may.sign ? 'to sign' : ''}
      </Text>
      <details className="sign-details">
        <summary>The exact request</summary>
        <ExactRequest hold={hold} />
      </details>
    </>
  );
};
