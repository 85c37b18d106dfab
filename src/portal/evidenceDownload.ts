// Hands evidence to one person at a time. An export is in the journal, with the digest of what it holds, BEFORE its first byte
// leaves (`evidence.exported`), and what became of it after (`evidence.sent`). Nobody keeps the turn by doing nothing: who leaves
// gives it up at once, also while the archive is being made, and who takes nothing for half a minute loses it.
import type { ServerResponse } from 'node:http';
import { type About, fileNameOf } from '../audit/evidence/about.ts';
import type { Evidence, EvidenceRequest } from '../audit/evidence/export.ts';
import type { Journal } from '../audit/journal/journal.redis.ts';
import type { AuditEvent } from '../kernel/auditEvent.ts';
import type { Json } from '../kernel/canonicalJson.ts';
import type { Session } from '../kernel/session.ts';
import { PortalProblem } from './problem.ts';

export type EvidenceDownloadDeps = {
  /** MUST give up soon when the signal says so. @throws NotSealed, NothingFound, NoLedger, CannotDecrypt */
  readonly prepare: (request: Omit<EvidenceRequest, 'at'>) => Promise<Evidence>;
  readonly journal: Pick<Journal, 'append'>;
  readonly log: { error(facts: object, message: string): void };
  /** ms without a byte taken */
  readonly stallAfter?: number;
};

/** whole: all of it left the gateway; stalled: nobody took it; left: the other side went away; failed: it could not be read */
export type Outcome = 'whole' | 'stalled' | 'left' | 'failed';

export type EvidenceDownload = (
  res: ServerResponse,
  session: Pick<Session, 'id' | 'principal'>,
  wish: { readonly about: About; readonly reason: string; readonly text: boolean },
) => Promise<void>;

const STALL_AFTER = 30_000;
/** A buffer is taken whole or not at all, and progress is seen only then: so a slow line gets small ones. */
const PIECE = 64 * 1024;

/** @returns a function that throws PortalProblem while nothing has left yet */
export function createEvidenceDownload(deps: EvidenceDownloadDeps): EvidenceDownload {
  const { prepare, journal, log, stallAfter = STALL_AFTER } = deps;
  let busy = false;

  return async (res, { id: session, principal }, { about, reason, text }) => {
    // It reads the whole ledger: one at a time, so that nobody slows the gateway by asking often.
    if (busy)
      throw new PortalProblem('conflict', {
        detail: 'Another export is being made or taken away. Try again in a minute.',
      });
    busy = true;
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    if (res.destroyed) leave();
    res.once('close', leave);
    const told = (kind: 'evidence.exported' | 'evidence.sent', facts: AuditEvent['facts']) =>
      journal.append({ kind, actor: principal.id, actorName: principal.name, session, facts });
    const common = { about: about as unknown as Json };
    let evidence: Evidence;
    let sent: { readonly outcome: Outcome; readonly bytes: number };
    try {
      const request = { about, by: principal.name, why: reason, decrypt: text, signal: gone.signal };
      evidence = await prepare(request).catch((error: unknown) => {
        throw problemFor(error);
      });
      if (gone.signal.aborted) return;
      const { digest: manifest, entries, chunks } = evidence;
      await told('evidence.exported', { ...common, why: reason, manifest, entries, chunks, decrypted: text }).catch(
        () => {
          throw new PortalProblem('journal.unavailable');
        },
      );
      res.statusCode = 200;
      res.setHeader('Content-Type', 'application/x-tar');
      res.setHeader('Content-Disposition', `attachment; filename="${fileNameOf(about)}"`);
      sent = await send(res, evidence.bytes(), stallAfter, (error) => log.error({ err: error }, 'evidence broke off'));
    } catch (error) {
      // Nobody is there to be told why.
      if (gone.signal.aborted) return;
      throw error;
    } finally {
      res.off('close', leave);
      busy = false;
    }
    // It is told after the turn was given up: a journal that is away keeps nobody waiting.
    await told('evidence.sent', { ...common, manifest: evidence.digest, ...sent }).catch((error: unknown) =>
      log.error({ err: error }, 'what became of an export could not be written down'),
    );
  };
}

/** An archive that breaks off must not look whole: the connection is cut. @returns when it is over; never throws */
async function send(
  res: ServerResponse,
  parts: AsyncIterable<Uint8Array>,
  stallAfter: number,
  onError: (error: unknown) => void,
): Promise<{ outcome: Outcome; bytes: number }> {
  const source = parts[Symbol.asyncIterator]();
  const closed = new Promise<null>((resolve) => {
    res.once('close', () => resolve(null));
    if (res.destroyed) resolve(null);
  });
  let bytes = 0;
  const over = (outcome: Outcome) => {
    if (outcome !== 'whole') res.destroy();
    // Not waited for: it may be in the middle of a read that takes long.
    void Promise.resolve(source.return?.()).catch(() => undefined);
    return { outcome, bytes };
  };
  try {
    for (;;) {
      const part = await Promise.race([source.next(), closed]);
      if (part === null) return over('left');
      if (part.done === true) break;
      for (let at = 0; at < part.value.length; at += PIECE) {
        const piece = part.value.subarray(at, at + PIECE);
        if (res.destroyed) return over('left');
        const word = res.write(piece) ? 'moved' : await happens(res, 'drain', stallAfter);
        if (word !== 'moved') return over(word);
        bytes += piece.length;
      }
    }
    res.end();
    const word = res.writableFinished ? 'moved' : await happens(res, 'finish', stallAfter);
    return over(word === 'moved' ? 'whole' : word);
  } catch (error) {
    onError(error);
    return over('failed');
  }
}

/** moved: it happened; left: the other side went away before; stalled: neither did within so many ms */
function happens(
  res: ServerResponse,
  event: 'drain' | 'finish',
  within: number,
): Promise<'moved' | 'left' | 'stalled'> {
  return new Promise((resolve) => {
    const done = (word: 'moved' | 'left' | 'stalled') => () => {
      clearTimeout(timer);
      res.off(event, moved).off('close', left);
      resolve(word);
    };
    const [moved, left] = [done('moved'), done('left')];
    const timer = setTimeout(done('stalled'), within);
    res.once(event, moved).once('close', left);
    if (res.destroyed) left();
  });
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
