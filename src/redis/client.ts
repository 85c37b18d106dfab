// The only importer of ioredis. Every failure of Redis is one error, StateUnavailable, and every caller refuses on it:
// no offline queue, no retry, no resend (a consume whose answer was lost has an unknown outcome and is never repeated).
import { Redis } from 'ioredis';

export class StateUnavailable extends Error {
  override readonly name = 'StateUnavailable';
}

export type RedisAddress = { readonly url: string } | { readonly socketPath: string };

export type RedisClient = {
  /** One command. @throws StateUnavailable on any error, time-out or lost connection. */
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown>;
  /** A script by its digest, or by its text when Redis does not know it yet. @throws StateUnavailable */
  script(script: { text: string; sha1: string }, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** Calls `heard` for every message of the channel, on a connection of its own that resubscribes by itself. */
  subscribe(channel: string, heard: (message: string) => void): Promise<void>;
  /** Whether a connection stands at the moment: for health pages, never for decisions. */
  connected(): boolean;
  close(): Promise<void>;
};

export type RedisClientOptions = {
  readonly address: RedisAddress;
  /** ms after which a command counts as failed */
  readonly commandTimeout: number;
  readonly onError: (error: Error) => void;
};

export function createRedisClient({ address, commandTimeout, onError }: RedisClientOptions): RedisClient {
  const connect = (name: string): Redis => {
    const options = {
      connectionName: `sallyport-${name}`,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 2000,
      // A failover leaves us on a read-only replica: go and look for the primary again, but never resend (1, not 2).
      reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 1 : false) as 1 | false,
      retryStrategy: (times: number) => Math.min(50 * times, 500),
      lazyConnect: true,
    };
    const redis =
      'url' in address ? new Redis(address.url, options) : new Redis({ ...options, path: address.socketPath });
    redis.on('error', onError);
    return redis;
  };
  const main = connect('state');
  main.options.commandTimeout = commandTimeout;
  const listener = connect('changes');
  for (const redis of [main, listener]) redis.connect().catch(() => undefined); // 'error' has told; it retries by itself

  const guarded = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (cause) {
      throw new StateUnavailable(`redis: ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    }
  };

  return {
    command: (name, ...args) => guarded(name, () => main.call(name, ...args)),
    script: (script, keys, args) =>
      guarded('script', async () => {
        try {
          return await main.call('EVALSHA', script.sha1, keys.length, ...keys, ...args);
        } catch (error) {
          // NOSCRIPT means that nothing ran, so sending the text is not a retry.
          if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
          return await main.call('EVAL', script.text, keys.length, ...keys, ...args);
        }
      }),
    async subscribe(channel, heard) {
      listener.on('message', (from: string, message: string) => {
        if (from === channel) heard(message);
      });
      const subscribe = () => listener.subscribe(channel).catch(onError);
      listener.on('ready', subscribe);
      if (listener.status === 'ready') await subscribe();
    },
    connected: () => main.status === 'ready',
    async close() {
      for (const redis of [listener, main]) redis.disconnect();
    },
  };
}
