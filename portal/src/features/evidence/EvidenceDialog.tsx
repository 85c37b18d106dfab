// Takes evidence away: asks why, because that stands in the ledger, shows how much has come, and hands over the archive. Closing the
// dialog stops the export.
import { Checkbox, Group, Loader, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useApi } from '../../api/queries.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { downloadBlob } from '../../lib/download.ts';
import { bytes } from '../../lib/words.ts';
import { type About, archiveName, inTheArchive } from './evidenceWords.ts';

/** As the contract wants it. */
const LEAST_REASON = 5;

type Props = {
  kind: About['kind'];
  /** null: it is not said yet what it is about */
  about: About | null;
  onClose: () => void;
  /** fields that say what it is about */
  children?: ReactNode;
};

export const EvidenceDialog = ({ kind, about, onClose, children }: Props) => {
  const api = useApi();
  const [reason, setReason] = useState('');
  const [text, setText] = useState(false);
  const [received, setReceived] = useState(0);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const take = useMutation({
    mutationFn: (of: About) => {
      running.current = new AbortController();
      setReceived(0);
      const { signal } = running.current;
      return api.evidence({ about: of, reason: reason.trim(), text }, { signal, onBytes: setReceived });
    },
    onSuccess: (archive, of) => {
      downloadBlob(archiveName(of), archive);
      onClose();
    },
  });
  return (
    <Dialog
      title="Export evidence"
      onClose={onClose}
      submit="Export"
      onSubmit={() => {
        if (about !== null) take.mutate(about);
      }}
      busy={take.isPending}
      disabled={about === null || reason.trim().length < LEAST_REASON}
      error={take.error}
    >
      <Text size="sm">{inTheArchive(kind)}</Text>
      {children}
      <TextInput
        label="Why you take it"
        description="It stands in the ledger, with your name."
        value={reason}
        maxLength={500}
        required
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Checkbox
        label="Add what was sent and answered as readable text"
        checked={text}
        onChange={(event) => setText(event.currentTarget.checked)}
      />
      <div role="status">
        {take.isPending ? (
          <Group gap="xs" wrap="nowrap">
            <Loader size="xs" aria-hidden="true" />
            <Text size="sm">
              {received === 0
                ? 'The archive is being made. With a long history this takes a minute.'
                : `${bytes(received)} so far.`}
            </Text>
          </Group>
        ) : null}
      </div>
    </Dialog>
  );
};
