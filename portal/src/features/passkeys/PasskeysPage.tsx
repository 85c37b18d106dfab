// A person's own passkeys: list, add, rename, remove.
import { ActionIcon, Badge, Button, Group, Menu, Paper, Text } from '@mantine/core';
import { IconDots, IconFingerprint, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { Passkey } from '../../../../src/portal/contract/passkeys.ts';
import { usePasskeys } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { AddDialog } from './AddDialog.tsx';
import { wantsToAdd } from './pendingName.ts';
import { RemoveDialog } from './RemoveDialog.tsx';
import { RenameDialog } from './RenameDialog.tsx';
import './passkeys.css';

type Open = { what: 'add' } | { what: 'rename' | 'remove'; passkey: Passkey } | null;

const Row = ({ passkey, onOpen }: { passkey: Passkey; onOpen: (open: Open) => void }) => (
  <li className="passkey">
    <span className="passkey-icon" aria-hidden="true">
      <IconFingerprint size={22} />
    </span>
    <div className="passkey-text">
      <Group gap="xs">
        <Text fw={600}>{passkey.name}</Text>
        {passkey.backedUp ? (
          <Badge variant="default" size="sm" tt="none" fw={500}>
            Synced
          </Badge>
        ) : null}
      </Group>
      <Text size="sm" c="dimmed">
        Added <Moment at={passkey.createdAt} as="relative" />
        {' · '}
        {passkey.lastUsedAt === null ? (
          'never used'
        ) : (
          <>
            last used <Moment at={passkey.lastUsedAt} as="relative" />
          </>
        )}
      </Text>
    </div>
    <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Change ${passkey.name}`}>
          <IconDots size={18} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconPencil size={16} aria-hidden="true" />}
          onClick={() => onOpen({ what: 'rename', passkey })}
        >
          Rename
        </Menu.Item>
        <Menu.Item
          leftSection={<IconTrash size={16} aria-hidden="true" />}
          onClick={() => onOpen({ what: 'remove', passkey })}
        >
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  </li>
);

export const PasskeysPage = () => {
  const read = usePasskeys();
  const [open, setOpen] = useState<Open>(() => (wantsToAdd() ? { what: 'add' } : null));
  const passkeys = read.data ?? [];
  const close = () => setOpen(null);
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => setOpen({ what: 'add' })}>
      Add a passkey
    </Button>
  );
  return (
    <Page
      title="Passkeys"
      lead="You confirm dangerous acts with your fingerprint, face or security key. Nobody can do it for you, and nothing is typed that could be stolen."
      action={passkeys.length > 0 ? add : undefined}
    >
      {read.isPending ? <LoadingCards count={1} height={140} /> : null}
      {read.isError ? <ErrorNote error={read.error} retry={() => void read.refetch()} /> : null}
      {read.data !== undefined && passkeys.length === 0 ? (
        <Nothing icon={<IconFingerprint />} title="Add your first passkey" action={add}>
          It stays on your device or security key. Add a second one soon, so that a lost device does not stop you.
        </Nothing>
      ) : null}
      {passkeys.length > 0 ? (
        <Paper>
          <ul className="rows">
            {passkeys.map((passkey) => (
              <Row key={passkey.id} passkey={passkey} onOpen={setOpen} />
            ))}
          </ul>
        </Paper>
      ) : null}
      {passkeys.length === 1 ? (
        <Text size="sm" c="dimmed">
          This is your only one. With a second passkey, a lost device does not stop you.
        </Text>
      ) : null}
      {open?.what === 'add' ? <AddDialog onClose={close} taken={passkeys.map((passkey) => passkey.name)} /> : null}
      {open?.what === 'rename' ? <RenameDialog passkey={open.passkey} onClose={close} /> : null}
      {open?.what === 'remove' ? (
        <RemoveDialog passkey={open.passkey} last={passkeys.length === 1} onClose={close} />
      ) : null}
    </Page>
  );
};
