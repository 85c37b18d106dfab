// Freezing: which console, which acts, why. For the minute in which somebody may be misusing an account; two people undo it.
import { NativeSelect, Radio, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import { SetFreeze } from '../../../../src/portal/contract/freezes.ts';
import { withStepUp } from '../../api/ceremonies.ts';
import { keys, useApi } from '../../api/queries.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { ConfirmedByPasskey } from '../../components/PasskeyFirst.tsx';
import { ReasonField } from '../../components/ReasonField.tsx';
import { useMe } from '../../lib/me.ts';

const EVERYWHERE = '*';
type Wish = z.infer<typeof SetFreeze>;

export const FreezeDialog = ({ onClose }: { onClose: () => void }) => {
  const { consoles } = useMe();
  const api = useApi();
  const client = useQueryClient();
  const [console, setConsole] = useState(EVERYWHERE);
  const [what, setWhat] = useState<Wish['what']>('destructive');
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const freeze = useMutation({
    mutationFn: (wish: Wish) => withStepUp(api, () => api.freeze(wish), 'Nothing was frozen.'),
    onSuccess: (frozen) => {
      notifications.show({ title: 'Frozen', message: `${frozen.title}. Two people release it again.` });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.freezes }),
  });
  const submit = () => {
    const wish = SetFreeze.safeParse({ console: console === EVERYWHERE ? null : console, what, reason });
    setFault(wish.success ? null : 'Say in a few words why.');
    if (wish.success) freeze.mutate(wish.data);
  };
  return (
    <Dialog
      title="Freeze acts"
      onClose={onClose}
      submit="Freeze now"
      grave
      onSubmit={submit}
      busy={freeze.isPending}
      error={freeze.error}
    >
      <Text size="sm">
        From then on these acts are refused for everybody, whatever access they have. Reading goes on. Two people must
        release it.
      </Text>
      <NativeSelect
        label="Where"
        value={console}
        onChange={(event) => setConsole(event.currentTarget.value)}
        data={[
          { value: EVERYWHERE, label: 'Every console' },
          ...consoles.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      <Radio.Group label="What" value={what} onChange={(value) => setWhat(value === 'acts' ? 'acts' : 'destructive')}>
        <Stack gap={8} mt={4}>
          <Radio value="destructive" label="What cannot be undone" description="Wiping, deleting and the like" />
          <Radio value="acts" label="All acts" description="Everything but reading" />
        </Stack>
      </Radio.Group>
      <ReasonField value={reason} onChange={setReason} description="Everybody sees it in the red bar." error={fault} />
      <ConfirmedByPasskey />
    </Dialog>
  );
};
