import { ConsoleField, DayField, PersonField } from '../../components/filterFields.tsx';

type Props = {
  values: { fromDay: string; toDay: string; person: string; console: string };
  people: readonly string[];
  onChange: (name: string, value: string) => void;
};

export const ReviewFilterBar = ({ values, people, onChange }: Props) => (
  <search className="filter-bar">
    <DayField label="From" value={values.fromDay} onChange={(value) => onChange('from', value)} />
    <DayField label="To" value={values.toDay} onChange={(value) => onChange('to', value)} />
    <PersonField value={values.person} people={people} onChange={(value) => onChange('person', value)} />
    <ConsoleField value={values.console} onChange={(value) => onChange('console', value)} />
  </search>
);
