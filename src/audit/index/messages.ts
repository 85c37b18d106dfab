// What the main thread and the index's worker tell each other.
import type { JournalEntry } from '../../kernel/auditEvent.ts';

export type WorkerData = {
  readonly file: string;
  readonly dir: string;
  /** age identities; null: recordings cannot be read here */
  readonly identities: readonly string[] | null;
  /** the last end was not a clean one: the whole database is to be checked first */
  readonly unclean: boolean;
};

export type Ask =
  /** take in everything told so far, without rests */
  | { readonly do: 'settle' }
  | { readonly do: 'rebuild' }
  | { readonly do: 'addMentions'; readonly entries: readonly JournalEntry[] }
  | { readonly do: 'clearMentions' }
  /** as much as fits into so many ms, then end */
  | { readonly do: 'close'; readonly within: number };

export type ToWorker =
  /** parts of recordings and how many lines they have; n counts these messages */
  | { readonly kind: 'grew'; readonly n: number; readonly parts: ReadonlyMap<string, number> }
  | { readonly kind: 'finished'; readonly part: string; readonly chunk: number; readonly lines: number }
  /** look through all recordings for what is missing */
  | { readonly kind: 'scan'; readonly n: number }
  /** reading found the database broken; renewal: which one was read */
  | { readonly kind: 'broken'; readonly renewal: number }
  | { readonly kind: 'ask'; readonly id: number; readonly ask: Ask };

export type Fault = { readonly message: string; readonly errcode: number | undefined };

export type FromWorker =
  /** the database is there; it is another file than before when the number is another */
  | { readonly kind: 'opened'; readonly renewal: number }
  /** everything told up to message n is taken in */
  | { readonly kind: 'taken'; readonly n: number }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'done'; readonly id: number; readonly fault: Fault | null };

export function faultOf(error: unknown): Fault {
  const { message = String(error), errcode } = (error ?? {}) as { message?: string; errcode?: number };
  return { message, errcode };
}
