// The rows of the review: a table with a head that stays, cards where there is no room for one. The same words in both.
import { Paper, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { ReviewRow } from '../../../../src/portal/contract/review.ts';
import { Moment } from '../../components/Moment.tsx';
import { StateTone, UnusedTone } from '../../components/Tones.tsx';
import { countOf, targetNames } from '../../lib/targets.ts';
import { minutesInWords } from '../../lib/time.ts';
import { approvedBy, endWord, usedSentence } from './reviewWords.ts';

type Rows = { rows: readonly ReviewRow[] };

const Tone = ({ row }: { row: ReviewRow }) => (row.unused ? <UnusedTone /> : <StateTone state={row.state} />);

export const ReviewTable = ({ rows }: Rows) => (
  <Paper className="review-paper">
    <Table verticalSpacing="sm" horizontalSpacing="md" tabularNums stickyHeader stickyHeaderOffset="var(--stuck)">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Person</Table.Th>
          <Table.Th>Access</Table.Th>
          <Table.Th>Reason</Table.Th>
          <Table.Th>Answer</Table.Th>
          <Table.Th className="number">For</Table.Th>
          <Table.Th className="number">Used</Table.Th>
          <Table.Th>State</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.grant} className={row.unused ? 'review-unused' : ''}>
            <Table.Td>
              <strong>{row.holder.name}</strong>
              <Text size="xs" c="dimmed">
                <Moment at={row.askedAt} as="clock" />
              </Text>
            </Table.Td>
            <Table.Td className="review-what">
              <Link to={`/approvals/${row.grant}`} className="plain-link">
                {row.title}
              </Link>
              <Text size="xs" c="dimmed">
                {row.console.name} · {countOf(row.targets) || 'no devices'}
              </Text>
            </Table.Td>
            <Table.Td className="review-why">
              {row.reason}
              {row.ticket === '' ? null : (
                <Text size="xs" c="dimmed">
                  {row.ticket}
                </Text>
              )}
            </Table.Td>
            <Table.Td>{approvedBy(row)}</Table.Td>
            <Table.Td className="number">
              {row.activeFrom === null || row.minutes === null ? '' : minutesInWords(row.minutes)}
            </Table.Td>
            <Table.Td className="number">
              {row.activeFrom === null || row.uses === null ? '' : `${row.used} of ${row.uses}`}
            </Table.Td>
            <Table.Td>
              <Tone row={row} />
              <Text size="xs" c="dimmed">
                {endWord(row.endedBecause)}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Paper>
);

export const ReviewCards = ({ rows }: Rows) => (
  <Paper>
    <ul className="rows">
      {rows.map((row) => (
        <li key={row.grant}>
          <Link to={`/approvals/${row.grant}`} className={row.unused ? 'review-card review-unused' : 'review-card'}>
            <span className="review-card-head">
              <strong>{row.holder.name}</strong>
              <Tone row={row} />
            </span>
            <span>{row.title}</span>
            <Text size="sm" component="span">
              {targetNames(row.targets)}, on {row.console.name}
            </Text>
            <Text size="sm" c="dimmed" component="span">
              “{row.reason}” {row.ticket}
            </Text>
            <Text size="sm" c="dimmed" component="span">
              {[approvedBy(row), usedSentence(row)].filter((part) => part !== '').join('. ')}{' '}
              <Moment at={row.askedAt} as="clock" />
            </Text>
          </Link>
        </li>
      ))}
    </ul>
  </Paper>
);
