// Where a recording was: when it was deleted, and by which rule. The requests stay listed, because the index remembers them.
import { Stack, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useRetention } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';

export const DeletedNote = ({ session }: { session: string }) => {
  const { data } = useRetention(session);
  const deleted = data?.deleted ?? null;
  if (deleted === null) return null;
  const { at, why, refused } = deleted;
  return (
    <div className="note note-look" role="note">
      <IconTrash size={20} aria-hidden="true" />
      <Stack gap={4} flex={1} miw={0}>
        <Text fw={600}>
          The recording was deleted, <Moment at={at} as="precise" />
        </Text>
        <Text size="sm">Because {why}. The digests of what was deleted stay in the ledger.</Text>
        {refused.length === 0 ? null : (
          <Text size="sm">The store refused to delete {refused.length} of its chunks.</Text>
        )}
      </Stack>
    </div>
  );
};
