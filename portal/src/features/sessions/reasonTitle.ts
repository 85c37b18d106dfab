// The words for a refusal's reason: the very ones that the admin read. An unknown word is shown as it is.
import { REASONS } from '../../../../src/kernel/reasons.ts';

const titles: ReadonlyMap<string, string> = new Map(
  Object.entries(REASONS).map(([reason, { title }]) => [reason, title]),
);

export const reasonTitle = (reason: string): string => titles.get(reason) ?? reason;
