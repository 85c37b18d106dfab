// Two counts over time, as bars on each other. The second also differs by its pattern. Each bar says its numbers; the sums stand
// beside the chart as figures.
import type { ActivityReport } from '../../../../src/portal/contract/reports.ts';

type Column = ActivityReport['columns'][number];
type Props = { title: string; names: readonly [string, string]; columns: readonly Column[] };

const WIDE = 720;
const HIGH = 140;
const dayOf = (at: number): string => new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short' });

export const Chart = ({ title, names, columns }: Props) => {
  const most = Math.max(1, ...columns.map(({ one, two }) => one + two));
  const step = WIDE / Math.max(1, columns.length);
  const height = (count: number): number => (count / most) * HIGH;
  const [first] = columns;
  const last = columns.at(-1);
  return (
    <figure className="report-chart">
      <svg viewBox={`0 -14 ${WIDE} ${HIGH + 32}`} role="img" aria-label={title}>
        <defs>
          <pattern id="report-lines" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="2.5" height="5" className="report-line" />
          </pattern>
        </defs>
        <text x="0" y="-3">
          {most}
        </text>
        <path className="report-axis" d={`M0 ${HIGH}H${WIDE}`} />
        {columns.map(({ from, one, two }, index) => (
          <g key={from}>
            <title>{`${dayOf(from)}: ${one} ${names[0].toLowerCase()}, ${two} ${names[1].toLowerCase()}`}</title>
            <rect
              className="report-one"
              x={index * step}
              y={HIGH - height(one)}
              width={Math.max(1, step - 2)}
              height={height(one)}
            />
            <rect
              className="report-two"
              x={index * step}
              y={HIGH - height(one) - height(two)}
              width={Math.max(1, step - 2)}
              height={height(two)}
            />
          </g>
        ))}
        <text x="0" y={HIGH + 14}>
          {first === undefined ? '' : dayOf(first.from)}
        </text>
        <text x={WIDE} y={HIGH + 14} textAnchor="end">
          {last === undefined ? '' : dayOf(last.from)}
        </text>
      </svg>
      <figcaption>
        <span className="report-key report-key-one" aria-hidden="true" />
        {names[0]}
        <span className="report-key report-key-two" aria-hidden="true" />
        {names[1]}
        {first === undefined || last === undefined ? null : (
          <span className="report-narrow">
            {dayOf(first.from)} to {dayOf(last.from)}, at most {most} a column
          </span>
        )}
      </figcaption>
    </figure>
  );
};
