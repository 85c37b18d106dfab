// The journal's side of the sealing: who seals (a lease of a few seconds), the newest checkpoint that any replica wrote,
// and trimming, which the script allows only up to what the lease's holder has told of.
import { type RedisClient, StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Scripts } from '../../redis/scripts.ts';
import type { Journal } from '../journal/journal.redis.ts';
import { type Checkpoint, readCheckpoint } from './note.ts';
import type { SealSource } from './sealer.ts';

/** ms that a replica leads without saying so again: three looks of the sealer */
const LEASE = 5000;

export type SealDeps = {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly journal: Pick<Journal, 'read'>;
  /** this process */
  readonly run: string;
};

export function createSealSource({ scripts, client, keys, journal, run }: SealDeps): SealSource & {
  /** The newest checkpoint that was told of; null: none. */
  head(): Promise<Checkpoint | null>;
} {
  const own = [keys.ledgerLease, keys.ledgerHead];
  return {
    read: journal.read,
    async lead() {
      const [word, note = ''] = await scripts.run('leadLedger', own, [run, String(LEASE)]);
      if (word === 'leads') return note;
      if (word === 'follows') return null;
      throw new StateUnavailable(`redis: leadLedger: unknown outcome ${word}`);
    },
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
    async head() {
      const note = await client.command('HGET', keys.ledgerHead, 'note');
      return typeof note === 'string' && note !== '' ? readCheckpoint(note) : null;
    },
  };
}
