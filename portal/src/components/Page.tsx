// The frame of a screen's content: title of the document, heading, what the screen is for (on phones only where it is kept:
// there the content matters more), and its main action.
import { Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

type Props = {
  title: string;
  lead?: ReactNode;
  keepLead?: boolean;
  /** true: on phones the heading is for screen readers only, what follows says it */
  quietTitle?: boolean;
  action?: ReactNode;
  back?: ReactNode;
  children: ReactNode;
};

export const Page = ({ title, lead, keepLead = false, quietTitle = false, action, back, children }: Props) => (
  <Stack gap="lg">
    <title>{`${title} · Sallyport`}</title>
    <div>
      {back}
      <Group justify="space-between" align="flex-end" gap="md">
        <div className={`page-head${keepLead ? ' page-head-keep' : ''}${quietTitle ? ' page-head-quiet' : ''}`}>
          <Title order={1} tabIndex={-1} id="page-title">
            {title}
          </Title>
          {lead === undefined ? null : (
            <Text c="dimmed" mt={4} maw={680} component="div" className="page-lead">
              {lead}
            </Text>
          )}
        </div>
        {action}
      </Group>
    </div>
    {children}
  </Stack>
);

export const Section = ({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) => (
  <Stack component="section" gap="sm" aria-label={title}>
    <Group justify="space-between" align="baseline" gap="xs">
      <Title order={2}>{title}</Title>
      {aside}
    </Group>
    {children}
  </Stack>
);
