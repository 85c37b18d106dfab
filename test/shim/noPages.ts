// For kits whose pages are not recorded; test/dom has those that are.
import type { ReservedParts } from '../../src/proxy/reserved/reserved.ts';

export const NO_PAGES: Pick<ReservedParts, 'pages' | 'recordDom' | 'recordClock'> = {
  pages: {
    start: async ({ page }) => page,
    beat: async () => true,
    exchangesOnly: async () => true,
    end: async () => undefined,
  },
  recordDom: async () => undefined,
  recordClock: { now: () => 0 },
};
