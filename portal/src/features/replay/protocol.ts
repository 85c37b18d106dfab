// What the portal and the replay origin's page say to each other, by postMessage. Both check the other's window and origin, and the
// version. The events of a recording pass the portal as text: they are read only where they are rebuilt.
export const VERSION = 'sallyport replay 1';

/** `view` numbers what is shown: answers to an older one are worth nothing. Times are the gateway's clock, ms. */
export type Command =
  | {
      readonly kind: 'load';
      readonly view: number;
      /** lines of JSON as the API gives them */
      readonly lines: string;
      readonly at: number;
      readonly speed: number;
      readonly playing: boolean;
    }
  /** Events that follow those that are loaded. */
  | { readonly kind: 'add'; readonly view: number; readonly lines: string }
  | { readonly kind: 'play'; readonly view: number; readonly at: number; readonly speed: number }
  | { readonly kind: 'pause'; readonly view: number; readonly at: number }
  | { readonly kind: 'clear'; readonly view: number };

export type Report =
  | { readonly kind: 'ready' }
  /** What was asked for is on the screen; took: ms */
  | { readonly kind: 'shown'; readonly view: number; readonly at: number; readonly took: number }
  | { readonly kind: 'time'; readonly view: number; readonly at: number }
  | { readonly kind: 'size'; readonly view: number; readonly width: number; readonly height: number }
  | { readonly kind: 'fault'; readonly view: number; readonly what: Fault };

/** empty: no whole look in it; large: too much to rebuild; cut: a part was left out; broken: it could not be rebuilt */
export type Fault = 'empty' | 'large' | 'cut' | 'broken';

export type Sealed<M> = { readonly protocol: typeof VERSION; readonly message: M };
export const sealed = <M>(message: M): Sealed<M> => ({ protocol: VERSION, message });

const KINDS: Record<Command['kind'] | Report['kind'], readonly (readonly [string, 'number' | 'string' | 'boolean'])[]> =
  {
    load: [
      ['view', 'number'],
      ['lines', 'string'],
      ['at', 'number'],
      ['speed', 'number'],
      ['playing', 'boolean'],
    ],
    add: [
      ['view', 'number'],
      ['lines', 'string'],
    ],
    play: [
      ['view', 'number'],
      ['at', 'number'],
      ['speed', 'number'],
    ],
    pause: [
      ['view', 'number'],
      ['at', 'number'],
    ],
    clear: [['view', 'number']],
    ready: [],
    shown: [
      ['view', 'number'],
      ['at', 'number'],
      ['took', 'number'],
    ],
    time: [
      ['view', 'number'],
      ['at', 'number'],
    ],
    size: [
      ['view', 'number'],
      ['width', 'number'],
      ['height', 'number'],
    ],
    fault: [
      ['view', 'number'],
      ['what', 'string'],
    ],
  };
const COMMANDS: ReadonlySet<string> = new Set(['load', 'add', 'play', 'pause', 'clear']);

/** @returns null for anything that is not a message of this protocol and direction */
function opened(data: unknown, commands: boolean): unknown {
  if (typeof data !== 'object' || data === null) return null;
  const { protocol, message } = data as { protocol?: unknown; message?: unknown };
  if (protocol !== VERSION || typeof message !== 'object' || message === null) return null;
  const { kind } = message as { kind?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind) || COMMANDS.has(kind) !== commands) return null;
  const fits = KINDS[kind as Command['kind']].every(([name, type]) => {
    const value = (message as Record<string, unknown>)[name];
    return typeof value === type && (type !== 'number' || Number.isFinite(value));
  });
  return fits ? message : null;
}

export const commandOf = (data: unknown): Command | null => opened(data, true) as Command | null;
export const reportOf = (data: unknown): Report | null => opened(data, false) as Report | null;
