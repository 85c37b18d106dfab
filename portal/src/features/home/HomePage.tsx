// The start page, by role: what I can do now, what waits for me, what deserves a look.
import { SimpleGrid, Stack } from '@mantine/core';
import { Page } from '../../components/Page.tsx';
import { useMe } from '../../lib/me.ts';
import { Consoles } from './Consoles.tsx';
import { MyAccessNow } from './MyAccessNow.tsx';
import { NoPasskeyYet } from './NoPasskeyYet.tsx';
import { NoRole } from './NoRole.tsx';
import { WaitingForMe } from './WaitingForMe.tsx';
import { WorthALook } from './WorthALook.tsx';
import './home.css';

export const HomePage = () => {
  const { person, may, consoles, passkeys } = useMe();
  const open = consoles.filter((console) => console.may);
  if (!may.ask && !may.approve && !may.review && open.length === 0) return <NoRole />;
  const aside = may.ask || open.length > 0;
  return (
    <Page title={`Hello ${person.name}`}>
      {passkeys === 0 && (may.ask || may.approve) ? <NoPasskeyYet approver={may.approve} /> : null}
      {may.approve ? <WaitingForMe /> : null}
      {aside ? (
        <SimpleGrid cols={{ base: 1, md: open.length > 0 && may.ask ? 2 : 1 }} spacing="xl">
          {open.length > 0 ? <Consoles consoles={open} /> : null}
          {may.ask ? <MyAccessNow /> : null}
        </SimpleGrid>
      ) : null}
      {may.review ? (
        <Stack>
          <WorthALook />
        </Stack>
      ) : null}
    </Page>
  );
};
