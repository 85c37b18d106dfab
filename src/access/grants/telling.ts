// What the journal and other processes are told about a grant. Pure.
import type { AuditEvent, EventKind } from '../../kernel/auditEvent.ts';
import type { Grant } from '../../kernel/grant.ts';
import { type Actor, actorOf } from '../actor.ts';

/** @param actor null: nobody did it, time or a rule did */
export const grantEvent = (
  kind: EventKind,
  actor: Actor | null,
  grant: Pick<Grant, 'id' | 'holder' | 'console' | 'title'>,
  facts: AuditEvent['facts'],
): AuditEvent => ({
  kind,
  ...(actor === null ? { actor: null } : actorOf(actor)),
  console: grant.console,
  facts: { grant: grant.id, holder: grant.holder.id, holderName: grant.holder.name, title: grant.title, ...facts },
});

type Named = { readonly id: string; readonly holder: { readonly id: string } };

export const grantChanged = ({ id, holder }: Named): string => JSON.stringify({ kind: 'grant', id, holder: holder.id });

/** Live things that rest on it end as soon as this is heard. */
export const grantOver = ({ id, holder }: Named): string =>
  JSON.stringify({ kind: 'grant', id, holder: holder.id, ended: true });
