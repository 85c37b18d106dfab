// The sentences that screens share. Pure. One name for one thing; the number of devices always.
import type { GrantView } from '../../../src/portal/contract/grants.ts';
import type { SessionRow } from '../../../src/portal/contract/sessions.ts';
import { minutesInWords, span } from './time.ts';

export type Risk = GrantView['risk'];
export type TargetLike = { readonly kind: string; readonly id: string };

/** plural(1, 'device') -> "1 device"; plural(2, 'device') -> "2 devices" */
export const plural = (n: number, noun: string, many = `${noun}s`): string => `${n} ${n === 1 ? noun : many}`;

/** "a", "a and b", "a, b and c" */
export const listed = (items: readonly string[]): string => {
  if (items.length <= 1) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
};

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

/** What became of a request, in one sentence: "Approved by grace for 30 minutes, 1 use." */
export const grantOutcome = (grant: GrantView): string => {
  const by = grant.decidedBy?.name ?? 'somebody';
  const terms = `${minutesInWords(grant.minutes ?? grant.askedMinutes)}, ${plural(grant.uses ?? grant.askedUses, 'use')}`;
  switch (grant.state) {
    case 'asked':
      return `Asked for ${minutesInWords(grant.askedMinutes)}, ${plural(grant.askedUses, 'use')}.`;
    case 'active':
      return `Approved by ${by} for ${terms}.`;
    case 'denied':
      return `Denied by ${by}: ${grant.denyReason ?? 'no reason given'}`;
    case 'withdrawn':
      return 'Withdrawn before anybody answered.';
    case 'lapsed':
      return 'Nobody answered in time.';
    case 'ended':
      return `Approved by ${by}. ${endedSentence(grant)}`;
  }
};

const endedSentence = (grant: GrantView): string => {
  switch (grant.endedBecause) {
    case 'uses':
      return 'Ended because every use was spent.';
    case 'holder':
      return `Ended by ${grant.mine ? 'you' : grant.holder.name} early.`;
    case 'revoked':
      return `Ended by ${grant.endedBy?.name ?? 'an approver'}.`;
    default:
      return 'Ended because the time was over.';
  }
};

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

/** What an approver should notice before anything else. Only what the request itself shows. */
export const oddities = (grant: GrantView): string[] => {
  const found: string[] = [];
  const devices = grant.targets.filter((target) => target.kind === 'device').length;
  const grave = grant.risk === 'destructive' || grant.risk === 'high';
  if (devices >= 5) found.push(`${plural(devices, 'device')} at once.`);
  if (grave && grant.askedMinutes > 60)
    found.push(`${minutesInWords(grant.askedMinutes)} is long for something this serious.`);
  if (grant.askedUses > Math.max(1, grant.targets.length))
    found.push(`${plural(grant.askedUses, 'use')} for ${plural(grant.targets.length, 'target')}.`);
  if (grant.ticket === '') found.push('No ticket was given.');
  return found;
};

/** "3 acts, 1 refusal, 212 requests" */
export const sessionCounts = (row: SessionRow): string =>
  [plural(row.acts, 'act'), plural(row.refusals, 'refusal'), plural(row.exchanges, 'request')].join(', ');

export const sessionLength = (row: SessionRow): string => span((row.endedAt ?? row.lastAt) - row.startedAt);
