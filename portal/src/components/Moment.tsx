// A moment in the reader's words and zone; the absolute time in UTC on hover and focus.
import { Tooltip } from '@mantine/core';
import { useNow } from '../lib/now.ts';
import { clockTime, countdown, moment, preciseTime, relative, utc } from '../lib/time.ts';

type Style = 'full' | 'relative' | 'clock' | 'precise';

export const Moment = ({ at, as = 'full' }: { at: number; as?: Style }) => {
  const present = useNow();
  const text =
    as === 'full'
      ? moment(at, present)
      : as === 'relative'
        ? relative(at, present)
        : as === 'clock'
          ? clockTime(at, present)
          : preciseTime(at);
  return (
    <Tooltip label={utc(at)}>
      <time dateTime={new Date(at).toISOString()} className="moment tabular">
        {text}
      </time>
    </Tooltip>
  );
};

/** What is left until `until`, as a clock that ticks. Screen readers get the moment instead of every second. */
export const Countdown = ({ until }: { until: number }) => {
  const present = useNow();
  return (
    <Tooltip label={utc(until)}>
      <time
        dateTime={new Date(until).toISOString()}
        className="tabular"
        aria-label={moment(until, present)}
        role="timer"
        aria-live="off"
      >
        {countdown(until - present)}
      </time>
    </Tooltip>
  );
};
