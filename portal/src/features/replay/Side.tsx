// Beside the page: acts with their people, or every request around this moment. What happens now is marked and kept in view.
import { Button, SegmentedControl, Text } from '@mantine/core';
import { IconAlertTriangle, IconListDetails } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { Replay, ReplayMark, ReplayRequest } from '../../../../src/portal/contract/replay.ts';
import { useReplayRequests } from '../../api/queries.ts';
import { ErrorNote, LoadingCards, Nothing } from '../../components/Notes.tsx';
import { RiskTone } from '../../components/Tones.tsx';
import { reasonTitle } from '../sessions/reasonTitle.ts';
import { isStrange, watchEvery } from './clock.ts';
import { MarkShape, toneOf } from './MarkShape.tsx';
import { kindWord, offsetOf, STRANGE } from './replayWords.ts';
import type { Player } from './useReplay.ts';

type Props = {
  replay: Replay;
  player: Player;
  live: boolean;
  opened: string | null;
  onOpen: (exchange: string) => void;
};

/** Rows that are drawn at a time, around the moment: a long session has thousands. */
const ROWS = 80;
const BLOCK = 120_000;

type Row = Pick<ReplayMark, 'at' | 'title' | 'risk' | 'reason' | 'kind' | 'by' | 'gesture' | 'exchange'> & {
  readonly line: string | null;
};

const ofRequest = ({ id, at, title, risk, reason, verdict, gesture, method, target, status }: ReplayRequest): Row => ({
  ...{ at, title, risk, reason, gesture, exchange: id, by: null, kind: verdict === 'go' ? 'act' : 'refusal' },
  line: `${method} ${target}${status === null ? '' : ` · ${status}`}`,
});

const Item = ({ row, now, opened, replay, player, onOpen }: { row: Row; now: boolean } & Props) => {
  const self = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const item = self.current;
    const box = item?.parentElement;
    // Only the list scrolls: scrollIntoView would move the whole page under the reader.
    if (now && item && box) box.scrollTop = item.offsetTop - box.clientHeight / 3;
  }, [now]);
  const act = row.kind === 'act' || row.kind === 'refusal';
  return (
    <li
      ref={self}
      className={`replay-row ${isStrange(row) ? 'replay-strange' : ''}`}
      aria-current={now ? 'time' : undefined}
    >
      <button type="button" className="replay-row-go" onClick={() => player.seek(row.at - 1000)}>
        <span className="replay-row-time tabular">{offsetOf(row.at, replay.from)}</span>
        <span className={`replay-row-shape ${toneOf(row)}`}>
          <MarkShape mark={row} />
        </span>
        <span className="replay-row-text">
          <span className={act && row.risk !== 'read' ? 'replay-row-title' : ''}>{row.title}</span>
          {row.line === null ? (
            <span className="dimmed">{kindWord(row)}</span>
          ) : (
            <span className="mono dimmed">{row.line}</span>
          )}
          {row.kind === 'refusal' && row.reason !== null ? (
            <span className="tl-reason">{reasonTitle(row.reason)}</span>
          ) : null}
          {isStrange(row) ? (
            <span className="replay-strange-words">
              <IconAlertTriangle size={14} aria-hidden="true" /> {STRANGE}
            </span>
          ) : null}
        </span>
        {act && row.risk !== 'read' ? <RiskTone risk={row.risk} /> : null}
      </button>
      {row.exchange === null ? null : (
        <Button
          variant={opened === row.exchange ? 'light' : 'subtle'}
          size="compact-xs"
          onClick={() => row.exchange !== null && onOpen(row.exchange)}
        >
          Show the request
        </Button>
      )}
    </li>
  );
};

const List = ({ rows, label, ...rest }: { rows: readonly Row[]; label: string } & Props) => {
  const { at } = rest.player;
  const current = rows.findLastIndex((row) => row.at <= at + 1000);
  const from = Math.max(0, Math.min(current - ROWS / 2, rows.length - ROWS));
  return (
    <ol className="replay-list" aria-label={label}>
      {rows.slice(from, from + ROWS).map((row, index) => (
        <Item key={`${row.at}${row.kind}${row.exchange}${row.by}`} row={row} now={from + index === current} {...rest} />
      ))}
    </ol>
  );
};

const Requests = (props: Props) => {
  const { replay, player } = props;
  const block = Math.floor((player.at - replay.from) / BLOCK);
  const from = replay.from + block * BLOCK;
  const to = from + BLOCK * 1.5;
  // What grows keeps its name: a session that goes on has no end to be asked for.
  const read = useReplayRequests(
    replay.id,
    Math.max(replay.from, from - BLOCK / 2),
    replay.running ? to : Math.min(replay.to, to),
    props.live && to >= replay.to && watchEvery(replay),
  );
  if (read.isError) return <ErrorNote error={read.error} retry={() => void read.refetch()} />;
  if (read.data === undefined) return <LoadingCards count={1} height={200} />;
  const { requests, more } = read.data;
  if (requests.length === 0) return <Text c="dimmed">No request within two minutes.</Text>;
  return (
    <>
      <List rows={requests.map(ofRequest)} label="Requests around this moment" {...props} />
      {more ? (
        <Text size="xs" c="dimmed">
          There are more requests than this list holds. The session's own list has all of them.
        </Text>
      ) : null}
    </>
  );
};

export const Side = (props: Props) => {
  const { replay } = props;
  const blind = !replay.pages.some(({ mode }) => mode === 'dom');
  const [shows, setShows] = useState<'acts' | 'requests'>(blind && replay.marks.length === 0 ? 'requests' : 'acts');
  const strange = replay.marks.filter(isStrange).length;
  return (
    <section className="replay-side" aria-label="What was done">
      <SegmentedControl
        aria-label="What to list"
        value={shows}
        data={[
          { value: 'acts', label: 'Acts' },
          { value: 'requests', label: 'Every request' },
        ]}
        onChange={(value) => setShows(value === 'requests' ? 'requests' : 'acts')}
        fullWidth
      />
      {strange > 0 ? (
        <p className="replay-strange-words">
          <IconAlertTriangle size={16} aria-hidden="true" />
          {strange === 1 ? 'One dangerous request' : `${strange} dangerous requests`} without a click or key before: a
          script may have sent {strange === 1 ? 'it' : 'them'}.
        </p>
      ) : null}
      {shows === 'requests' ? <Requests {...props} /> : null}
      {shows === 'acts' && replay.marks.length === 0 ? (
        <Nothing icon={<IconListDetails />} title="No acts">
          This session {replay.running ? 'has changed' : 'changed'} nothing in a console, and nothing was refused.
        </Nothing>
      ) : null}
      {shows === 'acts' && replay.marks.length > 0 ? (
        <List rows={replay.marks.map((mark) => ({ ...mark, line: null }))} label="Acts" {...props} />
      ) : null}
      {replay.more ? (
        <Text size="xs" c="dimmed">
          Not every act of this session is on this timeline. The session's own list has all of them.
        </Text>
      ) : null}
    </section>
  );
};
