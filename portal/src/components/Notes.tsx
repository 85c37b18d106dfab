// The states that are not content: loading, nothing there, something went wrong.
import { Button, Code, Group, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { sentencesOf } from '../api/problems.ts';

/** Says what went wrong and what to do; `retry` only where trying again can help. */
export const ErrorNote = ({ error, retry, children }: { error: unknown; retry?: () => void; children?: ReactNode }) => {
  const { title, next, request } = sentencesOf(error);
  return (
    <div role="alert" className="note note-error">
      <IconAlertTriangle size={20} aria-hidden="true" />
      <Stack gap={6} flex={1} miw={0}>
        <Text fw={600}>{title}</Text>
        {next === null ? null : <Text size="sm">{next}</Text>}
        {request === null ? null : (
          <Text size="xs" c="dimmed">
            Request id <Code>{request}</Code>
          </Text>
        )}
        {retry === undefined && children === undefined ? null : (
          <Group gap="xs" mt={4}>
            {children}
            {retry === undefined ? null : (
              <Button size="xs" variant="default" onClick={retry}>
                Try again
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </div>
  );
};

/** What would be here, and how to make it so. */
export const Nothing = ({
  icon,
  title,
  children,
  action,
}: {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) => (
  <Paper p="xl" className="nothing">
    <span className="nothing-icon" aria-hidden="true">
      {icon}
    </span>
    <Text fw={600}>{title}</Text>
    <Text size="sm" c="dimmed" maw={460} component="div">
      {children}
    </Text>
    {action === undefined ? null : <div className="nothing-action">{action}</div>}
  </Paper>
);

/** The shape of a list that is on its way. */
export const LoadingCards = ({ count = 2, height = 132 }: { count?: number; height?: number }) => (
  <Stack gap="md" role="status" aria-label="Loading">
    {Array.from({ length: count }, (_, n) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: placeholders are all alike
      <Paper key={n} p="lg">
        <Skeleton height={14} width="35%" mb="sm" />
        <Skeleton height={20} width="65%" mb="sm" />
        <Skeleton height={Math.max(12, height - 86)} />
      </Paper>
    ))}
  </Stack>
);
