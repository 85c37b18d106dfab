// The page as the gateway knows it: the recorder's mark, or, where no recorder could be, the id in the shim's own element.
import { markOf } from './recorder/mark.ts';

export type Page = {
  /** what a request says of the page that sends it; called when it is sent */
  headers(method: string): readonly (readonly [name: string, value: string])[];
  /** Something is about to be done. */
  acting(): void;
  /** Words of the recorder for the person. */
  watch(changed: (words: string | null) => void): void;
};

const READS = /^(get|head|options)$/i;

/** @param own the id in the shim's element; null: none */
export function createPage(own: string | null): Page {
  const id = (): string | null => markOf(window)?.id() ?? (window.top === window ? own : null);
  return {
    headers(method) {
      // Reads stay as they are: a header of ours would make those that are sent on to another origin ask for leave there.
      const page = READS.test(method) ? null : id();
      if (page === null) return [];
      const gesture = markOf(window)?.gesture();
      const more = gesture === undefined ? [] : [['X-Sallyport-Gesture', gesture ? '1' : '0'] as const];
      return [['X-Sallyport-Page', page], ...more];
    },
    acting: () => markOf(window)?.acting(),
    watch: (changed) => markOf(window)?.watch(changed),
  };
}
