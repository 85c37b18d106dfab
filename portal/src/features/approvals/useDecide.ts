// Deciding on a request: approve with a passkey, or deny. Failures come back as words; nothing is assumed to have happened.
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import { approveWithPasskey, ceremonyFault } from '../../api/ceremonies.ts';
import type { Terms } from '../../api/client.ts';
import { keys, useApi } from '../../api/queries.ts';
import { minutesInWords } from '../../lib/time.ts';

export const useDecide = (grant: GrantView) => {
  const api = useApi();
  const client = useQueryClient();
  const settled = () => client.invalidateQueries({ queryKey: keys.grants });
  const approve = useMutation({
    mutationFn: async (terms: Terms) => {
      try {
        return await approveWithPasskey(api, grant.id, terms);
      } catch (error) {
        throw ceremonyFault(error, 'Nothing was approved.');
      }
    },
    onSuccess: (approved) =>
      notifications.show({
        title: `Approved for ${approved.holder.name}`,
        message: `${approved.title}, for ${minutesInWords(approved.minutes ?? approved.askedMinutes)}.`,
      }),
    onSettled: settled,
  });
  const deny = useMutation({
    mutationFn: (reason: string) => api.deny(grant.id, reason),
    onSuccess: (denied) =>
      notifications.show({
        title: `Denied for ${denied.holder.name}`,
        message: 'They see your reason.',
        color: 'gray',
      }),
    onSettled: settled,
  });
  return { approve, deny };
};
