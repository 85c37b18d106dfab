// Answering a request for access: as asked, narrowed, or not at all. What the passkey signs is what stands here.
import { Button, Text } from '@mantine/core';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { useState } from 'react';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import type { Terms } from '../../api/client.ts';
import { plural } from '../../lib/plural.ts';
import { countOf, keyOf } from '../../lib/targets.ts';
import { minutesInWords } from '../../lib/time.ts';
import { Answer } from './Answer.tsx';
import { Narrow, type Narrowed } from './Narrow.tsx';
import { useDecideGrant } from './useDecide.ts';

const inWords = (minutes: number, uses: number, targets: readonly { kind: string; id: string }[]): string =>
  `${minutesInWords(minutes)}, ${plural(uses, 'use')}, ${countOf(targets)}`;

export const DecideGrant = ({ grant }: { grant: GrantView }) => {
  const { approve, deny } = useDecideGrant(grant);
  const [opened, setOpened] = useState(false);
  const most = { minutes: grant.minutes ?? grant.askedMinutes, uses: grant.uses ?? grant.askedUses };
  const [value, setValue] = useState<Narrowed>({ ...most, left: new Set(grant.targets.map(keyOf)) });
  // Another approver may narrow it while this one reads: never more than what is there now.
  const minutes = Math.min(value.minutes, most.minutes);
  const uses = Math.min(value.uses, most.uses);
  const left = grant.targets.filter((target) => value.left.has(keyOf(target)));
  const fewer = left.length < grant.targets.length;
  const narrowed = minutes < most.minutes || uses < most.uses || fewer;
  const terms: Terms = {
    minutes,
    uses,
    ...(fewer ? { targets: left.map(({ kind, id }) => ({ kind, id })) } : {}),
  };
  return (
    <Answer
      may={{ approve: grant.may.approve, deny: grant.may.deny }}
      approve={approve}
      onApprove={() => {
        if (left.length > 0) approve.mutate(terms);
        else setOpened(true);
      }}
      deny={deny}
      extra={
        <Button
          variant="subtle"
          color="gray"
          className="decide-narrow"
          leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden="true" />}
          aria-expanded={opened}
          onClick={() => setOpened(!opened)}
        >
          Narrow
        </Button>
      }
      above={opened ? <Narrow grant={grant} value={{ minutes, uses, left: value.left }} onChange={setValue} /> : null}
      below={
        narrowed && left.length > 0 ? (
          <Text size="sm" c="dimmed" aria-live="polite">
            You approve {inWords(minutes, uses, left)}. They asked for{' '}
            {inWords(grant.askedMinutes, grant.askedUses, grant.askedTargets)}.
          </Text>
        ) : null
      }
    />
  );
};
