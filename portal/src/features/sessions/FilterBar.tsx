import { Button, NativeSelect } from '@mantine/core';
import { ConsoleField, DayField, PersonField, TypedField } from '../../components/filterFields.tsx';
import { RISK_WORDS } from '../../lib/words.ts';

type Props = {
  parameters: URLSearchParams;
  people: readonly string[];
  onChange: (name: string, value: string) => void;
  onClear: () => void;
};

const RISKS = (['low', 'high', 'destructive'] as const).map((risk) => ({ value: risk, label: RISK_WORDS[risk] }));
const VERDICTS = [
  { value: 'go', label: 'Allowed' },
  { value: 'refuse', label: 'Refused' },
];

export const FilterBar = ({ parameters, people, onChange, onClear }: Props) => {
  const field = (name: string) => ({
    value: parameters.get(name) ?? '',
    onChange: (value: string) => onChange(name, value),
  });
  const select = (name: string, label: string, data: { value: string; label: string }[]) => (
    <NativeSelect
      label={label}
      value={parameters.get(name) ?? ''}
      onChange={(event) => onChange(name, event.currentTarget.value)}
      data={[{ value: '', label: 'Any' }, ...data]}
    />
  );
  return (
    <search className="filter-bar">
      <PersonField people={people} {...field('person')} />
      <ConsoleField {...field('console')} />
      <TypedField label="Action" placeholder="Any" {...field('action')} />
      {select('risk', 'Risk', RISKS)}
      {select('verdict', 'Verdict', VERDICTS)}
      <DayField label="From" {...field('from')} />
      <DayField label="To" {...field('to')} />
      {parameters.size > 0 ? (
        <Button variant="subtle" onClick={onClear}>
          Clear
        </Button>
      ) : null}
    </search>
  );
};
