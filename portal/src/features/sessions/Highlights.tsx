// The gravest acts of a session, as its row shows them.
import type { SessionRow } from '../../../../src/portal/contract/sessions.ts';
import { RiskShape } from '../../components/Tones.tsx';
import type { Risk } from '../../lib/words.ts';
import './highlights.css';

const RISKS = ['read', 'low', 'high', 'destructive'] as const;
const riskOf = (word: string): Risk => RISKS.find((risk) => risk === word) ?? 'high';

export const Highlights = ({ of: row }: { of: SessionRow }) => (
  <span className="highlights">
    {row.highlights.map(({ title, risk, verdict }) => (
      <span key={`${title}${verdict}`} className={`highlight highlight-${riskOf(risk)}`}>
        <RiskShape risk={riskOf(risk)} verdict={verdict} />
        <span>
          {title}
          {verdict === 'refuse' ? ' (refused)' : ''}
        </span>
      </span>
    ))}
  </span>
);
