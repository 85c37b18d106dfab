// The sentences that the overlay, the status line and the refusal page share.
import type { Refused, Remedy, TargetRef } from './refused.ts';

export const MINUTES = [5, 15, 30, 60, 120, 240] as const;

export function minutesInWords(minutes: number): string {
  if (minutes < 60 || minutes % 60 !== 0) return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  return `${minutes / 60} ${minutes === 60 ? 'hour' : 'hours'}`;
}

/** "2 min", as short as a status line needs it. */
export function since(at: number, now: number): string {
  const minutes = Math.max(0, Math.floor((now - at) / 60_000));
  return minutes === 0
    ? 'just now'
    : minutes < 60
      ? `${minutes} min`
      : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "12 devices"; mixed kinds: "12 things". */
export function countOf(targets: readonly TargetRef[]): string {
  const kinds = new Set(targets.map((target) => target.kind));
  const kind = kinds.size === 1 ? (targets[0]?.kind ?? '').replace(/_/g, ' ') || 'thing' : 'thing';
  return `${targets.length} ${targets.length === 1 ? kind : `${kind}s`}`;
}

/** What was wanted; but when nothing would help, that it may not be. */
export const titleOf = (refused: Refused): string =>
  isForbidden(refused) ? refused.title : (refused.action?.title ?? refused.title);
export const isForbidden = ({ reason }: Refused): boolean => reason === 'policy.forbidden';

export const NEEDS: { readonly [remedy in Remedy]: string } = {
  grant: 'Access that somebody else approves',
  'stepup.bound': 'Your passkey on this request',
  'stepup.fresh': 'Your passkey, to show it is you',
};

/** The order in which people go through the remedies: access first, because it takes the longest. */
export const ORDER: readonly Remedy[] = ['grant', 'stepup.fresh', 'stepup.bound'];

export const RISK_WORDS = {
  read: 'Read',
  low: 'Low risk',
  high: 'High risk',
  destructive: 'Cannot be undone',
} as const;

export const isSessionEnd = (reason: string): boolean => reason.startsWith('session.');
