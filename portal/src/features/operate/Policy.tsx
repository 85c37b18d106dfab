// The policies in force: digest, since when; what is wrong with the files on disk when they are not in force; each policy with
// why it is there, what it offers, and its text.
import { CopyButton, Paper, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { PolicyView } from '../../../../src/portal/contract/operate.ts';
import { usePolicy } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote, LoadingCards } from '../../components/Notes.tsx';
import { Section } from '../../components/Page.tsx';
import { HealthTone } from '../../components/Tones.tsx';
import { plural } from '../../lib/plural.ts';

const MANY = 8;

/** The files on disk have faults: the set before them stays in force. */
const Faults = ({ faults }: { faults: PolicyView['faults'] }) => (
  <div className="note note-error" role="alert">
    <IconAlertTriangle size={20} aria-hidden="true" />
    <Stack gap={6} miw={0} flex={1}>
      <Text fw={600}>The files on disk are not in force</Text>
      <Text size="sm">
        The policies from before stay in force. Mend {faults.length === 1 ? 'this' : 'these'}, and the files are read
        again by themselves.
      </Text>
      <ul className="faults">
        {faults.map(({ file, line, column, what }) => (
          <li key={`${file}${line}${column}${what}`}>
            <span className="mono">
              {file}:{line}:{column}
            </span>
            <span>{what}</span>
          </li>
        ))}
      </ul>
    </Stack>
  </div>
);

const One = ({ policy }: { policy: PolicyView['policies'][number] }) => (
  <li>
    <details className="policy">
      <summary>
        <span className={policy.effect === 'forbid' ? 'policy-effect policy-forbid' : 'policy-effect'}>
          {policy.effect === 'forbid' ? 'Forbids' : 'Permits'}
        </span>
        <span className="policy-text">
          <span className="policy-why">{policy.why === '' ? 'No reason is written down' : policy.why}</span>
          <span className="mono dimmed">{policy.id}</span>
        </span>
      </summary>
      {policy.remedy === null ? null : (
        <Text size="sm" mb="xs">
          Offers: {policy.remedy}
        </Text>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (axe scrollable-region-focusable) */}
      <pre className="code mono" tabIndex={0}>
        {policy.text}
      </pre>
    </details>
  </li>
);

const Loaded = ({ policy }: { policy: PolicyView }) => {
  const [sought, setSought] = useState('');
  const part = sought.trim().toLowerCase();
  const shown = policy.policies.filter((each) => `${each.id} ${each.why} ${each.text}`.toLowerCase().includes(part));
  return (
    <Stack gap="md">
      {policy.faults.length > 0 ? <Faults faults={policy.faults} /> : null}
      <Paper p="lg">
        <div className="operate-line">
          <Text>
            {plural(policy.policies.length, 'policy', 'policies')}, in force since <Moment at={policy.loadedAt} />
          </Text>
          <HealthTone
            well={policy.faults.length === 0}
            word={policy.faults.length === 0 ? 'As on disk' : 'Older than the files'}
          />
        </div>
        <CopyButton value={policy.digest}>
          {({ copied, copy }) => (
            <UnstyledButton onClick={copy} className="digest">
              <span className="mono dimmed">{policy.digest}</span>
              <Text size="xs" c="dimmed" component="span">
                {copied ? 'Copied' : 'Copy'}
              </Text>
            </UnstyledButton>
          )}
        </CopyButton>
      </Paper>
      {policy.policies.length > MANY ? (
        <TextInput
          aria-label="Search the policies"
          placeholder="Search by name, reason or text"
          leftSection={<IconSearch size={14} aria-hidden="true" />}
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
        />
      ) : null}
      <Paper>
        <ul className="rows">
          {shown.map((each) => (
            <One key={each.id} policy={each} />
          ))}
        </ul>
        {shown.length === 0 ? (
          <Text size="sm" p="lg">
            {part === '' ? 'There is no policy: nothing is allowed.' : `No policy has “${sought}” in it.`}
          </Text>
        ) : null}
      </Paper>
    </Stack>
  );
};

export const Policy = () => {
  const { data, isPending, isError, error, refetch } = usePolicy();
  return (
    <Section title="Policies">
      {isPending ? <LoadingCards count={1} height={220} /> : null}
      {isError && data === undefined ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {data === undefined ? null : <Loaded policy={data} />}
    </Section>
  );
};
