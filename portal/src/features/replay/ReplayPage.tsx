// The replay of a session: the page as it looked beside the requests as they were, on one timeline. `?at=` is the moment (ms since
// the epoch), `?exchange=` opens a request; both can be linked to.
import { Anchor, Skeleton, Stack } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import type { Replay } from '../../../../src/portal/contract/replay.ts';
import { mayPass, useReplayTimeline } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { ErrorNote } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { dayOf } from '../../lib/time.ts';
import { ExchangePanel } from '../sessions/ExchangePanel.tsx';
import { Controls } from './Controls.tsx';
import { watchEvery } from './clock.ts';
import { Live } from './Live.tsx';
import type { Watch } from './replayWords.ts';
import { Side } from './Side.tsx';
import { Stage } from './Stage.tsx';
import { Track } from './Track.tsx';
import { useAttention } from './useAttention.ts';
import { useKeys } from './useKeys.ts';
import { useOwnFocus } from './useOwnFocus.ts';
import { useReplay } from './useReplay.ts';
import './replay.css';

const back = (id: string) => (
  <Anchor component={Link} to={`/sessions/${id}`} size="sm" className="back">
    <IconArrowLeft size={16} aria-hidden="true" /> Session
  </Anchor>
);

const Loading = () => (
  <div role="status" aria-label="Loading" className="replay">
    <Skeleton height={420} className="replay-stage" />
    <Stack className="replay-side" gap="sm">
      <Skeleton height={34} />
      <Skeleton height={22} width="80%" />
      <Skeleton height={22} width="65%" />
      <Skeleton height={22} width="70%" />
    </Stack>
    <Skeleton height={64} className="replay-below" />
  </div>
);

const Playing = ({ replay, watch }: { replay: Replay; watch: Watch }) => {
  const [parameters, setParameters] = useSearchParams();
  const asked = Number(parameters.get('at') ?? Number.NaN);
  const opened = parameters.get('exchange');
  const [start] = useState(() => {
    const about = replay.marks.find(({ exchange }) => exchange !== null && exchange === opened);
    return Number.isFinite(asked) ? asked : (about?.at ?? replay.pages[0]?.from ?? replay.from);
  });
  const frame = useRef<HTMLIFrameElement>(null);
  const player = useReplay(replay, start, frame);
  const set = (name: string, value: string | null) => {
    const next = new URLSearchParams(parameters);
    if (value === null) next.delete(name);
    else next.set(name, value);
    setParameters(next, { replace: true });
  };
  const open = (exchange: string | null) => {
    if (player.playing && exchange !== null) player.toggle();
    set('exchange', exchange);
  };
  useKeys(player, opened === null);
  useOwnFocus(frame);
  // A link that was followed again, or edited, leads there.
  const followed = useRef(asked);
  useEffect(() => {
    if (!Number.isFinite(asked) || asked === followed.current) return;
    followed.current = asked;
    player.seek(asked);
  }, [asked, player]);
  return (
    <>
      <div className="replay">
        <Stage replay={replay} player={player} frame={frame} />
        <Side replay={replay} player={player} live={replay.running && watch === 'live'} opened={opened} onOpen={open} />
        <div className="replay-below">
          <Live replay={replay} player={player} watch={watch} />
          <Track replay={replay} player={player} />
          <Controls replay={replay} player={player} />
        </div>
      </div>
      <ExchangePanel session={replay} exchange={opened} onClose={() => open(null)} />
    </>
  );
};

export default function ReplayPage() {
  const { id = '' } = useParams();
  const there = useAttention();
  const read = useReplayTimeline(id, (known) => there && known.running && watchEvery(known));
  const replay = read.data;
  if (replay === undefined)
    return (
      <Page title="Replay" back={back(id)}>
        {read.isError ? <ErrorNote error={read.error} retry={() => void read.refetch()} /> : <Loading />}
      </Page>
    );
  const failing = read.error ?? read.failureReason;
  const watch: Watch = failing !== null ? (mayPass(failing) ? 'lost' : 'refused') : there ? 'live' : 'left';
  return (
    <Page
      title={`Replay: ${replay.person.name}`}
      lead={
        <>
          {dayOf(replay.from)}, <Moment at={replay.from} as="precise" /> to <Moment at={replay.to} as="precise" />
          {replay.running ? ', still running' : ''}
        </>
      }
      back={back(id)}
      keepLead
    >
      {read.error === null || mayPass(read.error) ? null : (
        <ErrorNote error={read.error} retry={() => void read.refetch()} />
      )}
      <Playing key={replay.id} replay={replay} watch={watch} />
    </Page>
  );
}
