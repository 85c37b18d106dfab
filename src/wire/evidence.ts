// Evidence and retention of a running gateway. Part of the composition: called by wire.ts, once.
// An export waits until the ledger has sealed what the journal had when it was asked for; retention sweeps now and then.
import { join } from 'node:path';
import { type Evidence, type EvidenceRequest, prepareEvidence } from '../audit/evidence/export.ts';
import { openLedgerSource } from '../audit/evidence/ledgerSource.ts';
import { createRecordingFiles } from '../audit/evidence/recordingFiles.ts';
import type { Journal } from '../audit/journal/journal.redis.ts';
import { openStore } from '../audit/ledger/openStore.ts';
import { createRemoveChunk } from '../audit/retention/removeChunk.ts';
import { createRetentionStore, type LegalHolds } from '../audit/retention/retention.redis.ts';
import { createRetention } from '../audit/retention/retention.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../kernel/clock.ts';
import type { RedisClient } from '../redis/client.ts';
import type { Keys } from '../redis/keys.ts';
import type { Scripts } from '../redis/scripts.ts';
import { VERSION } from '../version.ts';
import type { LedgerService } from './ledger.ts';
import { policySetTexts } from './policySets.ts';

export type EvidenceService = {
  /** @throws NotSealed, NothingFound, CannotDecrypt */
  prepare(request: Omit<EvidenceRequest, 'at'>): Promise<Evidence>;
  readonly legalHolds: LegalHolds;
  start(): void;
  stop(): Promise<void>;
};

/** The newest entries are not in the ledger yet: whatever would be exported would lack them. */
export class NotSealed extends Error {
  override readonly name = 'NotSealed';
}

/** ms that sealing gets; it follows the journal within a second */
const SEALING = 15_000;
const LOOK_AGAIN = 100;
/** ms until the first sweep and between sweeps: what is deleted was kept for days */
const FIRST_SWEEP = 5 * 60_000;
const SWEEP_EVERY = 6 * 3_600_000;

export function createEvidence(
  config: Pick<Config, 'data' | 'ledger' | 'retention'>,
  deps: {
    readonly scripts: Scripts;
    readonly client: RedisClient;
    readonly keys: Keys;
    readonly journal: Pick<Journal, 'head'>;
    readonly ledger: Pick<LedgerService, 'reader' | 'verifierKeys' | 'sign'>;
    /** that open recordings; null: they cannot be read here */
    readonly identities: readonly string[] | null;
    readonly onError: (error: unknown) => void;
    readonly log: { info(facts: object, message: string): void };
  },
): EvidenceService {
  const { journal, ledger, identities, onError, log } = deps;
  const dir = join(config.data, 'recordings');
  const { blobs } = openStore(config.ledger.store, systemClock);
  const recordings = createRecordingFiles({ dir, identities });
  const ledgerKeys = [...ledger.verifierKeys, ...config.ledger.witnesses.map(({ key }) => key)];
  const policySet = policySetTexts(config);
  const store = createRetentionStore(deps);
  const retention = createRetention({
    ledger: () => openLedgerSource(blobs),
    rules: config.retention,
    store,
    remove: createRemoveChunk({ dir }),
    now: systemClock.now,
  });
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();

  async function sealed(signal: AbortSignal | undefined): Promise<void> {
    const { seq } = await journal.head();
    for (const end = performance.now() + SEALING; performance.now() < end; ) {
      signal?.throwIfAborted();
      if (seq === 0 || (await ledger.reader.find(seq)) !== null) return;
      await new Promise((wake) => setTimeout(wake, LOOK_AGAIN));
    }
    throw new NotSealed(`entry ${seq} of the journal is not in the ledger yet`);
  }
  const sweep = async (): Promise<void> => {
    if (config.retention.length === 0 && (await store.pending()).length === 0) return;
    const { deleted, refused, held } = await retention.run();
    log.info({ deleted: deleted.length, refused: refused.length, held }, 'recordings whose time is over were deleted');
  };
  const later = (after: number): void => {
    timer = setTimeout(() => {
      turn = sweep()
        .catch(onError)
        .then(() => later(SWEEP_EVERY));
    }, after).unref();
  };

  return {
    async prepare(request) {
      await sealed(request.signal);
      const source = await openLedgerSource(blobs);
      const at = systemClock.now();
      return prepareEvidence(
        { ledger: source, recordings, ledgerKeys, sign: ledger.sign, policySet, version: VERSION },
        { ...request, at },
      );
    },
    legalHolds: store.legalHolds,
    start: () => later(FIRST_SWEEP),
    async stop() {
      clearTimeout(timer);
      await Promise.race([turn, new Promise((wake) => setTimeout(wake, 2000))]);
      clearTimeout(timer);
    },
  };
}
