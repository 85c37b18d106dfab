// Evidence to take away, legal holds, and what became of recordings.
import { Router } from 'express';
import type { Journal } from '../../audit/journal/journal.redis.ts';
import { type LegalHold, matchWords } from '../../audit/retention/legalHold.ts';
import type { LegalHolds } from '../../audit/retention/retention.redis.ts';
import type { AuditEvent, JournalEntry } from '../../kernel/auditEvent.ts';
import type { Principal } from '../../kernel/principal.ts';
import { serve, serveStream } from '../api/serve.ts';
import type { LegalHoldView, SessionRetention } from '../contract/evidence.ts';
import {
  exportEvidence,
  listLegalHolds,
  readSessionRetention,
  releaseLegalHold,
  setLegalHold,
} from '../endpoints/evidence.ts';
import { createEvidenceDownload, type EvidenceDownloadDeps } from '../evidenceDownload.ts';
import { needFreshStepUp } from '../freshStepUp.ts';
import { PortalProblem } from '../problem.ts';

export type EvidenceRouteDeps = {
  readonly prepare: EvidenceDownloadDeps['prepare'];
  readonly legalHolds: LegalHolds;
  readonly journal: Pick<Journal, 'append' | 'forExchange'>;
  /** Redis's */
  readonly clock: { now(): number };
  readonly log: EvidenceDownloadDeps['log'];
};

export function evidenceRoutes({ prepare, legalHolds, journal, clock, log }: EvidenceRouteDeps): Router {
  const router = Router();
  const download = createEvidenceDownload({ prepare, journal, log });

  serveStream(router, exportEvidence, ({ session, body, res }) => download(res, session, body));

  const view = (hold: LegalHold, reader: Principal): LegalHoldView => ({
    ...hold,
    match: { ...hold.match },
    title: matchWords(hold.match),
    may: { release: hold.release?.by.id !== reader.id },
  });
  const found = async (id: string): Promise<LegalHold> => {
    const hold = (await legalHolds.list()).find((one) => one.id === id);
    if (!hold) throw new PortalProblem('not.found', { detail: 'This legal hold has ended.' });
    return hold;
  };

  serve(router, listLegalHolds, async ({ principal }) =>
    (await legalHolds.list()).map((hold) => view(hold, principal)),
  );
  serve(router, setLegalHold, async ({ session, principal, body }) => {
    needFreshStepUp(session, clock.now());
    const outcome = await legalHolds.set(session, body.match, body.reason);
    if (outcome === 'session.revoked') throw new PortalProblem('session.revoked');
    if (outcome === 'too.many')
      throw new PortalProblem('conflict', { detail: 'There are too many legal holds. End some, then try again.' });
    return view(await found(outcome.id), principal);
  });
  serve(router, releaseLegalHold, async ({ session, params, body }) => {
    needFreshStepUp(session, clock.now());
    const outcome = await legalHolds.release(session, params.id, body.reason);
    switch (outcome) {
      case 'asked':
      case 'released':
        return { ended: outcome === 'released' };
      case 'twice':
        throw new PortalProblem('conflict', { detail: 'You have agreed already. Somebody else must, too.' });
      case 'unknown':
        throw new PortalProblem('not.found', { detail: 'This legal hold has ended.' });
      case 'session.revoked':
        throw new PortalProblem('session.revoked');
    }
  });

  serve(router, readSessionRetention, async ({ params }) => ({
    deleted: deletionIn(await journal.forExchange(params.id)),
  }));
  return router;
}

/** All deletions of one recording as one: a long one is deleted in several goes. */
function deletionIn(entries: readonly JournalEntry[]): SessionRetention['deleted'] {
  let deleted: SessionRetention['deleted'] = null;
  for (const { at, event } of entries) {
    const { kind, facts } = JSON.parse(event) as AuditEvent;
    if (kind !== 'retention.deleted') continue;
    type Deleted = NonNullable<SessionRetention['deleted']>;
    const { why, chunks, refused } = facts as unknown as Deleted;
    const before: Deleted['chunks'] = deleted?.chunks ?? [];
    deleted = { at, why, chunks: [...before, ...chunks], refused };
  }
  return deleted;
}
