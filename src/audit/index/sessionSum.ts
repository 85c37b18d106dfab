// What the exchanges of one transaction add up to for their session: its row is written once for all of them.
import type { PersonRef } from '../../kernel/grant.ts';
import type { ExchangeOpening } from '../recording/lines.ts';

export type Highlight = {
  readonly title: string;
  readonly risk: string;
  readonly verdict: 'go' | 'refuse';
  readonly at: number;
};

export type SessionSum = {
  /** null: only closings came, so the session has its row already */
  person: PersonRef | null;
  first: number;
  last: number;
  exchanges: number;
  acts: number;
  refusals: number;
  /** JSON of the gravest acts, those stored before among them; null: nothing new */
  gravest: string | null;
};

export const NONE = '[]';
const GRAVITY: Readonly<Record<string, number>> = { read: 0, low: 1, high: 2, destructive: 3 };
const HIGHLIGHTS = 3;

export const newSum = (at: number): SessionSum => ({
  ...{ person: null, first: at, last: at, exchanges: 0, acts: 0, refusals: 0, gravest: null },
});

/** @param stored gives the highlights that the database has of this session */
export function addToSum(sum: SessionSum, opening: ExchangeOpening, stored: () => unknown): void {
  const { at, risk, verdict, principal } = opening;
  sum.person = principal;
  sum.first = Math.min(sum.first, at);
  sum.last = Math.max(sum.last, at);
  sum.exchanges += 1;
  if (verdict !== 'go') sum.refusals += 1;
  if (risk === 'read') return;
  if (verdict === 'go') sum.acts += 1;
  sum.gravest = gravest(sum.gravest ?? stored(), opening);
}

/** For finding names: without case and accents. */
export const fold = (text: string): string =>
  ASCII.test(text) ? text.toLowerCase() : text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const ASCII = /^[ -~]*$/;

const gravity = ({ risk }: Highlight): number => GRAVITY[risk] ?? 3;

/** The three gravest distinct acts, refused ones too: what somebody should look at first. */
function gravest(stored: unknown, { title, risk, verdict, at }: ExchangeOpening): string {
  const before = (typeof stored === 'string' ? JSON.parse(stored) : []) as Highlight[];
  const same = (one: Highlight): boolean => one.title === title && one.verdict === verdict && one.risk === risk;
  const newest = Math.max(at, before.find(same)?.at ?? 0);
  const all = [...before.filter((one) => !same(one)), { title, risk, verdict, at: newest }];
  all.sort(
    (a, b) =>
      gravity(b) - gravity(a) || a.verdict.localeCompare(b.verdict) || b.at - a.at || (a.title < b.title ? -1 : 1),
  );
  return JSON.stringify(all.slice(0, HIGHLIGHTS));
}
