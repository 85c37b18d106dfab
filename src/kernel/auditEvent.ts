// The kinds of audit event, closed. A kind is never reused for another meaning. Members of an event are facts, never secrets.

import type { Json } from './canonicalJson.ts';

export const EVENT_KINDS = [
  'gateway.started',
  'gateway.stopped',
  'epoch.renewed',
  'login.succeeded',
  'login.failed',
  'session.ended',
  'passkey.enrolled',
  'passkey.renamed',
  'passkey.removed',
  'stepup.succeeded',
  'stepup.failed',
  'grant.asked',
  'grant.approved',
  'grant.step.approved',
  'grant.reminded',
  'grant.escalated',
  'grant.denied',
  'grant.withdrawn',
  'grant.lapsed',
  'grant.ended',
  'hold.created',
  'hold.signed',
  'hold.cancelled',
  'hold.asked',
  'hold.reminded',
  'hold.approved',
  'hold.denied',
  'freeze.set',
  'freeze.released',
  'freeze.ended',
  'policy.reloaded',
  'policy.rejected',
  'access.reviewed',
  'notice.failed',
  'export.lagging',
  'export.recovered',
  'export.skipped',
  'export.replayed',
  'act.intent',
  'act.outcome',
  'request.refused',
  'request.observed',
  'door.refused',
  'sessions.listed',
  'sessions.searched',
  'recording.reasoned',
  'report.read',
  'recording.chunk',
  'recording.viewed',
  'evidence.exported',
  'evidence.sent',
  'ledger.key.changed',
  'legalhold.set',
  'legalhold.release.asked',
  'legalhold.released',
  'retention.deleting',
  'retention.deleted',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

/** What the caller says. Sequence, time and hashes are added by the script that appends it. */
export type AuditEvent = {
  readonly kind: EventKind;
  /** principal id; null when nobody was known */
  readonly actor: string | null;
  readonly actorName?: string;
  readonly session?: string;
  readonly exchange?: string;
  readonly console?: string;
  /** everything else, by kind */
  readonly facts: { readonly [key: string]: Json | undefined };
};

/** One entry of the journal as it is stored, chained by `hash`. */
export type JournalEntry = {
  readonly seq: number;
  /** Redis TIME, ms */
  readonly at: number;
  /** canonical JSON of the AuditEvent: the very bytes that were hashed */
  readonly event: string;
  /** SHA-256 of `event`, hex */
  readonly digest: string;
  /** what the atomic script itself found out and no caller could know (such as uses left); '' for nothing */
  readonly fact: string;
  /** SHA-256, hex, of `${previous hash}\n${seq}\n${at}\n${digest}\n${fact}`; the first entry's previous hash is 64 zeros */
  readonly hash: string;
};
