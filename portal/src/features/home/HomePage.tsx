// The start page, by role: what waits for me, what I can do now, what deserves a look, whether anything is wrong.
import { SimpleGrid, Stack } from '@mantine/core';
import { Page } from '../../components/Page.tsx';
import { useMe } from '../../lib/me.ts';
import { AnythingWrong } from './AnythingWrong.tsx';
import { Budgets } from './Budgets.tsx';
import { Consoles } from './Consoles.tsx';
import { Emergency } from './Emergency.tsx';
import { MyAccessNow } from './MyAccessNow.tsx';
import { NoPasskeyYet } from './NoPasskeyYet.tsx';
import { NoRole } from './NoRole.tsx';
import { UnusedAccess } from './UnusedAccess.tsx';
import { WaitingForMe } from './WaitingForMe.tsx';
import { WorthALook } from './WorthALook.tsx';
import './home.css';

export const HomePage = () => {
  const { person, may, consoles, passkeys } = useMe();
  const open = consoles.filter((console) => console.may);
  if (!Object.values(may).includes(true) && open.length === 0) return <NoRole />;
  const aside = may.ask || open.length > 0;
  const confirms = may.ask || may.approve || may.freeze;
  return (
    <Page title={`Hello ${person.name}`}>
      {passkeys === 0 && confirms ? <NoPasskeyYet approver={may.approve} /> : null}
      {may.operate ? <AnythingWrong /> : null}
      {may.approve ? <WaitingForMe /> : null}
      {aside ? (
        <SimpleGrid cols={{ base: 1, md: open.length > 0 && may.ask ? 2 : 1 }} spacing="xl">
          {open.length > 0 ? (
            <Stack gap="lg">
              <Consoles consoles={open} />
              <Budgets />
            </Stack>
          ) : null}
          {may.ask ? <MyAccessNow /> : null}
        </SimpleGrid>
      ) : null}
      {may.review ? <WorthALook /> : null}
      {may.reviewAccess ? <UnusedAccess /> : null}
      {may.freeze ? <Emergency /> : null}
    </Page>
  );
};
