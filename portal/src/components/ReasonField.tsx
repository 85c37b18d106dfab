// Why somebody does something: some lines of text that stand in the ledger and that others read.
import { Textarea, type TextareaProps } from '@mantine/core';

type Props = Omit<TextareaProps, 'value' | 'onChange'> & {
  value: string;
  onChange: (reason: string) => void;
};

/** Takes what a Textarea takes: label (default "Reason"), description, error, `data-autofocus`. */
export const ReasonField = ({ onChange, ...props }: Props) => (
  <Textarea
    label="Reason"
    maxLength={500}
    autosize
    minRows={2}
    required
    {...props}
    onChange={(event) => onChange(event.currentTarget.value)}
  />
);
