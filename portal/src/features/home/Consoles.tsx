// The consoles that this person may open, each a link to its own origin.
import { Group, Paper, Stack, Text } from '@mantine/core';
import { IconArrowUpRight } from '@tabler/icons-react';
import type { Me } from '../../../../src/portal/contract/me.ts';
import { Section } from '../../components/Page.tsx';

export const Consoles = ({ consoles }: { consoles: Me['consoles'] }) => (
  <Section title="Consoles">
    <Stack gap="sm">
      {consoles.map((console) => (
        <Paper key={console.id} component="a" href={console.origin} p="lg" py="md" className="home-console">
          <Group wrap="nowrap" justify="space-between">
            <div className="home-console-text">
              <Text fw={600}>{console.name}</Text>
              <Text size="sm" c="dimmed" truncate>
                {console.origin.replace(/^https?:\/\//, '')}
              </Text>
            </div>
            <span className="home-open">
              Open <IconArrowUpRight size={18} aria-hidden="true" />
            </span>
          </Group>
        </Paper>
      ))}
    </Stack>
  </Section>
);
