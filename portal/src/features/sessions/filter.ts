// The session list's filter, kept in the address so that a filtered list can be sent to a colleague.
import type { SessionFilter } from '../../api/client.ts';
import { midnight } from '../../lib/period.ts';

export const FILTERS = ['person', 'console', 'action', 'verdict', 'risk', 'from', 'to'] as const;

/** The address's parameters -> what the API takes. The last day counts whole. */
export const filterFrom = (parameters: URLSearchParams): SessionFilter => {
  const filter: { -readonly [member in keyof SessionFilter]: SessionFilter[member] } = {};
  for (const name of ['person', 'console', 'action', 'verdict', 'risk'] as const) {
    const value = parameters.get(name);
    if (value !== null && value !== '') filter[name] = value;
  }
  const from = midnight(parameters.get('from'));
  const to = midnight(parameters.get('to'), 1);
  if (from !== undefined) filter.from = from;
  if (to !== undefined) filter.to = to;
  return filter;
};
