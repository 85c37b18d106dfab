// Durations and sizes as people write them.
import { z } from 'zod';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** ms */
export const duration = z
  .string()
  .regex(/^\d{1,6}(ms|s|m|h)$/, 'write a duration such as 30m, 10h or 250ms')
  .transform((text) => {
    const unit = text.replace(/^\d+/, '') as keyof typeof UNITS;
    return Number.parseInt(text, 10) * UNITS[unit];
  });

const SIZES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
/** bytes */
export const size = z
  .string()
  .regex(/^\d{1,6}(B|KiB|MiB|GiB)$/, 'write a size such as 256KiB or 64MiB')
  .transform((text) => {
    const unit = text.replace(/^\d+/, '') as keyof typeof SIZES;
    return Number.parseInt(text, 10) * SIZES[unit];
  });
