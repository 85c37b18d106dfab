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

/** "Grace", "Grace and Olga", "Grace, Olga and Linus" */
export const namesInWords = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? 'somebody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** "in 12 minutes (14:32)": how long it is until a moment, and when that is for the reader. */
export function untilInWords(at: number, now: number): string {
  const minutes = Math.max(1, Math.ceil((at - now) / 60_000));
  const clock = new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const far = minutes >= 24 * 60 ? `${new Date(at).toLocaleDateString()} ` : '';
  return `in ${minutes < 120 ? minutesInWords(minutes) : `${Math.round(minutes / 60)} hours`} (${far}${clock})`;
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

export function needOf(remedy: Remedy, { approvals }: Refused): string {
  switch (remedy) {
    case 'grant':
      return 'Access that somebody else approves';
    case 'approval':
      return approvals > 1
        ? `The passkeys of ${approvals} other people on this request`
        : "Somebody else's passkey on this request";
    case 'stepup.bound':
      return 'Your passkey on this request';
    case 'stepup.fresh':
      return 'Your passkey, to show it is you';
  }
}

/** The order in which people go through the remedies: what others must do first, because it takes the longest. */
export const ORDER: readonly Remedy[] = ['grant', 'stepup.fresh', 'approval', 'stepup.bound'];

export const RISK_WORDS = {
  read: 'Read',
  low: 'Low risk',
  high: 'High risk',
  destructive: 'Cannot be undone',
} as const;

export const isSessionEnd = (reason: string): boolean => reason.startsWith('session.');
