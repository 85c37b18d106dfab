// Requests that were refused before anybody was known cost the sender nothing, so they must cost the journal little: they
// are counted by reason and told as one event a second. A count is never lost: when the journal cannot be written it stays
// and goes out with the same batch number later, so that a reader recognises an event that was appended twice.
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Reason } from '../../kernel/reasons.ts';

export const FLUSH_EVERY = 1000;

export type DoorRefusals = {
  /** Counts one refusal. Costs no I/O. `console`: its id, null when no console was found. */
  count(reason: Reason, console: string | null): void;
  start(): void;
  /** Tells the journal now. Never throws: failures go to onError, counts stay. */
  flush(): Promise<void>;
  stop(): Promise<void>;
};

export type DoorRefusalDeps = {
  append: (event: AuditEvent) => Promise<unknown>;
  clock: Clock;
  /** names this run of the gateway: batches are numbered within it */
  run: string;
  every?: number;
  onError: (error: unknown) => void;
};

type Batch = { number: number; since: number; until: number; counts: Map<string, number> };

export function createDoorRefusals({
  append,
  clock,
  run,
  every = FLUSH_EVERY,
  onError,
}: DoorRefusalDeps): DoorRefusals {
  let number = 0;
  let current: Batch | undefined;
  let leaving: Batch | undefined;
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();

  const send = async (): Promise<void> => {
    leaving ??= current;
    if (!leaving) return;
    if (leaving === current) current = undefined;
    const { number: batch, since, until, counts } = leaving;
    // A list, not an object: console ids and reasons are data and must not become member names.
    const refusals = [...counts].map(([key, count]) => {
      const [reason = '', console = ''] = key.split('\n');
      return { reason, console: console === '' ? null : console, count };
    });
    await append({ kind: 'door.refused', actor: null, facts: { run, batch, since, until, refusals } });
    leaving = undefined;
    if (current) await send();
  };
  const flush = (): Promise<void> => {
    turn = turn.then(send).catch(onError);
    return turn;
  };

  return {
    count(reason, console) {
      const at = clock.now();
      if (!current) {
        number += 1;
        current = { number, since: at, until: at, counts: new Map() };
      }
      const key = `${reason}\n${console ?? ''}`;
      current.counts.set(key, (current.counts.get(key) ?? 0) + 1);
      current.until = at;
    },
    start() {
      timer = setInterval(flush, every).unref();
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
