import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Passkey } from '../../../../src/portal/contract/passkeys.ts';
import { keys, useApi } from '../../api/queries.ts';
import { NameDialog } from './NameDialog.tsx';

export const RenameDialog = ({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) => {
  const api = useApi();
  const client = useQueryClient();
  const [name, setName] = useState(passkey.name);
  const rename = useMutation({
    mutationFn: (chosen: string) => api.renamePasskey(passkey.id, chosen),
    onSuccess: () => {
      onClose();
      return client.invalidateQueries({ queryKey: keys.passkeys });
    },
  });
  return (
    <NameDialog
      title="Rename"
      submit="Save"
      name={name}
      onName={setName}
      busy={rename.isPending}
      onSubmit={(chosen) => rename.mutate(chosen)}
      onClose={onClose}
      error={rename.error}
    />
  );
};
