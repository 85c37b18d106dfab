// Runs the grants' sweep again and again. Only the audit events and the lists wait for it: an over-due grant gives nothing
// from its last millisecond on, swept or not.
export type Sweep = { start(): void; stop(): void };

/** @param every ms between the end of one run and the start of the next */
export function createSweep(deps: {
  readonly grants: { sweep(): Promise<number> };
  readonly every?: number;
  readonly onError: (error: unknown) => void;
}): Sweep {
  const { grants, every = 1000, onError } = deps;
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  const turn = async (): Promise<void> => {
    await grants.sweep().catch(onError);
    if (running) timer = setTimeout(turn, every);
  };
  return {
    start() {
      if (running) return;
      running = true;
      timer = setTimeout(turn, every);
    },
    stop() {
      running = false;
      clearTimeout(timer);
    },
  };
}
