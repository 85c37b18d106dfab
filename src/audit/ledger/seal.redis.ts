// The journal's side of the sealing: who seals (a lease of a few seconds), the newest checkpoint that any replica wrote,
// and trimming, which the script allows only up to what the lease's holder has told of.
import { StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Scripts } from '../../redis/scripts.ts';
import type { Journal } from '../journal/journal.redis.ts';
import { readCheckpoint } from './note.ts';
import type { SealSource } from './sealer.ts';

/** ms that a replica leads without saying so again: after a kill another one goes on within this and one look */
export const LEASE = 5000;

export type SealDeps = {
  readonly scripts: Scripts;
  readonly keys: Keys;
  /** the stream alone: what is sealed must come from there */
  readonly journal: Pick<Journal, 'read'>;
  /** this process */
  readonly run: string;
};

export function createSealSource({ scripts, keys, journal, run }: SealDeps): SealSource {
  const own = [keys.ledgerLease, keys.ledgerHead];
  const lead = async (lease: number) => {
    const [word, note = '', head, sealed] = await scripts.run('leadLedger', own, [run, String(lease)]);
    if (word !== 'leads' && word !== 'follows')
      throw new StateUnavailable(`redis: leadLedger: unknown outcome ${word}`);
    return { leads: word === 'leads', note, head: Number(head), sealed: Number(sealed) };
  };
  return {
    read: journal.read,
    lead: () => lead(LEASE),
    leave: async () => void (await lead(0)),
    async told(checkpoint, seq) {
      const { size } = readCheckpoint(checkpoint);
      const [word] = await scripts.run('tellLedger', own, [run, String(size), String(seq), checkpoint]);
      if (word === 'told') return true;
      if (word === 'follows') return false;
      throw new StateUnavailable(`redis: tellLedger: unknown outcome ${word}`);
    },
    async trim(upTo) {
      const [word] = await scripts.run('trimJournal', own, [run, String(upTo)]);
      if (word === 'unsealed') throw new Error(`the journal would have been trimmed to ${upTo}, beyond what is sealed`);
    },
  };
}
