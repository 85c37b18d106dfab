// The answers side by side: deny (with a reason), approve with a passkey, and what else is offered. No button is the default
// one: Enter on the page does nothing.
import { Anchor, Button, Text } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import { ErrorNote } from '../../components/Notes.tsx';
import { useMe } from '../../lib/me.ts';
import { Deny } from './Deny.tsx';

type Deed<T> = { isPending: boolean; error: unknown; mutate: (value: T) => void };
type Props = {
  may: { approve: boolean; deny: boolean };
  approve: { isPending: boolean; error: unknown };
  onApprove: () => void;
  deny: Deed<string>;
  /** a button of its own, before the two */
  extra?: ReactNode;
  /** what stands above the buttons, and below them */
  above?: ReactNode;
  below?: ReactNode;
};

export const Answer = ({ may, approve, onApprove, deny, extra, above, below }: Props) => {
  const { passkeys } = useMe();
  const [denying, setDenying] = useState(false);
  const busy = approve.isPending || deny.isPending;
  if (denying)
    return (
      <>
        {deny.error === null ? null : <ErrorNote error={deny.error} />}
        <Deny busy={deny.isPending} onDeny={deny.mutate} onCancel={() => setDenying(false)} />
      </>
    );
  return (
    <div className="answer">
      {approve.error === null ? null : <ErrorNote error={approve.error} />}
      {above}
      {may.approve && passkeys === 0 ? (
        <Text size="sm">
          You need a passkey to approve.{' '}
          <Anchor component={Link} to="/passkeys" inherit underline="always">
            Add one
          </Anchor>
          , then come back.
        </Text>
      ) : null}
      <div className="decide-buttons decide-bar">
        {may.approve ? extra : null}
        {may.deny ? (
          <Button variant="default" disabled={busy} onClick={() => setDenying(true)}>
            Deny
          </Button>
        ) : null}
        {may.approve ? (
          <Button
            variant="default"
            className="decide-approve"
            leftSection={<IconFingerprint size={18} aria-hidden="true" />}
            loading={approve.isPending}
            disabled={passkeys === 0 || busy}
            onClick={onApprove}
          >
            Approve with passkey
          </Button>
        ) : null}
      </div>
      {below}
    </div>
  );
};
