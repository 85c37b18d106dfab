// Evidence to take away, legal holds, and what became of recordings. An export is in the journal, with the digest of what it
// holds, BEFORE its first byte leaves: when it cannot be written down, nothing leaves.
import { once } from 'node:events';
import { type Response, Router } from 'express';
import { type About, fileNameOf } from '../../audit/evidence/about.ts';
import type { Evidence, EvidenceRequest } from '../../audit/evidence/export.ts';
import type { Journal } from '../../audit/journal/journal.redis.ts';
import { type LegalHold, matchWords } from '../../audit/retention/legalHold.ts';
import type { LegalHolds } from '../../audit/retention/retention.redis.ts';
import type { AuditEvent, JournalEntry } from '../../kernel/auditEvent.ts';
import type { Json } from '../../kernel/canonicalJson.ts';
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
import { needFreshStepUp } from '../freshStepUp.ts';
import { PortalProblem } from '../problem.ts';

export type EvidenceRouteDeps = {
  /** @throws NotSealed, NothingFound, NoLedger, CannotDecrypt */
  readonly prepare: (request: Omit<EvidenceRequest, 'at'>) => Promise<Evidence>;
  readonly legalHolds: LegalHolds;
  readonly journal: Pick<Journal, 'append' | 'forExchange'>;
  /** Redis's */
  readonly clock: { now(): number };
};

export function evidenceRoutes({ prepare, legalHolds, journal, clock }: EvidenceRouteDeps): Router {
  const router = Router();
  let busy = false;

  serveStream(router, exportEvidence, async ({ session, principal, body, res }) => {
    // It reads the whole ledger: one at a time, so that nobody slows the gateway by asking often.
    if (busy) throw new PortalProblem('conflict', { detail: 'Another export is being made. Try again in a minute.' });
    busy = true;
    try {
      const { about, reason, text } = body;
      const request = { about, by: principal.name, why: reason, decrypt: text };
      const evidence = await prepare(request).catch((error: unknown) => {
        throw problemFor(error);
      });
      const { digest, entries, chunks } = evidence;
      const facts = {
        about: about as unknown as Json,
        why: reason,
        manifest: digest,
        entries,
        chunks,
        decrypted: text,
      };
      const event: AuditEvent = {
        ...{ kind: 'evidence.exported', actor: principal.id, actorName: principal.name, session: session.id },
        facts,
      };
      await journal.append(event).catch(() => {
        throw new PortalProblem('journal.unavailable');
      });
      await download(res, about, evidence);
    } finally {
      busy = false;
    }
  });

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

function problemFor(error: unknown): unknown {
  switch (error instanceof Error ? error.name : '') {
    case 'NothingFound':
    case 'NoLedger':
      return new PortalProblem('not.found', { detail: 'The ledger does not speak of it.' });
    case 'NotSealed':
      return new PortalProblem('conflict', { detail: 'The newest entries are not sealed yet. Try again in a minute.' });
    case 'CannotDecrypt':
      return new PortalProblem('recording.closed');
    default:
      return error;
  }
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

/** An archive that breaks off must not look whole: the connection is cut. */
async function download(res: Response, about: About, { bytes }: Evidence): Promise<void> {
  const parts = bytes()[Symbol.asyncIterator]();
  let part = await parts.next();
  res.status(200).setHeader('Content-Type', 'application/x-tar');
  res.setHeader('Content-Disposition', `attachment; filename="${fileNameOf(about)}"`);
  try {
    for (; part.done !== true; part = await parts.next()) {
      if (res.destroyed) break;
      if (!res.write(part.value)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
    }
    res.end();
  } catch (error) {
    res.destroy();
    throw error;
  } finally {
    await parts.return?.();
  }
}
