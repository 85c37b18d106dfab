// Hears of what may have ended grants before their time (a session's end, a freeze, changes that were missed) and has their
// ends written and announced at once, so that what lives on them (sockets, downloads) ends too, on every replica.
type Change = { readonly kind: string };

export type GrantEnds = { start(): void; stop(): void };

/**
 * Many changes at once become one look. A look that fails is told to `onError` and made again until one succeeds: nobody
 * else would tell those live things.
 * @param retryAfter ms
 */
export function createGrantEnds(deps: {
  readonly grants: { sweep(whole: boolean): Promise<number> };
  /** hears every change; returns the way to stop hearing */
  readonly onChange: (heard: (change: Change) => void) => () => void;
  readonly onError: (error: unknown) => void;
  readonly retryAfter?: number;
}): GrantEnds {
  const { grants, onChange, onError, retryAfter = 250 } = deps;
  let deaf: (() => void) | undefined;
  let retry: NodeJS.Timeout | undefined;
  let looking = false;
  let again = false;
  const look = async (): Promise<void> => {
    again = true;
    if (looking) return;
    looking = true;
    clearTimeout(retry);
    while (again && deaf !== undefined) {
      again = false;
      try {
        await grants.sweep(true);
      } catch (error) {
        onError(error);
        retry = setTimeout(look, retryAfter);
        break;
      }
    }
    looking = false;
  };
  return {
    start() {
      deaf ??= onChange(({ kind }) => {
        if (kind === 'session' || kind === 'freeze' || kind === 'resync') void look();
      });
    },
    stop() {
      deaf?.();
      deaf = undefined;
      clearTimeout(retry);
    },
  };
}
