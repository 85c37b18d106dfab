// Things that count once: logins under way, hand-off codes, WebAuthn challenges. Taking one removes it in the same step,
// so of two that come at the same moment exactly one gets it. Void after their time, and in another epoch.
import type { Scripts } from '../redis/scripts.ts';

export type Once = {
  /** @param key a whole Redis key @param value what `take` will answer @param lifetime ms. Replaces what is there. */
  put(key: string, value: string, lifetime: number): Promise<void>;
  /** The value, the first time and in time; else null. @throws StateUnavailable */
  take(key: string): Promise<string | null>;
};

export function createOnce({ scripts }: { scripts: Scripts }): Once {
  return {
    async put(key, value, lifetime) {
      await scripts.run('putOnce', [key], [value, String(lifetime)]);
    },
    async take(key) {
      const [outcome, value] = await scripts.run('takeOnce', [key], []);
      return outcome === 'taken' && value !== undefined ? value : null;
    },
  };
}
