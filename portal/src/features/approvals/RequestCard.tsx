// One request as an approver needs it, before any scrolling: who, what, which devices, why, until when, and anything unusual.
import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { GrantView } from '../../../../src/portal/contract/grants.ts';
import { Moment } from '../../components/Moment.tsx';
import { Targets } from '../../components/Targets.tsx';
import { RiskTone, StateTone } from '../../components/Tones.tsx';
import { minutesInWords } from '../../lib/time.ts';
import { grantOutcome, oddities, plural, splitTitle, wantsTo } from '../../lib/words.ts';
import { Decide } from './Decide.tsx';
import './approvals.css';

export const RequestCard = ({ grant, linked = true }: { grant: GrantView; linked?: boolean }) => {
  const { on } = splitTitle(grant.title);
  const unusual = grant.state === 'asked' ? oddities(grant) : [];
  const heading = wantsTo(grant.mine ? 'You' : grant.holder.name, grant.title).replace(/^You wants/, 'You want');
  return (
    <Paper component="article" p={{ base: 'md', xs: 'lg' }} aria-label={heading}>
      <Stack gap="md">
        <div>
          <Group justify="space-between" gap="xs" wrap="wrap-reverse" align="flex-start">
            <Title order={2} className="request-title">
              {linked ? (
                <Link to={`/approvals/${grant.id}`} className="plain-link">
                  {heading}
                </Link>
              ) : (
                heading
              )}
            </Title>
            <RiskTone risk={grant.risk} />
          </Group>
          <Text mt={2}>
            {on === '' ? null : <strong>{on}</strong>}
            {on === '' ? 'On ' : ', on '}
            {grant.console.name}
          </Text>
          <Text size="sm" c="dimmed">
            {grant.effect}
          </Text>
        </div>
        {grant.targets.length > 1 || on === '' ? <Targets targets={grant.targets} /> : null}
        <blockquote className="quote">
          {grant.reason}
          {grant.ticket === '' ? null : <span className="request-ticket">Ticket {grant.ticket}</span>}
        </blockquote>
        <Text size="sm">
          <strong>
            {minutesInWords(grant.askedMinutes)}, {plural(grant.askedUses, 'use')}
          </strong>
          {' · asked '}
          <Moment at={grant.askedAt} as="relative" />
          {grant.state === 'asked' ? (
            <>
              {' · answer until '}
              <Moment at={grant.answerUntil} as="clock" />
            </>
          ) : null}
        </Text>
        {unusual.length > 0 ? (
          <div className="note note-look request-odd">
            <IconEye size={18} aria-hidden="true" />
            <ul>
              {unusual.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </div>
        ) : null}
        {grant.state === 'asked' ? null : (
          <Group gap="xs">
            <StateTone state={grant.state} />
            <Text size="sm">{grantOutcome(grant)}</Text>
          </Group>
        )}
        {grant.whyNot !== null && grant.state === 'asked' ? (
          <Text size="sm" className="request-whynot">
            {grant.whyNot}
          </Text>
        ) : null}
        {grant.may.approve || grant.may.deny ? <Decide grant={grant} /> : null}
      </Stack>
    </Paper>
  );
};
