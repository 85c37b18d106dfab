// Takes away the evidence of a session: asks why, because that stands in the ledger, and hands over the archive.
import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconFileCertificate } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../../api/queries.ts';
import { ErrorNote } from '../../components/Notes.tsx';
import { downloadBlob } from '../../lib/download.ts';

/** As the contract wants it. */
const LEAST_REASON = 5;

export const EvidenceButton = ({ session }: { session: string }) => {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconFileCertificate size={16} aria-hidden="true" />}
        onClick={() => setOpened(true)}
      >
        Export evidence
      </Button>
      {opened ? <EvidenceDialog session={session} onClose={() => setOpened(false)} /> : null}
    </>
  );
};

const EvidenceDialog = ({ session, onClose }: { session: string; onClose: () => void }) => {
  const api = useApi();
  const [reason, setReason] = useState('');
  const [text, setText] = useState(false);
  const take = useMutation({
    mutationFn: () => api.evidence({ about: { kind: 'session', id: session }, reason: reason.trim(), text }),
    onSuccess: (archive) => {
      downloadBlob(`evidence-session-${session}.tar`, archive);
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <Text fw={650} size="lg" component="span">
          Export evidence
        </Text>
      }
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          take.mutate();
        }}
      >
        <Stack gap="md">
          {take.isError ? <ErrorNote error={take.error} /> : null}
          <Text size="sm">
            One file with the ledger entries about this session, their proofs, all signatures and the recording. It can
            be checked without the gateway.
          </Text>
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
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={take.isPending} disabled={reason.trim().length < LEAST_REASON}>
              Export
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
