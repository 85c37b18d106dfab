// Nobody is signed in: say what this place is, and the one way in. Also where signing out leads.
import { Button, Text, Title } from '@mantine/core';
import { Quiet } from '../../components/Quiet.tsx';
import { loginUrl } from '../../lib/me.ts';

export const SignIn = ({ to, reason }: { to: string; reason: string | null }) => (
  <Quiet title="Sign in">
    <Title order={1} ta="center">
      Sign in
    </Title>
    <Text ta="center" c="dimmed">
      {reason ?? 'Sallyport guards the device consoles of your organisation. You sign in with your usual account.'}
    </Text>
    <Button component="a" href={loginUrl(to)} size="md" fullWidth>
      Sign in
    </Button>
    <Text ta="center" size="sm" c="dimmed">
      What you do in the consoles is recorded, and what their pages look like.
    </Text>
  </Quiet>
);

export const SignedOut = () => (
  <Quiet title="Signed out">
    <Title order={1} ta="center">
      You are signed out
    </Title>
    <Text ta="center" c="dimmed">
      Your session has ended here and in every console. Open pages of a console no longer work.
    </Text>
    <Button component="a" href={loginUrl('/')} size="md" fullWidth variant="default">
      Sign in again
    </Button>
  </Quiet>
);
