// The fresh step-up: confirms that it is you, for this session, for some minutes. In a pop-up it closes itself; opened as a full
// page (back) it leads back to the console.
import { Button, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ceremonyFault, stepUpWithPasskey } from '../../api/ceremonies.ts';
import { keys, useApi } from '../../api/queries.ts';
import { Ceremony } from '../../components/Ceremony.tsx';
import { Quiet } from '../../components/Quiet.tsx';
import { useMe } from '../../lib/me.ts';
import { Closing } from '../sign/Closing.tsx';

export const StepUpPage = ({ console: id, back }: { console: string | null; back: boolean }) => {
  const { person, consoles } = useMe();
  const api = useApi();
  const client = useQueryClient();
  // Only an address that the server named is ever linked to.
  const console = consoles.find((each) => each.id === id);
  const confirm = useMutation({
    mutationFn: async () => {
      try {
        await stepUpWithPasskey(api);
      } catch (error) {
        throw ceremonyFault(error, 'Nothing was confirmed.');
      }
    },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.me }),
  });
  const where = console === undefined ? 'the console' : console.name;
  if (confirm.isSuccess && !back)
    return (
      <Closing title="Confirmed" sentence="Confirmed. You can close this window.">
        Your work goes on in {where}.
      </Closing>
    );
  if (confirm.isSuccess)
    return (
      <Quiet title="Confirmed">
        <Title order={1} ta="center">
          Confirmed
        </Title>
        <Text ta="center" c="dimmed">
          Now do it again in {where}.
        </Text>
        {console === undefined ? null : (
          <Button component="a" href={console.origin} size="md">
            Back to {console.name}
          </Button>
        )}
      </Quiet>
    );
  return (
    <Quiet title="Confirm it is you">
      <div>
        <Title order={1}>Confirm it is you</Title>
        <Text mt={4}>
          You are about to change something in {where} as {person.name}. Confirm with your passkey; it counts for the
          next minutes.
        </Text>
      </div>
      <Ceremony
        error={confirm.error}
        cancel={
          back ? (
            console === undefined ? undefined : (
              <Button component="a" href={console.origin} variant="default" size="md">
                Cancel
              </Button>
            )
          ) : (
            <Button variant="default" size="md" disabled={confirm.isPending} onClick={() => window.close()}>
              Cancel
            </Button>
          )
        }
        label="Confirm with passkey"
        busy={confirm.isPending}
        onConfirm={() => confirm.mutate()}
      />
    </Quiet>
  );
};
