// What was found, by session: who, and under it each act, refusal or moment of a page, the newest first.
import { Paper, Text } from '@mantine/core';
import { IconDeviceDesktop } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { SearchHit, SearchPage } from '../../../../src/portal/contract/search.ts';
import { Moment } from '../../components/Moment.tsx';
import { RiskShape, RiskTone, VerdictTone } from '../../components/Tones.tsx';
import { consoleName, useMe } from '../../lib/me.ts';
import { plural } from '../../lib/plural.ts';
import { reasonTitle } from '../sessions/reasonTitle.ts';
import { Marked } from './Marked.tsx';

export type Group = SearchPage['groups'][number];

const linkOf = (hit: SearchHit): string =>
  hit.kind === 'act'
    ? `/sessions/${hit.session}?exchange=${encodeURIComponent(hit.id)}`
    : `/sessions/${hit.session}/replay?at=${hit.at}&page=${encodeURIComponent(hit.page)}`;

const Found = ({ hit, marks }: { hit: SearchHit; marks: readonly string[] }) => {
  const { consoles } = useMe();
  const tone = hit.kind === 'screen' ? 'tl-plain' : `tl-${hit.risk} ${hit.verdict === 'refuse' ? 'tl-refused' : ''}`;
  return (
    <li className={`tl-item search-hit ${tone}`}>
      <span className="tl-time">
        <Moment at={hit.at} as="clock" />
      </span>
      <span className="tl-mark">
        {hit.kind === 'screen' ? (
          <IconDeviceDesktop aria-hidden="true" />
        ) : (
          <RiskShape risk={hit.risk} verdict={hit.verdict} />
        )}
      </span>
      <Link to={linkOf(hit)} className="tl-body search-link">
        {hit.kind === 'screen' ? (
          <span className="tl-text">
            <span className="tl-title">On screen, at {consoleName(consoles, hit.console)}</span>
            <span className="search-text">
              <Marked text={hit.text} words={marks} />
            </span>
          </span>
        ) : (
          <>
            <span className="tl-text">
              <span className="tl-title">
                <Marked text={hit.title} words={marks} />
              </span>
              <span className="tl-meta mono">
                {consoleName(consoles, hit.console)}, {hit.method} <Marked text={hit.target} words={marks} />
              </span>
              {hit.verdict === 'refuse' && hit.reason !== null ? (
                <span className="tl-reason">{reasonTitle(hit.reason)}</span>
              ) : null}
            </span>
            <span className="tl-tones">
              {hit.risk === 'read' ? null : <RiskTone risk={hit.risk} />}
              {hit.verdict === 'refuse' ? <VerdictTone verdict="refuse" /> : null}
            </span>
          </>
        )}
      </Link>
    </li>
  );
};

export const Results = ({ groups, marks }: { groups: readonly Group[]; marks: readonly string[] }) => (
  <ol className="search-groups">
    {groups.map(({ session, person, hits }) => (
      <li key={`${session}${hits[0]?.at ?? 0}`}>
        <Paper className="tl-paper">
          <div className="search-group">
            <Link to={`/sessions/${session}`} className="sessions-name">
              <Marked text={person.name === '' ? 'Somebody' : person.name} words={marks} />
            </Link>
            <Text size="sm" c="dimmed" component="span">
              {plural(hits.length, 'finding')} in this session
            </Text>
          </div>
          <ol className="tl">
            {hits.map((hit) => (
              <Found key={hit.kind === 'act' ? hit.id : `${hit.page}${hit.at}`} hit={hit} marks={marks} />
            ))}
          </ol>
        </Paper>
      </li>
    ))}
  </ol>
);
