// The sentences that screens share. Pure. One name for one thing; the number of devices always.
import type { GrantView } from '../../../src/portal/contract/grants.ts';
import type { SessionRow } from '../../../src/portal/contract/sessions.ts';
import { plural } from './plural.ts';
import { span } from './time.ts';

export type Risk = GrantView['risk'];

/** "Wipe 1 device: d-0142" -> what "Wipe 1 device", on "d-0142". A title without a colon is all "what". */
export const splitTitle = (title: string): { what: string; on: string } => {
  const at = title.indexOf(': ');
  return at < 0 ? { what: title, on: '' } : { what: title.slice(0, at), on: title.slice(at + 2) };
};

const lowerFirst = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;

/** "ada wants to wipe 1 device" */
export const wantsTo = (person: string, title: string): string =>
  `${person} wants to ${lowerFirst(splitTitle(title).what)}`;

export const RISK_WORDS: Record<Risk, string> = {
  read: 'Read',
  low: 'Low risk',
  high: 'High risk',
  destructive: 'Destructive',
};

const STATE_WORDS: Record<GrantView['state'], string> = {
  asked: 'Waiting for approval',
  active: 'Active',
  denied: 'Denied',
  withdrawn: 'Withdrawn',
  lapsed: 'Nobody answered',
  ended: 'Ended',
};
export const stateWord = (state: GrantView['state']): string => STATE_WORDS[state];

/** A size: "0 B", "812 B", "4.2 kB", "1.1 GB". */
export const bytes = (n: number): string => {
  if (n < 1000) return `${n} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = n / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
};

/** The readable part of a principal id: "https://idp.example#ada" -> "ada". */
export const personOf = (id: string, known: ReadonlyMap<string, string> = new Map()): string =>
  known.get(id) ?? id.slice(id.lastIndexOf('#') + 1);

/** "3 acts, 1 refusal, 212 requests" */
export const sessionCounts = (row: SessionRow): string =>
  [plural(row.acts, 'act'), plural(row.refusals, 'refusal'), plural(row.exchanges, 'request')].join(', ');

export const sessionLength = (row: SessionRow): string => span((row.endedAt ?? row.lastAt) - row.startedAt);
