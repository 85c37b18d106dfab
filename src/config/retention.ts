// The settings of retention: how long recordings are kept. Without any, they are kept for good. The ledger is never cut.
import { z } from 'zod';
import type { Finding } from './crossChecks.ts';

const DAY = 86_400_000;
/** ms */
const days = z
  .string()
  .regex(/^[1-9]\d{0,4}d$/, 'write a number of days such as 90d')
  .transform((text) => Number.parseInt(text, 10) * DAY);

export const RetentionSettings = z
  .array(
    z.strictObject({
      /** dangerous: sessions with an act of high or destructive risk; plain: the others; recordings: both */
      class: z.enum(['recordings', 'recordings.dangerous', 'recordings.plain']),
      /** without it, every console */
      console: z.string().min(1).optional(),
      /** after the last moment that was recorded */
      keep: days,
    }),
  )
  .max(200)
  .default([]);

export function retentionFindings(
  rules: z.infer<typeof RetentionSettings>,
  consoles: readonly { readonly id: string }[],
): Finding[] {
  const seen = new Set<string>();
  return rules.flatMap((rule, index) => {
    const path = ['retention', index];
    const name = `${rule.class} ${rule.console ?? ''}`;
    const twice = seen.has(name);
    seen.add(name);
    return [
      ...(twice ? [{ path, what: 'two rules speak of the same recordings: leave one out' }] : []),
      ...(rule.console === undefined || consoles.some(({ id }) => id === rule.console)
        ? []
        : [{ path: [...path, 'console'], what: `there is no console ${rule.console}: name one of those above` }]),
    ];
  });
}
