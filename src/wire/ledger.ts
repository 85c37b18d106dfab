// The ledger of a running gateway: key, store, sealing, witnesses, posting. Part of the composition: called by wire.ts, once.
// Nothing on the path of a request waits for it: the journal is durable before, and sealing follows within a second.
import { join } from 'node:path';
import type { Journal } from '../audit/journal/journal.redis.ts';
import { keptSigner } from '../audit/ledger/ledgerKey.ts';
import { createNoteSigner, type NoteSigner } from '../audit/ledger/note.ts';
import { openStore } from '../audit/ledger/openStore.ts';
import { createDestination, createPost, type SendMail } from '../audit/ledger/post.ts';
import { createLedgerReader, type LedgerReader } from '../audit/ledger/reader.ts';
import { createSealSource } from '../audit/ledger/seal.redis.ts';
import { createSealer, type SealerState } from '../audit/ledger/sealer.ts';
import { witnessDestination } from '../audit/ledger/witnessClient.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../kernel/clock.ts';
import { createMailer } from '../notices/channels/email.ts';
import type { Keys } from '../redis/keys.ts';
import type { Scripts } from '../redis/scripts.ts';

export type LedgerService = {
  readonly reader: LedgerReader;
  /** what everybody may know, to verify with */
  readonly verifierKeys: readonly string[];
  /** The lines of a signed note under this text. */
  readonly sign: (text: string) => string;
  start(journal: Pick<Journal, 'read'>): void;
  state(): SealerState;
  /** Seals what there is, tells the witnesses and receivers, and stops. */
  stop(): Promise<void>;
};

/** @throws when the key cannot be read or made */
export async function createLedger(
  config: Pick<Config, 'ledger' | 'data' | 'portal' | 'deployment' | 'notices'>,
  deps: {
    readonly scripts: Scripts;
    readonly keys: Keys;
    readonly run: string;
    readonly onError: (error: unknown) => void;
  },
): Promise<LedgerService> {
  const { scripts, keys, run, onError } = deps;
  const { ledger } = config;
  const signer = await signerOf(config);
  const { blobs, probe } = openStore(ledger.store, systemClock);
  const post = createPost({
    destinations: [
      ...ledger.witnesses.map((witness) => witnessDestination({ ...witness, blobs })),
      ...ledger.post.map((settings) => createDestination(settings, systemClock, mailOver(config))),
    ],
    every: ledger.postEvery,
    onError,
  });
  let sealer: ReturnType<typeof createSealer> | null = null;
  let probed: Promise<void> | null = null;
  return {
    reader: createLedgerReader(blobs),
    verifierKeys: signer.verifierKeys,
    sign: signer.sign,
    start(journal) {
      const source = createSealSource({ scripts, keys, journal, run });
      sealer = createSealer({
        blobs,
        source: {
          ...source,
          // A store that cannot keep its promises gets nothing; asked once, again after a failure.
          async lead() {
            probed ??= probe();
            await probed.catch((error: unknown) => {
              probed = null;
              throw error;
            });
            return source.lead();
          },
        },
        signer,
        origin: signer.name,
        keep: ledger.keep,
        every: ledger.every,
        onSealed: post.sealed,
        clock: systemClock,
        onError,
      });
      sealer.start();
    },
    state: () =>
      sealer?.state() ?? { size: 0, seq: 0, leading: false, behind: 0, since: null, fault: 'not started yet' },
    async stop() {
      await sealer?.stop();
      await post.stop();
    },
  };
}

/** Mail over the e-mail channels of the notices. */
const mailOver =
  ({ notices, portal }: Pick<Config, 'notices' | 'portal'>): SendMail =>
  async ({ channel, ...mail }) => {
    const settings = notices.channels.find(({ id }) => id === channel);
    if (settings?.kind !== 'email') throw new Error(`there is no e-mail channel ${channel}`);
    const send = createMailer({ ...settings, host: new URL(portal.origin).hostname, clock: systemClock });
    const sent = await send(mail);
    if (!sent.done) throw new Error(sent.why);
  };

/** The configured key, or the one that the data folder keeps. */
export async function signerOf({
  ledger,
  data,
  portal,
  deployment,
}: Pick<Config, 'ledger' | 'data' | 'portal' | 'deployment'>): Promise<NoteSigner> {
  if (ledger.key !== null) return createNoteSigner(ledger.key);
  const signer = await keptSigner(data, ledger.origin ?? `${new URL(portal.origin).hostname}/${deployment}`);
  if (ledger.origin !== null && ledger.origin !== signer.name)
    throw new Error(
      `${join(data, 'ledger.key')} was made for the ledger ${signer.name}, not for ${ledger.origin}: change ledger.origin back, or move the key and the ledger away`,
    );
  return signer;
}
