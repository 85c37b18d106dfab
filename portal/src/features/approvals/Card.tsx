// The one shape in which an approver meets a request, whatever it is: who, what, which devices, why, until when and anything
// unusual first; everything else behind "Details". Nothing here decides.
import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconChevronRight, IconEye } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import { RiskTone } from '../../components/Tones.tsx';
import { hitLine, type TargetLike } from '../../lib/targets.ts';
import { type Risk, splitTitle, wantsTo } from '../../lib/words.ts';
import './approvals.css';

type Props = {
  who: string;
  mine: boolean;
  title: string;
  risk: Risk;
  effect: string;
  consoleName: string;
  targets: readonly TargetLike[];
  /** null: nothing was said */
  reason: string | null;
  ticket: string;
  /** how long, how often, how old, until when */
  terms: ReactNode;
  notes: readonly string[];
  /** address of the page that shows it in full; absent there */
  to?: string;
  /** what became of it, when it is decided */
  outcome?: ReactNode;
  /** why the reader may not answer */
  whyNot: string | null;
  /** read only when it is opened */
  details?: () => ReactNode;
  /** the answers */
  children?: ReactNode;
};

/** "ada wants to wipe 1 device", "You want to wipe 1 device" */
export const headingOf = (who: string, mine: boolean, title: string): string =>
  wantsTo(mine ? 'You' : who, title).replace(/^You wants/, 'You want');

const Details = ({ content }: { content: () => ReactNode }) => {
  const [opened, setOpened] = useState(false);
  return (
    <details className="card-details" onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>
        <IconChevronRight size={16} aria-hidden="true" className="card-arrow" /> Details
      </summary>
      {opened ? content() : null}
    </details>
  );
};

export const Card = (props: Props) => {
  const { who, mine, title, targets, reason, ticket, notes, to, details } = props;
  const heading = headingOf(who, mine, title);
  const { what, on: named } = splitTitle(title);
  const on = targets.length > 0 ? hitLine(what, targets) : named;
  return (
    <Paper component="article" p={{ base: 'md', xs: 'lg' }} aria-label={heading}>
      <Stack className="card-stack">
        <div>
          <Group justify="space-between" gap={6} wrap="wrap-reverse" align="flex-start">
            <Title order={2} className="request-title">
              {to === undefined ? (
                heading
              ) : (
                <Link to={to} className="plain-link">
                  {heading}
                </Link>
              )}
            </Title>
            <RiskTone risk={props.risk} />
          </Group>
          <Text mt={2} className="request-on">
            {on === '' ? 'On ' : <strong>{on}</strong>}
            {on === '' ? '' : ', on '}
            {props.consoleName}
          </Text>
          {props.effect === '' ? null : (
            <Text size="sm" c="dimmed">
              {props.effect}
            </Text>
          )}
        </div>
        {reason === null ? null : (
          <blockquote className="quote">
            {reason}
            {ticket === '' ? null : <span className="request-ticket">Ticket {ticket}</span>}
          </blockquote>
        )}
        <Text size="sm" component="div">
          {props.terms}
        </Text>
        {notes.length > 0 ? (
          <div className="note note-look request-odd">
            <IconEye size={18} aria-hidden="true" />
            <ul>
              {notes.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </div>
        ) : null}
        {props.outcome}
        {props.whyNot === null ? null : (
          <Text size="sm" className="request-whynot">
            {props.whyNot}
          </Text>
        )}
        {props.children}
        {details === undefined ? null : <Details content={details} />}
      </Stack>
    </Paper>
  );
};
