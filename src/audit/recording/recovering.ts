// Looks for recordings that dead runs left unfinished: all of them once, then every minute those of runs that died meanwhile.
export type Recovering = { start(): void; stop(): void };

const EVERY = 60_000;

export function createRecovering(deps: {
  /** all: also runs that left no sign of themselves */
  readonly recover: (all: boolean) => Promise<number>;
  readonly every?: number;
  readonly onError: (error: unknown) => void;
}): Recovering {
  const { recover, every = EVERY, onError } = deps;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const turn = async (all: boolean): Promise<void> => {
    await recover(all).catch(onError);
    if (!stopped) timer = setTimeout(() => void turn(false), every).unref();
  };
  return {
    start() {
      if (!stopped) void turn(true);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
