// What a request does, in one vocabulary for all consoles.

/** read: changes nothing. low: changes something easily undone. high: hurts until undone. destructive: cannot be undone. */
export type Risk = 'read' | 'low' | 'high' | 'destructive';

/** How the gateway handles a body: none may come; judged: bounded, held, sent on as the very bytes; opaque: streamed. */
export type BodyMode = 'none' | 'judged' | 'opaque';

export type Target = { readonly kind: string; readonly id: string };

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
  /** plain words, filled in: "Wipe 1 device: d-0142" */
  readonly title: string;
  /** one sentence on what it means: "Erases everything on it. Cannot be undone." */
  readonly effect: string;
  /** JSON pointers or form field names that never reach a recording */
  readonly redact: readonly string[];
  /** true: messages of an upgraded connection follow */
  readonly upgrade: boolean;
};

export const isRead = (action: Action): boolean => action.risk === 'read';
