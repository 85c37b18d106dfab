// Before somebody asks: who will be asked, or that a rule answers at once.
import { Skeleton, Text } from '@mantine/core';
import { IconBolt, IconUsers } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { AskRule } from '../../../../src/portal/contract/grants.ts';
import { ErrorNote } from '../../components/Notes.tsx';
import { minutesInWords } from '../../lib/time.ts';

export const Whom = ({ read, asked }: { read: UseQueryResult<AskRule>; asked: boolean }) => {
  if (!asked) return null;
  if (read.isError) return <ErrorNote error={read.error} />;
  if (read.data === undefined) return <Skeleton height={44} />;
  const { automatic, whom, rule, longest } = read.data;
  return (
    <div className={automatic ? 'note note-good ask-whom' : 'note ask-whom'} aria-live="polite">
      {automatic ? <IconBolt size={18} aria-hidden="true" /> : <IconUsers size={18} aria-hidden="true" />}
      <Text size="sm">
        {automatic ? (
          <>
            A rule approves this for you at once; nobody is asked. Everybody can see that later (rule{' '}
            <span className="mono">{rule}</span>).
          </>
        ) : (
          <>
            Goes to <strong>{whom}</strong>. At most {minutesInWords(longest)} (rule{' '}
            <span className="mono">{rule}</span>).
          </>
        )}
      </Text>
    </div>
  );
};
