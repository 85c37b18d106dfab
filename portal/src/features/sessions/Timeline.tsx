// The timeline: acts by their risk in shape, word and tone; refusals; reads as one line that opens in place.
import { Paper, Text, UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import type { ExchangeRow } from '../../../../src/portal/contract/sessions.ts';
import { Moment } from '../../components/Moment.tsx';
import { RiskShape, RiskTone, VerdictTone } from '../../components/Tones.tsx';
import { plural } from '../../lib/plural.ts';
import { span } from '../../lib/time.ts';
import { readSummary, type TimelineItem } from '../../lib/timeline.ts';
import { reasonTitle } from './reasonTitle.ts';

type Open = { opened: string | null; onOpen: (exchange: string) => void };

const Exchange = ({ exchange, opened, onOpen }: Open & { exchange: ExchangeRow }) => {
  const plain = exchange.risk === 'read' && exchange.verdict === 'go';
  return (
    <li
      className={`tl-item tl-${exchange.risk} ${exchange.verdict === 'refuse' ? 'tl-refused' : ''} ${plain ? 'tl-plain' : ''}`}
    >
      <span className="tl-time">
        <Moment at={exchange.at} as="precise" />
      </span>
      <span className="tl-mark">
        <RiskShape risk={exchange.risk} verdict={exchange.verdict} />
      </span>
      <UnstyledButton
        className="tl-body"
        aria-current={opened === exchange.id ? 'true' : undefined}
        onClick={() => onOpen(exchange.id)}
      >
        <span className="tl-text">
          <span className="tl-title">{exchange.title}</span>
          <span className="tl-meta mono">
            {exchange.method} {exchange.target}
          </span>
          {exchange.verdict === 'refuse' && exchange.reason !== null ? (
            <span className="tl-reason">{reasonTitle(exchange.reason)}</span>
          ) : null}
        </span>
        <span className="tl-tones">
          {exchange.risk === 'read' ? null : <RiskTone risk={exchange.risk} />}
          {exchange.verdict === 'refuse' ? <VerdictTone verdict="refuse" /> : null}
          {exchange.verdict === 'go' ? (
            <Text size="sm" c="dimmed" component="span" className="tabular">
              {exchange.status ?? 'no answer'}
            </Text>
          ) : null}
        </span>
      </UnstyledButton>
    </li>
  );
};

const Reads = ({ exchanges, ...open }: Open & { exchanges: readonly ExchangeRow[] }) => {
  const [shown, setShown] = useState(exchanges.some((exchange) => exchange.id === open.opened));
  const [first] = exchanges;
  if (first === undefined) return null;
  const [most, second] = readSummary(exchanges);
  return (
    <>
      <li className="tl-item tl-plain">
        <span className="tl-time">
          <Moment at={first.at} as="precise" />
        </span>
        <span className="tl-mark">
          <RiskShape risk="read" verdict="go" />
        </span>
        <UnstyledButton className="tl-body" aria-expanded={shown} onClick={() => setShown(!shown)}>
          <span className="tl-text">
            <span>
              {plural(exchanges.length, 'read')}
              <Text span c="dimmed">
                {' · '}
                {[most?.title, second?.title].filter((title) => title !== undefined).join(', ')}
                {readSummary(exchanges).length > 2 ? ' and more' : ''}
              </Text>
            </span>
          </span>
          <IconChevronDown size={16} aria-hidden="true" className={shown ? 'turned' : ''} />
        </UnstyledButton>
      </li>
      {shown ? exchanges.map((exchange) => <Exchange key={exchange.id} exchange={exchange} {...open} />) : null}
    </>
  );
};

export const Timeline = ({ items, opened, onOpen }: Open & { items: readonly TimelineItem[] }) => (
  <Paper className="tl-paper">
    <ol className="tl">
      {items.map((item) => {
        if (item.kind === 'silence')
          return (
            <li key={item.id} className="tl-silence">
              {span(item.length)} without a request
            </li>
          );
        if (item.kind === 'reads')
          return <Reads key={`reads-${item.id}`} exchanges={item.exchanges} opened={opened} onOpen={onOpen} />;
        return <Exchange key={item.exchange.id} exchange={item.exchange} opened={opened} onOpen={onOpen} />;
      })}
    </ol>
  </Paper>
);
