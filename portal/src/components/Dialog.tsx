// A dialog that asks for one thing: title, what to fill in, a way out and one deed. What went wrong stands right above the deed,
// which shows that it is being done. It never closes by itself: who opened it does that, once it is done.
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ErrorNote } from './Notes.tsx';

type Props = {
  title: string;
  onClose: () => void;
  submit: string;
  onSubmit: () => void;
  busy: boolean;
  /** true: nothing to submit yet */
  disabled?: boolean;
  /** true: the deed takes something away */
  grave?: boolean;
  cancel?: string;
  /** null: nothing went wrong */
  error: unknown;
  children: ReactNode;
};

/** The frame alone, for dialogs that ask for more than one thing or tell how it went. */
export const DialogFrame = ({ title, onClose, children }: Pick<Props, 'title' | 'onClose' | 'children'>) => (
  <Modal
    opened
    onClose={onClose}
    title={
      <Text fw={650} size="lg" component="span">
        {title}
      </Text>
    }
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    {children}
  </Modal>
);

export const Dialog = (props: Props) => {
  const { title, onClose, submit, onSubmit, busy, disabled = false, grave = false, cancel = 'Cancel', error } = props;
  return (
    <DialogFrame title={title} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <Stack gap="md">
          {props.children}
          {error === null ? null : <ErrorNote error={error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {cancel}
            </Button>
            <Button type="submit" loading={busy} disabled={disabled} {...(grave ? { color: 'red.9' } : {})}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </DialogFrame>
  );
};
