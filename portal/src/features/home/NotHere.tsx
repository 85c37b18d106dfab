// Addresses that lead nowhere, or not for this person.
import { Button } from '@mantine/core';
import { IconDoorOff, IconMapOff } from '@tabler/icons-react';
import { Link } from 'react-router';
import { Nothing } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { useMe } from '../../lib/me.ts';
import { listed } from '../../lib/plural.ts';

const home = (
  <Button component={Link} to="/" variant="default">
    Go to the start page
  </Button>
);

export const NotForYou = ({ forWhom }: { forWhom: string }) => {
  const { person } = useMe();
  return (
    <Page title="Not for your role">
      <Nothing icon={<IconDoorOff />} title={`This page is for ${forWhom}.`} action={home}>
        You are signed in as {person.name}
        {person.groups.length === 0 ? ', in no group' : `, in ${listed(person.groups)}`}. If your role should open it,
        ask your operator.
      </Nothing>
    </Page>
  );
};

export const NotThere = () => (
  <Page title="Nothing here">
    <Nothing icon={<IconMapOff />} title="There is no page at this address." action={home}>
      The link may be old or cut off.
    </Nothing>
  </Page>
);
