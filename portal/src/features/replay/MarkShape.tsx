// A mark's shape: by risk for what was done, by kind for refusals and for what people said to it.
import { IconSignature, IconThumbDown, IconThumbUp } from '@tabler/icons-react';
import type { ReplayMark } from '../../../../src/portal/contract/replay.ts';
import { RiskShape } from '../../components/Tones.tsx';

export const MarkShape = ({ mark }: { mark: Pick<ReplayMark, 'kind' | 'risk'> }) => {
  if (mark.kind === 'signature') return <IconSignature size={14} aria-hidden="true" />;
  if (mark.kind === 'approval') return <IconThumbUp size={14} aria-hidden="true" />;
  if (mark.kind === 'denial') return <IconThumbDown size={14} aria-hidden="true" />;
  return <RiskShape risk={mark.risk} verdict={mark.kind === 'refusal' ? 'refuse' : 'go'} />;
};

/** The class that gives a mark its tone: what people agreed to is good, a refusal is not as bad as the deed. */
export const toneOf = ({ kind, risk }: Pick<ReplayMark, 'kind' | 'risk'>): string => {
  if (kind === 'signature' || kind === 'approval') return 'replay-tone-good';
  if (kind === 'act') return `replay-tone-${risk}`;
  return 'replay-tone-high';
};
