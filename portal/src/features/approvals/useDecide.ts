// Deciding on a request: approve with a passkey, or deny. Failures come back as words; nothing is assumed to have happened.
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import type { HoldView } from '../../../../src/portal/contract/holds.ts';
import { approveHoldWithPasskey, approveWithPasskey, ceremonyFault } from '../../api/ceremonies.ts';
import type { Terms } from '../../api/client.ts';
import { keys, useApi } from '../../api/queries.ts';
import { stepsSentence } from '../../lib/grantWords.ts';
import { approvalsMissing, holdWaiting } from '../../lib/holdWords.ts';
import { minutesInWords } from '../../lib/time.ts';

const orSay = async <T>(ceremony: Promise<T>): Promise<T> => {
  try {
    return await ceremony;
  } catch (error) {
    throw ceremonyFault(error, 'Nothing was approved.');
  }
};

const denied = (name: string) =>
  notifications.show({ title: `Denied for ${name}`, message: 'They see your reason.', color: 'gray' });

export const useDecideGrant = (grant: GrantView) => {
  const api = useApi();
  const client = useQueryClient();
  const settled = () => client.invalidateQueries({ queryKey: keys.grants });
  const approve = useMutation({
    mutationFn: (terms: Terms) => orSay(approveWithPasskey(api, grant.id, terms)),
    onSuccess: (approved) =>
      notifications.show(
        approved.state === 'asked'
          ? { title: 'Your approval counts', message: `${approved.title}. ${stepsSentence(approved)}` }
          : {
              title: `Approved for ${approved.holder.name}`,
              message: `${approved.title}, for ${minutesInWords(approved.minutes ?? approved.askedMinutes)}.`,
            },
      ),
    onSettled: settled,
  });
  const deny = useMutation({
    mutationFn: (reason: string) => api.deny(grant.id, reason),
    onSuccess: () => denied(grant.holder.name),
    onSettled: settled,
  });
  return { approve, deny };
};

export const useDecideHold = (hold: HoldView) => {
  const api = useApi();
  const client = useQueryClient();
  const settled = () => client.invalidateQueries({ queryKey: keys.holds });
  const approve = useMutation({
    mutationFn: () => orSay(approveHoldWithPasskey(api, hold.id)),
    onSuccess: (signed) =>
      notifications.show({
        title: approvalsMissing(signed) > 0 ? 'Your signature counts' : `Approved for ${signed.holder.name}`,
        message: approvalsMissing(signed) > 0 ? `${signed.title}. ${holdWaiting(signed)}.` : `${signed.title}, once.`,
      }),
    onSettled: settled,
  });
  const deny = useMutation({
    mutationFn: (reason: string) => api.denyHold(hold.id, reason),
    onSuccess: () => denied(hold.holder.name),
    onSettled: settled,
  });
  return { approve, deny };
};
