// The exact request that is signed: method, target, parameters, digest, devices; who has signed it; what its person asked before.
import { Stack } from '@mantine/core';
import type { HoldView } from '../../../../src/portal/contract/holds.ts';
import { Moment } from '../../components/Moment.tsx';
import { Targets } from '../../components/Targets.tsx';
import { readableBody } from '../../lib/events.ts';
import { approvalsSentence } from '../../lib/holdWords.ts';
import { plural } from '../../lib/plural.ts';
import { Earlier } from './Earlier.tsx';

/** The request itself, as it will be sent. */
export const ExactRequest = ({ hold }: { hold: HoldView }) => (
  <dl className="pairs">
    <dt>Request</dt>
    <dd className="mono">
      {hold.method} {hold.target}
    </dd>
    {hold.parameters === null ? null : (
      <>
        <dt>Parameters</dt>
        <dd>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (axe scrollable-region-focusable) */}
          <pre className="code mono" tabIndex={0}>
            {readableBody(hold.parameters)}
          </pre>
        </dd>
      </>
    )}
    <dt>Content</dt>
    <dd className="mono">SHA-256 {hold.bodyDigest}</dd>
    <dt>Action</dt>
    <dd className="mono">{hold.action}</dd>
    <dt>Id</dt>
    <dd className="mono">{hold.id}</dd>
  </dl>
);

const Signatures = ({ hold }: { hold: HoldView }) => (
  <>
    <div>{approvalsSentence(hold)}</div>
    {hold.approvals.map(({ by, at }) => (
      <div key={by.id} className="dimmed">
        {by.name} signed <Moment at={at} as="relative" />
      </div>
    ))}
    {hold.needs.signed ? (
      <div className="dimmed">
        {hold.signedAt === null ? (
          `${hold.mine ? 'You have' : `${hold.holder.name} has`} not signed it yet`
        ) : (
          <>
            {hold.mine ? 'You' : hold.holder.name} signed it <Moment at={hold.signedAt} as="relative" />
          </>
        )}
      </div>
    ) : null}
  </>
);

export const HoldDetails = ({ hold }: { hold: HoldView }) => (
  <Stack gap="md">
    <dl className="pairs">
      <dt>Hits</dt>
      <dd>
        <Targets targets={hold.targets} />
        {hold.devices === hold.targets.length ? null : <div>{plural(hold.devices, 'device')} in all</div>}
      </dd>
      <dt>Signatures</dt>
      <dd>
        <Signatures hold={hold} />
      </dd>
      {hold.grant === null ? null : (
        <>
          <dt>Access</dt>
          <dd>
            From {hold.grant.approver} until <Moment at={hold.grant.until} as="clock" />
          </dd>
        </>
      )}
    </dl>
    <ExactRequest hold={hold} />
    {hold.mine ? null : <Earlier holder={hold.holder} but="" />}
  </Stack>
);
