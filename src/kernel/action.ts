// What a request does, in one vocabulary for all consoles.

/** read: changes nothing. low: changes something easily undone. high: hurts until undone. destructive: cannot be undone. */
export type Risk = 'read' | 'low' | 'high' | 'destructive';

/** How the gateway handles a body: none may come; judged: bounded, held, sent on as the very bytes; opaque: streamed. */
export type BodyMode = 'none' | 'judged' | 'opaque';

export type Target = { readonly kind: string; readonly id: string };

/** The id of every one of a kind: "all devices". It weighs as much as the largest fleet. */
export const ALL = '*';
export const WHOLE_FLEET = 1_000_000;

/** In a grant: every target of an act, also of one that names none. */
export const ANYTHING: Target = { kind: 'any', id: ALL };

/** How many things these are; all of a kind counts as the whole fleet. */
export function weightOf(targets: readonly Target[]): number {
  let weight = 0;
  for (const target of targets) weight += target.id === ALL ? WHOLE_FLEET : 1;
  return weight;
}

/** Exactly one pack entry's reading of a request. */
export type Action = {
  /** `device.wipe`, ...; `unknown.read` and `unknown.write` for what no entry knows */
  readonly name: string;
  readonly risk: Risk;
  /** pack and entry that said so; null for the unknown ones */
  readonly pack: string;
  readonly entry: string | null;
  /** distinct, sorted by kind then id */
  readonly targets: readonly Target[];
  /** how many devices it hits in truth, when the console was asked (groups, all devices); absent: as the targets count */
  readonly devices?: number;
  /** names of targets that the console told, by `kind:id`; text of the console, never trusted for anything but reading */
  readonly names?: { readonly [target: string]: string };
  /** plain words, filled in: "Wipe 1 device: d-0142" */
  readonly title: string;
  /** one sentence on what it means: "Erases everything on it. Cannot be undone." */
  readonly effect: string;
  /** JSON pointers or form field names that never reach a recording */
  readonly redact: readonly string[];
  /** members that change from try to try and that no signature covers */
  readonly volatile?: readonly string[];
  /** what a signature covers of the body, SHA-256 in hex; absent: the digest of the bytes (docs/pack-format.md) */
  readonly signedDigest?: string;
  /** the requests or operations of a batch: policy must allow each of them too */
  readonly parts?: readonly Action[];
  /** true: messages of an upgraded connection follow */
  readonly upgrade: boolean;
};

export const isRead = (action: Action): boolean => action.risk === 'read';
