// Evidence about an incident: everything that one person did in a period, with the period of the page filled in.
import { Button, Group } from '@mantine/core';
import { IconFileCertificate } from '@tabler/icons-react';
import { useState } from 'react';
import { DayField } from '../../components/filterFields.tsx';
import { type Person, PersonSelect } from '../../components/PersonSelect.tsx';
import { useMe } from '../../lib/me.ts';
import { midnight } from '../../lib/period.ts';
import { EvidenceDialog } from './EvidenceDialog.tsx';

type Props = { fromDay: string; toDay: string /** part of a name */; sought: string };

const IncidentDialog = ({ fromDay, toDay, sought, onClose }: Props & { onClose: () => void }) => {
  const [person, setPerson] = useState<Person | null>(null);
  const [first, setFirst] = useState(fromDay);
  const [last, setLast] = useState(toDay);
  const from = Number(midnight(first) ?? Number.NaN);
  // The last day counts whole; the next one does not.
  const to = Number(midnight(last, 1) ?? Number.NaN) - 1;
  const about = person !== null && from <= to ? { kind: 'incident' as const, person: person.id, from, to } : null;
  return (
    <EvidenceDialog kind="incident" about={about} onClose={onClose}>
      <PersonSelect person={person} onChange={setPerson} sought={sought} />
      <Group gap="sm" grow>
        <DayField label="From" value={first} onChange={setFirst} />
        <DayField label="To" value={last} onChange={setLast} />
      </Group>
    </EvidenceDialog>
  );
};

export const IncidentButton = (props: Props) => {
  const { may } = useMe();
  const [opened, setOpened] = useState(false);
  if (!may.review) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFileCertificate size={16} aria-hidden="true" />}
        onClick={() => setOpened(true)}
      >
        Evidence
      </Button>
      {opened ? <IncidentDialog {...props} onClose={() => setOpened(false)} /> : null}
    </>
  );
};
