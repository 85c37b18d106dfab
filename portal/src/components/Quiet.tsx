// A page without the shell: one thing to read or do. For signing in, for ceremonies in pop-ups.
import { Group, Paper, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Mark } from './Mark.tsx';

export const Quiet = ({ title, children }: { title: string; children: ReactNode }) => (
  <div className="quiet-page">
    <title>{`${title} · Sallyport`}</title>
    <main id="main" tabIndex={-1} className="quiet-main">
      <Group gap={10} mb="md" justify="center">
        <Mark />
        <Text fw={650} size="lg">
          Sallyport
        </Text>
      </Group>
      <Paper p={{ base: 'lg', xs: 'xl' }} shadow="sm">
        <Stack gap="md">{children}</Stack>
      </Paper>
    </main>
  </div>
);
