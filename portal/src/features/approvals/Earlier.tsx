// What the same person asked for before, for approvers. Read only when somebody looks.
import { Anchor, Skeleton, Text } from '@mantine/core';
import { Link } from 'react-router';
import { useGrants } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { grantOutcome } from '../../lib/grantWords.ts';
import { useMe } from '../../lib/me.ts';

const SHOWN = 5;

export const Earlier = ({ holder, but }: { holder: { id: string; name: string }; but: string }) => {
  const { may } = useMe();
  const all = useGrants('all', may.approve);
  if (!may.approve || all.isError) return null;
  const grants = (all.data?.pages.flatMap((page) => page.grants) ?? [])
    .filter((grant) => grant.holder.id === holder.id && grant.id !== but)
    .slice(0, SHOWN);
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        Earlier requests of {holder.name}
      </Text>
      {all.isPending ? <Skeleton height={48} /> : null}
      {all.isSuccess && grants.length === 0 ? (
        <Text size="sm" c="dimmed">
          None among the latest.
        </Text>
      ) : null}
      <ul className="earlier">
        {grants.map((grant) => (
          <li key={grant.id}>
            <Anchor component={Link} to={`/approvals/${grant.id}`} size="sm" c="inherit" underline="always">
              {grant.title}
            </Anchor>
            <Text size="sm" c="dimmed">
              {grantOutcome(grant)} <Moment at={grant.askedAt} as="relative" />
            </Text>
          </li>
        ))}
      </ul>
    </div>
  );
};
