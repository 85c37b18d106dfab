// How much is left of the budgets that the reader's acts count against. Quiet: nothing at all where there are none.
import { Paper, Progress, Text } from '@mantine/core';
import type { BudgetView } from '../../../../src/portal/contract/freezes.ts';
import { useBudgets } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { Section } from '../../components/Page.tsx';
import { FillTone } from '../../components/Tones.tsx';
import { budgetSentence, fillOf } from '../../lib/freezeWords.ts';

const Meter = ({ budget }: { budget: BudgetView }) => {
  const fill = fillOf(budget);
  const where = budget.console === null ? 'every console' : budget.console.name;
  return (
    <li className="budget">
      <div className="budget-head">
        <Text size="sm" fw={600}>
          {budget.title}
        </Text>
        {fill.tone === 'good' ? null : <FillTone fill={fill} />}
      </div>
      <Progress
        value={fill.percent}
        size="sm"
        color={fill.tone === 'good' ? 'harbour' : `var(--tone-${fill.tone})`}
        aria-label={`${budget.title}: ${budgetSentence(budget)}`}
      />
      <Text size="sm" c="dimmed">
        {budgetSentence(budget)} · {budget.per === 'admin' ? 'yours' : 'everybody’s'}, on {where}
        {budget.freesAt === null ? null : (
          <>
            {' · the next is free '}
            <Moment at={budget.freesAt} />
          </>
        )}
      </Text>
    </li>
  );
};

export const Budgets = () => {
  const { data: budgets = [] } = useBudgets();
  if (budgets.length === 0) return null;
  return (
    <Section title="Devices you may still hit">
      <Paper>
        <ul className="rows">
          {budgets.map((budget) => (
            <Meter key={`${budget.id}${budget.per}${budget.console?.id ?? ''}`} budget={budget} />
          ))}
        </ul>
      </Paper>
    </Section>
  );
};
