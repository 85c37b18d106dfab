// Everything that is known of a request for access: what exactly it covers, who has answered and who is next, its moments.
import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import { Moment } from '../../components/Moment.tsx';
import { Targets } from '../../components/Targets.tsx';
import { termsOf } from '../../lib/grantWords.ts';
import { listed, plural } from '../../lib/plural.ts';
import { minutesInWords } from '../../lib/time.ts';
import { Earlier } from './Earlier.tsx';

const Line = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

/** Who must say yes, in order, and who has. */
const Steps = ({ grant }: { grant: GrantView }) => {
  if (grant.automatic) return <Text size="sm">A rule approved it. Nobody was asked.</Text>;
  const next = grant.steps.findIndex((step) => step.approvals.length < step.count);
  return (
    <ol className="steps">
      {grant.steps.map((step, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have no id, and their order is what they are
        <li key={n}>
          <span>
            {step.count} of {listed(step.groups, 'or')}
            {grant.state === 'asked' && n === next ? ' (next)' : ''}
          </span>
          {step.approvals.map((approval) => (
            <Text size="sm" c="dimmed" key={approval.by.id}>
              {approval.by.name} approved {minutesInWords(approval.minutes)}, {plural(approval.uses, 'use')},{' '}
              {plural(approval.targets, 'target')} <Moment at={approval.at} as="relative" />
            </Text>
          ))}
        </li>
      ))}
    </ol>
  );
};

export const GrantDetails = ({ grant }: { grant: GrantView }) => (
  <Stack gap="md">
    <dl className="pairs">
      <Line name="Covers">
        <Targets targets={grant.targets} />
      </Line>
      <Line name={grant.actions.length === 1 ? 'Action' : 'Actions'}>
        {grant.actions.map(({ action, label }) => (
          <div key={action}>
            {label} <span className="mono dimmed">{action}</span>
          </div>
        ))}
      </Line>
      <Line name="Approvals">
        <Steps grant={grant} />
      </Line>
      <Line name="Asked">
        <Moment at={grant.askedAt} /> for {minutesInWords(grant.askedMinutes)}, {plural(grant.askedUses, 'use')}
      </Line>
      {grant.decidedAt === null ? null : (
        <Line name="Decided">
          <Moment at={grant.decidedAt} /> by {grant.automatic ? 'a rule' : (grant.decidedBy?.name ?? 'somebody')}
        </Line>
      )}
      {grant.activeFrom === null ? null : (
        <Line name="Terms">
          {termsOf(grant)}
          {grant.usesLeft === null ? '' : ` (${grant.usesLeft} left)`}, from <Moment at={grant.activeFrom} as="clock" />
          {grant.activeUntil === null ? null : (
            <>
              {' '}
              until <Moment at={grant.activeUntil} as="clock" />
            </>
          )}
        </Line>
      )}
      {grant.activeFrom === null ? null : (
        <Line name="Last used">{grant.lastUsedAt === null ? 'Never' : <Moment at={grant.lastUsedAt} />}</Line>
      )}
      {grant.endedAt === null ? null : (
        <Line name="Ended">
          <Moment at={grant.endedAt} />
        </Line>
      )}
      <Line name="Rule">
        <span className="mono">{grant.rule}</span>
      </Line>
      <Line name="Request id">
        <span className="mono">{grant.id}</span>
      </Line>
    </dl>
    {grant.mine ? null : <Earlier holder={grant.holder} but={grant.id} />}
  </Stack>
);
