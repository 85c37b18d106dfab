// What the recorder and the shim share on the page's window. Scripts of the page can read it, and could say all of it themselves.

export type PageMark = {
  /** of the page, as the gateway knows it; null: it is not recorded */
  id(): string | null;
  /** true: the person clicked or typed in the last five seconds */
  gesture(): boolean;
  /** A person's own click or key was seen, in this page or in a frame of it. */
  gestured(): void;
  /** Something is about to be done: the gateway hears at once that the recorder is alive. */
  acting(): void;
  /** Calls `changed` now and whenever the words for the person change; null: nothing to say. */
  watch(changed: (words: string | null) => void): void;
};

const MARK = Symbol.for('sallyport.page');

export function markOf(of: Window): PageMark | null {
  try {
    const mark: unknown = (of as unknown as { [MARK]?: unknown })[MARK];
    return typeof mark === 'object' && mark !== null ? (mark as PageMark) : null;
  } catch {
    // Another origin's.
    return null;
  }
}

export const putMark = (mark: PageMark): void => {
  Object.defineProperty(window, MARK, { value: Object.freeze(mark) });
};
