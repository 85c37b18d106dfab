// The end of a ceremony in a pop-up: say that it is done, then close. A window that scripts may not close says so itself.
import { Button, Skeleton, Text, Title } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { type ReactNode, useEffect } from 'react';
import { Quiet } from '../../components/Quiet.tsx';
import './sign.css';

/** Long enough to be read, short enough not to wait for. */
const READ = 900;

export const Closing = ({ title, sentence, children }: { title: string; sentence: string; children?: ReactNode }) => {
  useEffect(() => {
    const timer = window.setTimeout(() => window.close(), READ);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <Quiet title={title}>
      <div className="sign-done" role="status">
        <IconCircleCheck size={44} stroke={1.6} aria-hidden="true" />
        <Title order={1} ta="center">
          {sentence}
        </Title>
      </div>
      {children === undefined ? null : (
        <Text ta="center" c="dimmed" component="div">
          {children}
        </Text>
      )}
      <Button variant="default" onClick={() => window.close()}>
        Close this window
      </Button>
    </Quiet>
  );
};

export const Skeletons = () => (
  <div role="status" aria-label="Loading">
    <Skeleton height={14} width="45%" mb="md" />
    <Skeleton height={26} mb="sm" />
    <Skeleton height={16} width="80%" mb="xl" />
    <Skeleton height={42} />
  </div>
);
