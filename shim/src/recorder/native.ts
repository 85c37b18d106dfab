// What the browser gave, taken before any script of the page could change it: the recorder is the first script of the page.
// Called at any time later, these do what they did then.

const { stringify: nativeStringify } = JSON;
const nativeFetch = window.fetch;
const nativeSetTimeout = window.setTimeout;
const nativeSetInterval = window.setInterval;
const nativeClear = window.clearInterval;
const nativeListen = EventTarget.prototype.addEventListener;
const nativeNow = performance.now.bind(performance);
const { now: nativeDateNow } = Date;
const { getOwnPropertyDescriptor, defineProperty } = Object;
const Compressor = window.CompressionStream;
const NativeBlob = window.Blob;
const NativeResponse = window.Response;
const NativeObserver = window.MutationObserver;
const uuid = (): string => {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

/** Old libraries put a toJSON on arrays, strings or objects, which would write events as something else. */
const PROTOTYPES = [Array.prototype, Object.prototype, String.prototype, Number.prototype];

function stringify(value: unknown): string {
  const taken: { of: object; was: PropertyDescriptor }[] = [];
  for (const of of PROTOTYPES) {
    const was = getOwnPropertyDescriptor(of, 'toJSON');
    if (was?.configurable) {
      taken.push({ of, was });
      delete (of as { toJSON?: unknown }).toJSON;
    }
  }
  try {
    return nativeStringify(value);
  } finally {
    for (const { of, was } of taken) defineProperty(of, 'toJSON', was);
  }
}

/** null: this browser cannot. */
const gzip: ((text: string) => Promise<ArrayBuffer>) | null =
  typeof Compressor !== 'function'
    ? null
    : (text) => new NativeResponse(new NativeBlob([text]).stream().pipeThrough(new Compressor('gzip'))).arrayBuffer();

export const native = {
  stringify,
  gzip,
  newId: uuid(),
  /** ms since the page began; never jumps */
  now: nativeNow,
  /** the browser's clock, ms */
  date: nativeDateNow,
  fetch: (path: string, init: RequestInit): Promise<Response> => nativeFetch.call(window, path, init),
  later: (run: () => void, ms: number): number => nativeSetTimeout.call(window, run, ms),
  repeat: (run: () => void, ms: number): number => nativeSetInterval.call(window, run, ms),
  stopEvery: (timer: number): void => nativeClear.call(window, timer),
  listen(on: EventTarget, type: string, heard: (event: Event) => void): void {
    nativeListen.call(on, type, heard, { capture: true, passive: true });
  },
  /** Runs work with the browser's own way to listen, whatever the page has put in its place. */
  pristine<T>(work: () => T): T {
    const theirs = EventTarget.prototype.addEventListener;
    if (theirs === nativeListen) return work();
    EventTarget.prototype.addEventListener = nativeListen;
    try {
      return work();
    } finally {
      EventTarget.prototype.addEventListener = theirs;
    }
  },
  observer: (heard: MutationCallback): MutationObserver => new NativeObserver(heard),
} as const;
