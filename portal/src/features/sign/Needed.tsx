// What the request needs and what of it is there: the own signature, other people's. Live.
import { Text } from '@mantine/core';
import { IconCircleCheckFilled, IconCircleDashed } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { HoldView } from '../../../../src/portal/contract/holds.ts';
import { approvalsMissing, approvalsSentence } from '../../lib/holdWords.ts';

const Line = ({ done, children }: { done: boolean; children: ReactNode }) => (
  <li className={done ? 'needed-done' : ''}>
    {done ? <IconCircleCheckFilled size={18} aria-hidden="true" /> : <IconCircleDashed size={18} aria-hidden="true" />}
    <span>
      {children}
      <span className="unseen">{done ? ' (done)' : ' (not yet)'}</span>
    </span>
  </li>
);

export const Needed = ({ hold }: { hold: HoldView }) =>
  hold.needs.approvals === 0 ? null : (
    <div>
      <Text size="sm" fw={600} mb={4}>
        It needs
      </Text>
      <ul className="needed" aria-live="polite">
        {hold.needs.signed ? <Line done={hold.signedAt !== null}>your passkey on this request</Line> : null}
        <Line done={approvalsMissing(hold) === 0}>
          {hold.whom}
          {hold.approvals.length > 0 ? `. ${approvalsSentence(hold)}` : ''}
        </Line>
      </ul>
    </div>
  );
