// One request in full: what it was, what was decided and by which policies, who granted and signed, what was sent and answered.
import { Anchor, Button, CopyButton, Drawer, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconLink } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { ExchangeDetail, SessionRow } from '../../../../src/portal/contract/sessions.ts';
import { useExchange } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote } from '../../components/Notes.tsx';
import { Targets } from '../../components/Targets.tsx';
import { RiskTone, VerdictTone } from '../../components/Tones.tsx';
import { eventSentence, readableBody } from '../../lib/events.ts';
import { consoleName, useMe } from '../../lib/me.ts';
import { plural } from '../../lib/plural.ts';
import { took } from '../../lib/time.ts';
import { bytes } from '../../lib/words.ts';
import { reasonTitle } from './reasonTitle.ts';

/** Whose session it is. */
type Whose = Pick<SessionRow, 'id' | 'person'>;

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="part" aria-label={title}>
    <Title order={3}>{title}</Title>
    {children}
  </section>
);

const Headers = ({ headers, title }: { headers: ExchangeDetail['requestHeaders']; title: string }) =>
  headers.length === 0 ? null : (
    <details className="part-more">
      <summary>
        {title} ({headers.length})
      </summary>
      <dl className="pairs headers">
        {headers.map(([name, value], n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: headers may repeat, and never move
          <div key={`${name}${n}`} className="header-line">
            <dt className="mono">{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );

const Decision = ({ of }: { of: ExchangeDetail }) => (
  <Part title="Decision">
    <dl className="pairs">
      <dt>Verdict</dt>
      <dd>
        <VerdictTone verdict={of.verdict} />
      </dd>
      {of.reason === null ? null : (
        <>
          <dt>Why</dt>
          <dd>
            {reasonTitle(of.reason)} <span className="mono dimmed">{of.reason}</span>
          </dd>
        </>
      )}
      <dt>Policies</dt>
      <dd>
        {of.policies.length === 0 ? (
          of.verdict === 'refuse' ? (
            'None allowed it'
          ) : (
            'None named'
          )
        ) : (
          <ul className="chips">
            {of.policies.map((policy) => (
              <li key={policy}>
                <span className="mono">{policy}</span>
              </li>
            ))}
          </ul>
        )}
      </dd>
      <dt>Policy set</dt>
      <dd className="mono">{of.policySet.slice(0, 16)}</dd>
      {of.grant === null ? null : (
        <>
          <dt>Access</dt>
          <dd>
            <Anchor component={Link} to={`/approvals/${of.grant}`} className="mono">
              {of.grant}
            </Anchor>
          </dd>
        </>
      )}
    </dl>
  </Part>
);

const People = ({ of, names }: { of: ExchangeDetail; names: ReadonlyMap<string, string> }) =>
  of.events.length === 0 ? null : (
    <Part title="Journal">
      <ol className="journal">
        {[...of.events]
          .sort((a, b) => a.seq - b.seq)
          .map((event) => (
            <li key={event.seq}>
              <span className="journal-when">
                <Moment at={event.at} as="precise" />
              </span>
              <span>
                {eventSentence(event, names)} <span className="mono dimmed">#{event.seq}</span>
              </span>
            </li>
          ))}
      </ol>
    </Part>
  );

const Messages = ({ of }: { of: ExchangeDetail }) =>
  of.messages.length === 0 ? null : (
    <Part title={plural(of.messages.length, 'message')}>
      <ol className="journal">
        {of.messages.map((message, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages have no id, and never move
          <li key={n}>
            <span className="journal-when">
              <Moment at={message.at} as="precise" />
            </span>
            <span>
              From the {message.from === 'client' ? 'admin' : 'console'}, {bytes(message.size)}
              {message.text === null ? null : <pre className="code mono">{readableBody(message.text)}</pre>}
            </span>
          </li>
        ))}
      </ol>
    </Part>
  );

const Content = ({ of, session }: { of: ExchangeDetail; session: Whose }) => {
  const { consoles } = useMe();
  return (
    <Stack gap="lg">
      <div>
        <div className="part-tones">
          <RiskTone risk={of.risk} />
          <VerdictTone verdict={of.verdict} />
        </div>
        <Title order={2} mt="xs" className="part-title">
          {of.title}
        </Title>
        <Text size="sm" c="dimmed">
          {session.person.name}, <Moment at={of.at} />, on {consoleName(consoles, of.console)}
        </Text>
      </div>
      <Part title="Request">
        <pre className="code mono">
          {of.method} {of.target}
        </pre>
        <dl className="pairs">
          <dt>Action</dt>
          <dd className="mono">{of.action}</dd>
          {of.targets.length === 0 ? null : (
            <>
              <dt>Hits</dt>
              <dd>
                <Targets targets={of.targets} />
              </dd>
            </>
          )}
        </dl>
        {of.requestBody === null ? null : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (axe scrollable-region-focusable)
          <pre className="code mono" tabIndex={0}>
            {readableBody(of.requestBody)}
          </pre>
        )}
        {of.requestBodyNote === null ? null : (
          <Text size="sm" c="dimmed">
            {of.requestBodyNote}
          </Text>
        )}
        <Headers headers={of.requestHeaders} title="Headers of the request" />
      </Part>
      <Decision of={of} />
      <Part title="Answer">
        {of.verdict === 'refuse' ? (
          <Text size="sm">Refused by Sallyport. Nothing was sent to the console.</Text>
        ) : (
          <dl className="pairs">
            <dt>Status</dt>
            <dd>{of.status ?? 'The console did not answer'}</dd>
            <dt>Sent</dt>
            <dd>{bytes(of.sent)}</dd>
            <dt>Received</dt>
            <dd>{bytes(of.received)}</dd>
            <dt>Took</dt>
            <dd>{of.took === null ? 'Not finished' : took(of.took)}</dd>
          </dl>
        )}
        <Headers headers={of.responseHeaders} title="Headers of the answer" />
      </Part>
      <Messages of={of} />
      <People of={of} names={new Map([[session.person.id, session.person.name]])} />
      <dl className="pairs part-ids">
        <dt>Request id</dt>
        <dd className="mono">{of.id}</dd>
        <dt>Body digest</dt>
        <dd className="mono">{of.bodyDigest}</dd>
      </dl>
    </Stack>
  );
};

type Props = { session: Whose; exchange: string | null; onClose: () => void };

export const ExchangePanel = ({ session, exchange, onClose }: Props) => {
  const read = useExchange(session.id, exchange);
  return (
    <Drawer
      opened={exchange !== null}
      onClose={onClose}
      position="right"
      size={620}
      title={
        <Text fw={650} component="span">
          The request
        </Text>
      }
      overlayProps={{ backgroundOpacity: 0.25 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {read.data === undefined && !read.isError ? (
        <Stack role="status" aria-label="Loading">
          <Skeleton height={22} width="40%" />
          <Skeleton height={28} width="80%" />
          <Skeleton height={180} />
          <Skeleton height={120} />
        </Stack>
      ) : null}
      {read.isError && read.data === undefined ? (
        <ErrorNote error={read.error} retry={() => void read.refetch()} />
      ) : null}
      {read.data === undefined ? null : (
        <>
          <Content of={read.data} session={session} />
          <CopyButton value={window.location.href}>
            {({ copied, copy }) => (
              <Button variant="default" mt="lg" leftSection={<IconLink size={16} aria-hidden="true" />} onClick={copy}>
                {copied ? 'Copied' : 'Copy the link to this request'}
              </Button>
            )}
          </CopyButton>
        </>
      )}
    </Drawer>
  );
};
