import { Paper } from '@mantine/core';

/** The sums of a report. */
export const Figures = ({ figures }: { figures: readonly (readonly [string, number | string])[] }) => (
  <Paper p="lg">
    <dl className="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={typeof value === 'string' ? 'figures-text' : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  </Paper>
);
