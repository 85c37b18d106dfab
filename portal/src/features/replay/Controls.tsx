// Play, jump, speed, idle, and the link to this moment.
import { ActionIcon, Button, CopyButton, Popover, SegmentedControl, Switch, Tooltip } from '@mantine/core';
import {
  IconKeyboard,
  IconLink,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBackFilled,
  IconPlayerSkipForwardFilled,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Replay } from '../../../../src/portal/contract/replay.ts';
import { preciseTime, utc } from '../../lib/time.ts';
import { SPEEDS } from './clock.ts';
import { offsetOf } from './replayWords.ts';
import { KEYS } from './useKeys.ts';
import type { Player } from './useReplay.ts';

const Tool = ({
  label,
  children,
  ...rest
}: {
  label: string;
  children: ReactNode;
  onClick: () => void;
  disabled?: boolean;
}) => (
  <Tooltip label={label}>
    <ActionIcon variant="default" size="lg" aria-label={label} {...rest}>
      {children}
    </ActionIcon>
  </Tooltip>
);

/** A link that leads to this session at this moment. */
export const linkTo = (at: number): string => {
  const url = new URL(window.location.href);
  url.search = '';
  url.searchParams.set('at', String(Math.round(at)));
  return url.href;
};

export const Controls = ({ replay, player }: { replay: Replay; player: Player }) => (
  <div className="replay-controls">
    <div className="replay-buttons">
      <Tool label="Previous act" onClick={player.previous} disabled={replay.marks.length === 0}>
        <IconPlayerSkipBackFilled size={16} aria-hidden="true" />
      </Tool>
      <ActionIcon
        variant="filled"
        size="lg"
        aria-label={player.playing ? 'Pause' : 'Play'}
        onClick={player.toggle}
        data-replay-play
      >
        {player.playing ? (
          <IconPlayerPauseFilled size={18} aria-hidden="true" />
        ) : (
          <IconPlayerPlayFilled size={18} aria-hidden="true" />
        )}
      </ActionIcon>
      <Tool label="Next act" onClick={player.next} disabled={replay.marks.length === 0}>
        <IconPlayerSkipForwardFilled size={16} aria-hidden="true" />
      </Tool>
      <Tooltip label={utc(player.at)}>
        <span className="replay-time tabular">
          {preciseTime(player.at)}
          <span className="dimmed">
            {' '}
            {offsetOf(player.at, replay.from)} of {offsetOf(replay.to, replay.from)}
          </span>
        </span>
      </Tooltip>
    </div>
    <div className="replay-buttons">
      <SegmentedControl
        size="xs"
        aria-label="Speed"
        value={String(player.speed)}
        data={SPEEDS.map((speed) => ({ value: String(speed), label: `${speed}×` }))}
        onChange={(value) => player.setSpeed(Number(value))}
      />
      <Switch
        size="sm"
        label="Skip idle time"
        checked={player.skipIdle}
        onChange={(event) => player.setSkipIdle(event.currentTarget.checked)}
      />
      <CopyButton value={linkTo(player.at)}>
        {({ copied, copy }) => (
          <Button variant="default" size="xs" leftSection={<IconLink size={15} aria-hidden="true" />} onClick={copy}>
            {copied ? 'Copied' : 'Link to this moment'}
          </Button>
        )}
      </CopyButton>
      <Popover position="top-end" withArrow>
        <Popover.Target>
          <ActionIcon variant="subtle" aria-label="Keys" className="replay-keys-button">
            <IconKeyboard size={18} aria-hidden="true" />
          </ActionIcon>
        </Popover.Target>
        <Popover.Dropdown>
          <dl className="replay-keys">
            {KEYS.map(({ keys, says }) => (
              <div key={says}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{says}</dd>
              </div>
            ))}
          </dl>
        </Popover.Dropdown>
      </Popover>
    </div>
  </div>
);
