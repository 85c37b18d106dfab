// A session that goes on: that it does, whether the viewer follows it, and the way there. Says once that it has ended.
import { Button } from '@mantine/core';
import { IconPlayerTrackNextFilled } from '@tabler/icons-react';
import { useRef } from 'react';
import type { Replay } from '../../../../src/portal/contract/replay.ts';
import { preciseTime } from '../../lib/time.ts';
import { liveWords, type Watch } from './replayWords.ts';
import type { Player } from './useReplay.ts';

export const Live = ({ replay, player, watch }: { replay: Replay; player: Player; watch: Watch }) => {
  const ran = useRef(replay.running);
  if (!ran.current) return null;
  return (
    <div className="replay-live">
      <span role="status">
        {replay.running ? (
          <>
            <span className={watch === 'live' ? 'replay-live-mark' : 'replay-live-mark replay-live-off'}>
              {watch === 'live' ? 'Live' : 'Not live'}
            </span>{' '}
            {liveWords(watch, player.following)}
          </>
        ) : (
          `This session ended at ${preciseTime(replay.to)}.`
        )}
      </span>
      {replay.running && !player.following ? (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlayerTrackNextFilled size={14} aria-hidden="true" />}
          onClick={player.toEnd}
        >
          Jump to now
        </Button>
      ) : null}
    </div>
  );
};
