// Evidence about one session, one access or one signed request, for those who may look at recordings.
import { Button } from '@mantine/core';
import { IconFileCertificate } from '@tabler/icons-react';
import { useState } from 'react';
import { useMe } from '../../lib/me.ts';
import { EvidenceDialog } from './EvidenceDialog.tsx';
import type { About } from './evidenceWords.ts';

export const EvidenceButton = ({ about }: { about: About }) => {
  const { may } = useMe();
  const [opened, setOpened] = useState(false);
  if (!may.review) return null;
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
      {opened ? <EvidenceDialog kind={about.kind} about={about} onClose={() => setOpened(false)} /> : null}
    </>
  );
};
