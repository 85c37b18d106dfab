// Sums side by side: the number large, what it counts below it.
import { Paper } from '@mantine/core';

type Figure = readonly [name: string, value: number | string];

/** `look`: the name of the one that deserves a look when it is not 0 */
export const Figures = ({ figures, look }: { figures: readonly Figure[]; look?: string }) => (
  <Paper p="lg">
    <dl className="figures">
      {figures.map(([name, value]) => (
        <div key={name} className={name === look && value !== 0 ? 'figures-look' : undefined}>
          <dt>{name}</dt>
          <dd className={typeof value === 'string' ? 'figures-text' : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  </Paper>
);
