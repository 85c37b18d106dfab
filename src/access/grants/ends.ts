// Hears of what may have ended grants before their time (a session's end, a freeze, changes that were missed) and has their
// ends written and announced at once, so that what lives on them (sockets, downloads) ends too, on every replica.
type Change = { readonly kind: string };

export type GrantEnds = { start(): void; stop(): void };

/** Many changes at once become one look. A look that fails is told to `onError` and made again with the next change. */
export function createGrantEnds(deps: {
  readonly grants: { sweep(whole: boolean): Promise<number> };
  /** hears every change; returns the way to stop hearing */
  readonly onChange: (heard: (change: Change) => void) => () => void;
  readonly onError: (error: unknown) => void;
}): GrantEnds {
  const { grants, onChange, onError } = deps;
  let deaf: (() => void) | undefined;
  let looking = false;
  let again = false;
  const look = async (): Promise<void> => {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    do {
      again = false;
      await grants.sweep(true).catch(onError);
    } while (again && deaf !== undefined);
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
    },
  };
}
