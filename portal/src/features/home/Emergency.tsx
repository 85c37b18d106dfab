// For the minute in which an account may be misused: one button, away from everything else.
import { Button, Paper, Text } from '@mantine/core';
import { IconSnowflake } from '@tabler/icons-react';
import { useSearchParams } from 'react-router';
import { Section } from '../../components/Page.tsx';
import { FreezeDialog } from '../freezes/FreezeDialog.tsx';

export const Emergency = () => {
  const [parameters, setParameters] = useSearchParams();
  return (
    <Section title="Emergency">
      <Paper p="lg" className="home-emergency">
        <Text size="sm" flex="1 1 16rem">
          If somebody may be misusing an account: freeze dangerous acts for everybody. Two people release it again.
        </Text>
        <Button
          variant="default"
          className="home-freeze"
          leftSection={<IconSnowflake size={18} aria-hidden="true" />}
          onClick={() => setParameters({ freeze: '' })}
        >
          Freeze acts
        </Button>
      </Paper>
      {parameters.has('freeze') ? <FreezeDialog onClose={() => setParameters({}, { replace: true })} /> : null}
    </Section>
  );
};
