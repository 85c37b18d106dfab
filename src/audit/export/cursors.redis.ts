// How far each destination has got, in Redis: one sender at a time, a place that only the sender moves, and how it goes. The place
// lives beside the journal, so a journal that is rolled back takes it along.
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import { type RedisClient, StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';

export type Cursor = {
  /** last journal entry that it has got, or that was left out; null: nothing was looked at yet */
  readonly seq: number | null;
  readonly sent: number;
  readonly skipped: number;
  /** ms; null: never */
  readonly sentAt: number | null;
  /** why the last try failed; '' since the last success */
  readonly error: string;
  readonly errorAt: number | null;
  readonly behind: boolean;
};

/** All of these @throw StateUnavailable. */
export type Cursors = {
  /** Whether it is this gateway's turn at this destination, for so many ms; 0 gives the turn up. */
  lead(destination: string, me: string, ms: number): Promise<boolean>;
  read(destination: string): Promise<Cursor>;
  /** false: the turn or the place is another's, read again. `skipped` is told by `event` in the same step. */
  move(destination: string, me: string, step: Step): Promise<boolean>;
  /** What went wrong, and whether it is behind: the change of that is told by `event`, once. */
  note(destination: string, me: string, note: Note): Promise<void>;
  /** Sets the place, so that everything after it is sent (again). @returns the last entry when there is none so far on */
  replay(destination: string, seq: number, event: AuditEvent): Promise<{ readonly head: number } | null>;
};

export type Step = {
  readonly from: number | null;
  readonly to: number;
  readonly sent: number;
  readonly skipped: number;
  readonly event: AuditEvent | null;
};
export type Note = {
  readonly why: string;
  readonly behind: { readonly is: boolean; readonly event: AuditEvent } | null;
};

export function createCursors(deps: {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
}): Cursors {
  const { scripts, client, keys } = deps;
  const own = (destination: string): string[] => [keys.exportTurn(destination), keys.exportCursor(destination)];
  const told = (event: AuditEvent | null): [string, string] => (event === null ? ['', ''] : eventArgs(event));
  return {
    async lead(destination, me, ms) {
      const [word] = await scripts.run('leadExport', [keys.exportTurn(destination)], [me, String(ms)]);
      return word === 'mine';
    },
    async read(destination) {
      const flat = await client.command('HGETALL', keys.exportCursor(destination));
      if (!Array.isArray(flat)) throw new StateUnavailable('redis: an export place that is no hash');
      const members = new Map<string, string>();
      for (let index = 0; index + 1 < flat.length; index += 2)
        members.set(String(flat[index]), String(flat[index + 1]));
      const whole = (name: string): number | null => {
        const value = members.get(name) ?? '';
        return /^\d{1,16}$/.test(value) ? Number(value) : null;
      };
      return {
        seq: whole('seq'),
        sent: whole('sent') ?? 0,
        skipped: whole('skipped') ?? 0,
        sentAt: whole('sentAt'),
        error: members.get('error') ?? '',
        errorAt: whole('errorAt'),
        behind: members.get('state') === 'behind',
      };
    },
    async move(destination, me, { from, to, sent, skipped, event }) {
      const args = [me, from === null ? '' : String(from), String(to), String(sent), String(skipped), ...told(event)];
      const [word] = await scripts.run('moveExport', own(destination), args);
      return word === 'moved';
    },
    async note(destination, me, { why, behind }) {
      const state = behind === null ? '' : behind.is ? 'behind' : 'well';
      await scripts.run('noteExport', own(destination), [me, why.slice(0, 300), state, ...told(behind?.event ?? null)]);
    },
    async replay(destination, seq, event) {
      const [word, head] = await scripts.run(
        'replayExport',
        [keys.exportCursor(destination)],
        [String(seq), ...eventArgs(event)],
      );
      return word === 'ahead' ? { head: Number(head) } : null;
    },
  };
}
