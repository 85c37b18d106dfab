// What a holder (or an approver) may do with a grant now, as the server said: withdraw it, end it.
import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import { keys, useApi } from '../../api/queries.ts';
import { ErrorNote } from '../../components/Notes.tsx';

export const GrantActions = ({ grant, children }: { grant: GrantView; children?: ReactNode }) => {
  const api = useApi();
  const client = useQueryClient();
  const settled = () => client.invalidateQueries({ queryKey: keys.grants });
  const withdraw = useMutation({
    mutationFn: () => api.withdraw(grant.id),
    onSuccess: () => notifications.show({ message: 'The request is withdrawn.' }),
    onSettled: settled,
  });
  const end = useMutation({
    mutationFn: () => api.end(grant.id),
    onSuccess: () => notifications.show({ message: 'The access has ended.' }),
    onSettled: settled,
  });
  const error = withdraw.error ?? end.error;
  if (!grant.may.withdraw && !grant.may.end && children === undefined && error === null) return null;
  return (
    <div>
      {error === null ? null : <ErrorNote error={error} />}
      <Group gap="sm">
        {children}
        {grant.may.withdraw ? (
          <Button variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
            Withdraw
          </Button>
        ) : null}
        {grant.may.end ? (
          <Button variant="default" loading={end.isPending} onClick={() => end.mutate()}>
            End now
          </Button>
        ) : null}
      </Group>
    </div>
  );
};
