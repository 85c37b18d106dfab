// Everything that waits for this approver, of both kinds, from two questions. One that fails does not hide the other.
import { useGrants, useHolds } from '../../api/queries.ts';
import { inboxOf, type Waiting } from '../../lib/inbox.ts';

export const useInbox = (enabled = true) => {
  const grants = useGrants('inbox', enabled);
  const holds = useHolds('inbox', enabled);
  const list: Waiting[] = inboxOf(grants.data?.pages.flatMap((page) => page.grants) ?? [], holds.data ?? []);
  const retry = () => {
    void grants.refetch();
    void holds.refetch();
  };
  return {
    list,
    grants,
    holds,
    retry,
    loading: enabled && ((grants.isPending && !grants.isError) || (holds.isPending && !holds.isError)),
    error: grants.error ?? holds.error,
  };
};
