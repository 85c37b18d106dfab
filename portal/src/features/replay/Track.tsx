// One track for the whole session: where the time is, pages, pauses that are skipped, and marks by risk, in shape, tone and word.
import { Tooltip } from '@mantine/core';
import { type PointerEvent, useMemo, useRef } from 'react';
import type { Replay } from '../../../../src/portal/contract/replay.ts';
import { preciseTime } from '../../lib/time.ts';
import { clusters, isStrange, percent } from './clock.ts';
import { MarkShape, toneOf } from './MarkShape.tsx';
import { markSentence, offsetOf } from './replayWords.ts';
import type { Player } from './useReplay.ts';

const PLACES = 90;
const wide = (from: number, to: number, replay: Replay) => ({
  left: `${percent(from, replay)}%`,
  width: `${Math.max(0.15, percent(to, replay) - percent(from, replay))}%`,
});

export const Track = ({ replay, player }: { replay: Replay; player: Player }) => {
  const rail = useRef<HTMLDivElement>(null);
  const drags = useRef(0);
  const marks = useMemo(() => clusters(replay.marks, replay, PLACES), [replay]);
  const to = (event: PointerEvent<HTMLDivElement>) => {
    const box = rail.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return;
    player.seek(replay.from + ((event.clientX - box.left) / box.width) * (replay.to - replay.from));
  };
  return (
    <div className="replay-track">
      <div className="replay-marks">
        {marks.map(({ mark, count }) => {
          const words = `${markSentence(mark, replay.from)}${count > 1 ? `, and ${count - 1} more` : ''}`;
          return (
            <Tooltip key={`${mark.at}${mark.kind}`} label={words} multiline maw={320}>
              <button
                type="button"
                tabIndex={-1}
                aria-label={words}
                className={`replay-mark ${toneOf(mark)} ${isStrange(mark) ? 'replay-strange' : ''}`}
                style={{ left: `${percent(mark.at, replay)}%` }}
                onClick={() => player.seek(mark.at - 1000)}
              >
                <MarkShape mark={mark} />
              </button>
            </Tooltip>
          );
        })}
      </div>
      <div
        ref={rail}
        className="replay-rail"
        role="slider"
        tabIndex={0}
        aria-label="Moment"
        aria-valuemin={0}
        aria-valuemax={Math.round((replay.to - replay.from) / 1000)}
        aria-valuenow={Math.round((player.at - replay.from) / 1000)}
        aria-valuetext={`${preciseTime(player.at)}, ${offsetOf(player.at, replay.from)} of ${offsetOf(replay.to, replay.from)}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          to(event);
        }}
        onPointerMove={(event) => {
          // Each look costs a rebuilding: some a second are enough while it is dragged.
          if (!event.currentTarget.hasPointerCapture(event.pointerId) || event.timeStamp - drags.current < 120) return;
          drags.current = event.timeStamp;
          to(event);
        }}
        onPointerUp={(event) => to(event)}
      >
        {replay.pages.map((page) => (
          <span
            key={page.id}
            className={page.mode === 'dom' ? 'replay-span' : 'replay-span replay-span-blind'}
            style={wide(page.from, page.to, replay)}
          />
        ))}
        {replay.idle.map(([from, until]) => (
          <span key={from} className="replay-idle" style={wide(from, until, replay)} />
        ))}
        <span className="replay-head" style={{ left: `${percent(player.at, replay)}%` }} />
      </div>
    </div>
  );
};
