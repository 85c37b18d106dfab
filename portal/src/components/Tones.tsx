// Risk, verdict and state as small labels. Each differs in colour, shape and word, so that none carries the meaning alone.
import type { GrantView } from '../../../src/portal/contract/grants.ts';
import type { Fill } from '../lib/freezeWords.ts';
import { RISK_WORDS, type Risk, stateWord } from '../lib/words.ts';

const Shape = ({ of }: { of: Risk | 'go' | 'refuse' | 'wait' | 'over' }) => {
  const paths = {
    read: <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.6" />,
    low: <circle cx="6" cy="6" r="5" fill="currentColor" />,
    high: <path d="M6 .9 11.6 11H.4Z" fill="currentColor" />,
    destructive: <path d="M6 0 12 6 6 12 0 6Z" fill="currentColor" />,
    go: <path d="m1.5 6.5 3 3 6-7" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
    refuse: (
      <g fill="none" stroke="currentColor" strokeWidth="1.8">
        <circle cx="6" cy="6" r="4.8" />
        <path d="M2.7 9.3 9.3 2.7" />
      </g>
    ),
    wait: (
      <g fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
        <circle cx="6" cy="6" r="4.8" />
        <path d="M6 3.2V6l1.9 1.4" />
      </g>
    ),
    over: <path d="M2 6h8" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
  };
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" focusable="false">
      {paths[of]}
    </svg>
  );
};

export const RiskTone = ({ risk }: { risk: Risk }) => (
  <span className={`tone tone-${risk}`}>
    <Shape of={risk} />
    {RISK_WORDS[risk]}
  </span>
);

export const RiskShape = ({ risk, verdict }: { risk: Risk; verdict: 'go' | 'refuse' }) => (
  <Shape of={verdict === 'refuse' ? 'refuse' : risk} />
);

export const VerdictTone = ({ verdict }: { verdict: 'go' | 'refuse' }) => (
  <span className={`tone ${verdict === 'go' ? 'tone-good' : 'tone-high'}`}>
    <Shape of={verdict} />
    {verdict === 'go' ? 'Allowed' : 'Refused'}
  </span>
);

const STATE_TONES = {
  asked: ['tone-low', 'wait'],
  active: ['tone-good', 'go'],
  denied: ['tone-high', 'refuse'],
  withdrawn: ['tone-read', 'over'],
  lapsed: ['tone-read', 'over'],
  ended: ['tone-read', 'over'],
} as const;

export const StateTone = ({ state }: { state: GrantView['state'] }) => {
  const [tone, shape] = STATE_TONES[state];
  return (
    <span className={`tone ${tone}`}>
      <Shape of={shape} />
      {stateWord(state)}
    </span>
  );
};

/** How full a budget is. */
export const FillTone = ({ fill }: { fill: Fill }) => (
  <span className={`tone tone-${fill.tone}`}>
    <Shape of={fill.tone === 'destructive' ? 'refuse' : fill.tone === 'high' ? 'high' : 'go'} />
    {fill.word}
  </span>
);

/** Access that was given and that nobody used: stands out by shape and word. */
export const UnusedTone = () => (
  <span className="tone tone-high">
    <Shape of="read" />
    Never used
  </span>
);

/** Whether something is as it should be, for operators. */
export const HealthTone = ({ well, word }: { well: boolean; word: string }) => (
  <span className={`tone ${well ? 'tone-good' : 'tone-destructive'}`}>
    <Shape of={well ? 'go' : 'high'} />
    {word}
  </span>
);
