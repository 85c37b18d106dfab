// The page as it looked: rebuilt in a frame of another origin, which the portal only tells what to show.
import { Button, Loader } from '@mantine/core';
import { IconEyeOff } from '@tabler/icons-react';
import type { RefObject } from 'react';
import type { Replay } from '../../../../src/portal/contract/replay.ts';
import { ErrorNote } from '../../components/Notes.tsx';
import { consoleName, useMe } from '../../lib/me.ts';
import { plural } from '../../lib/plural.ts';
import { pagesOpenAt } from './clock.ts';
import { faultWords, pageName, whyNoLook } from './replayWords.ts';
import type { Player } from './useReplay.ts';

type Props = { replay: Replay; player: Player; frame: RefObject<HTMLIFrameElement | null> };

/** The pages that were open at this moment, when there is a choice. */
const Pages = ({ replay, player }: Omit<Props, 'frame'>) => {
  const { consoles } = useMe();
  const open = pagesOpenAt(replay.pages, player.at);
  const page = player.page;
  return (
    <div className="replay-pages">
      {page === null ? <span className="dimmed">No page</span> : null}
      {open.map((one) => (
        <button
          key={one.id}
          type="button"
          className="replay-page"
          aria-pressed={one.id === page?.id}
          onClick={() => player.choose(one.id)}
        >
          <span className="replay-page-console">{consoleName(consoles, one.console)}</span>
          <span className="mono">{pageName(one)}</span>
        </button>
      ))}
    </div>
  );
};

const Notice = ({ player }: { player: Player }) => {
  const { fault, gaps, page, at } = player;
  const silent = page?.silent.some(([from, to]) => from <= at && at <= to) ?? false;
  const lines = [
    ...(fault === null ? [] : [faultWords(fault)]),
    ...(gaps?.faults ?? []),
    ...(gaps !== null && gaps.missing > 0
      ? [`${plural(gaps.missing, 'step')} of this page never came to be recorded.`]
      : []),
    ...(silent ? ['The page sent nothing at this moment: it may have looked different.'] : []),
    ...(page?.why === null || page === null ? [] : [page.why]),
  ];
  return lines.length === 0 ? null : (
    <div role="status" className="replay-notice">
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
};

export const Stage = ({ replay, player, frame }: Props) => {
  const looks = replay.readable && replay.pages.some(({ mode }) => mode === 'dom');
  const none = player.page === null || !replay.readable ? whyNoLook(replay, player.at) : null;
  const broken = player.fault === 'broken' || player.fault === 'large' || player.fault === 'empty';
  return (
    <section className="replay-stage" aria-label="The page as it looked">
      <Pages replay={replay} player={player} />
      <div
        className="replay-frame"
        style={{ aspectRatio: player.size === null ? '16 / 10' : `${player.size.width} / ${player.size.height}` }}
      >
        {looks && !player.stuck ? (
          <iframe
            ref={frame}
            title="The recorded page"
            tabIndex={-1}
            src={`${replay.origin}/`}
            // Its own origin is needed inside, to reach the frame that it rebuilds in; it is not this one.
            sandbox="allow-scripts allow-same-origin"
            referrerPolicy="no-referrer"
            className={none !== null || broken ? 'replay-hidden' : ''}
          />
        ) : null}
        {none !== null ? (
          <div className="replay-nothing">
            <IconEyeOff aria-hidden="true" />
            <strong>{none.title}</strong>
            <p>{none.text}</p>
          </div>
        ) : null}
        {none === null && player.stuck ? (
          <div className="replay-nothing">
            <IconEyeOff aria-hidden="true" />
            <strong>This page does not show</strong>
            <p>
              Its recording may be too much for this browser, or its origin cannot be reached from here: {replay.origin}
            </p>
            <Button variant="default" size="xs" onClick={() => window.location.reload()}>
              Try again
            </Button>
          </div>
        ) : null}
        {none === null && player.error !== null ? (
          <div className="replay-nothing">
            <ErrorNote error={player.error} retry={player.retry} />
          </div>
        ) : null}
        {none === null && player.loading && player.error === null && !player.stuck ? (
          <span className="replay-loading" role="status" aria-label="Loading this moment">
            <Loader size="sm" />
          </span>
        ) : null}
      </div>
      <Notice player={player} />
    </section>
  );
};
