// Reminds those who were asked to sign a hold, once, when half of the time for it is over. Safe to run on every replica at once:
// the script looks again, and one of them writes the event that people are told of.
import type { Hold } from '../../kernel/hold.ts';
import { type RedisClient, StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import { ids } from '../stored.ts';

export type HoldCalling = {
  /** Writes the reminders whose moment has come. @returns how many @throws StateUnavailable */
  remind(): Promise<number>;
};

const NOTHING: readonly string[] = ['unknown', 'not.asked', 'not.due'];

export function createHoldCalling(deps: {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly pulse: Pick<Pulse, 'clock' | 'epoch'>;
  readonly get: (id: string) => Promise<Hold | null>;
}): HoldCalling {
  const { scripts, client, keys, pulse, get } = deps;

  /** Also asked for a hold that is gone: the script takes it off the list. */
  const call = async (id: string): Promise<boolean> => {
    const hold = await get(id);
    const { console = '', title = '', action = '', principal, approvers = [], expiresAt = 0 } = hold ?? {};
    const told = eventArgs({
      ...{ kind: 'hold.reminded', actor: null, console },
      facts: { hold: id, action, title, holder: principal?.id ?? '', approvers: [...approvers], expiresAt },
    });
    const [word] = await scripts.run('callHold', [keys.hold(id), keys.holdCalls], [id, ...told]);
    if (word !== 'called' && !NOTHING.includes(word))
      throw new StateUnavailable(`redis: callHold: unknown outcome ${word}`);
    return word === 'called';
  };

  return {
    async remind() {
      if (pulse.epoch() === '') return 0;
      const now = Math.floor(pulse.clock.now());
      let written = 0;
      for (const id of ids(await client.command('ZRANGE', keys.holdCalls, '-inf', now, 'BYSCORE')))
        if (await call(id)) written += 1;
      return written;
    },
  };
}
