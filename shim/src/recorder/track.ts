// The only importer of @rrweb/record: follows what the page looks like, masked, within a budget. Canvas, fonts, pictures and
// frames of other origins are not recorded; frames of this origin are a part of the page.
import { record } from '@rrweb/record';
import type { Budget } from './budget.ts';
import { createMasking, type Shape } from './masking.ts';
import { native } from './native.ts';

export type RecordedEvent = { readonly type: number; readonly timestamp: number; readonly data: unknown };

export type TrackOptions = {
  readonly shownInputs: boolean;
  /** CSS selectors; their text is masked */
  readonly maskText: string;
  readonly budget: Budget;
  readonly emit: (event: RecordedEvent) => void;
};

export type Track = {
  /** A whole picture, for what comes after a gap. */
  picture(): void;
  stop(): void;
};

/** Elements from which on a page is followed less closely: no pointer, changes gathered for two seconds. */
const MANY = 8000;
const GATHER = 2000;

const FULL = 2;
const INCREMENTAL = 3;
const META = 4;
const MUTATION = 0;

const ALL_INPUTS: { [kind: string]: boolean } = {
  ...{ input: true, textarea: true, color: true, date: true, 'datetime-local': true, email: true, month: true },
  ...{ number: true, range: true, search: true, tel: true, text: true, time: true, url: true, week: true },
  ...{ password: true, hidden: true, select: true },
};

type Mutation = {
  readonly source: number;
  readonly adds?: readonly { readonly node: Shape }[];
  readonly attributes?: readonly { readonly id: number; readonly attributes: { [name: string]: unknown } }[];
};

export const isLarge = (): boolean => document.getElementsByTagName('*').length > MANY;

export function startTrack({ shownInputs, maskText, budget, emit }: TrackOptions): Track {
  const masking = createMasking(shownInputs, (id) => record.mirror.getNode(id));
  const large = isLarge();
  let stopped = false;

  function tidied(event: RecordedEvent): RecordedEvent {
    if (event.type === FULL) masking.tidy((event.data as { node: Shape }).node);
    // Only where it is: what stands behind may be a token.
    else if (event.type === META)
      return { ...event, data: { ...(event.data as object), href: location.origin + location.pathname } };
    else if (event.type === INCREMENTAL && (event.data as Mutation).source === MUTATION) {
      const { adds = [], attributes = [] } = event.data as Mutation;
      for (const { node } of adds) masking.tidy(node);
      for (const { id, attributes: changed } of attributes) {
        const element = record.mirror.getNode(id);
        if (element instanceof Element) masking.tidyAttributes(element.localName, changed, element);
      }
    }
    return event;
  }

  // rrweb's own work on changes happens between these two: observers are called in the order in which they began.
  let began = 0;
  const before = native.observer(() => {
    began = native.now();
  });
  const after = native.observer(() => budget.add(native.now() - began));
  const WATCHED = { childList: true, subtree: true, attributes: true, characterData: true };

  before.observe(document, WATCHED);
  let inChange = false;
  const stop = budget.spend(() =>
    record({
      emit(event) {
        if (stopped) return;
        const made = event as unknown as RecordedEvent;
        const mutation = made.type === INCREMENTAL && (made.data as Mutation).source === MUTATION;
        const work = () => emit(tidied(made));
        // Changes are emitted inside of rrweb's own observer, whose time is measured as a whole.
        if (mutation) work();
        else budget.spend(work);
        if (large && mutation && !inChange) {
          inChange = true;
          record.freezePage();
        }
      },
      recordAfter: 'DOMContentLoaded',
      maskInputOptions: { ...ALL_INPUTS, select: !shownInputs },
      maskInputFn: (text, element) => masking.input(text, element),
      ...(maskText === '' ? {} : { maskTextSelector: maskText }),
      slimDOMOptions: {
        ...{ script: true, comment: true, headFavicon: true, headWhitespace: true, headMetaSocial: true },
        ...{ headMetaRobots: true, headMetaHttpEquiv: true, headMetaVerification: true, headMetaDescKeywords: true },
      },
      sampling: {
        ...{ mousemove: large ? false : 100, scroll: large ? 500 : 150, media: 800, input: 'last' },
        mouseInteraction: {
          MouseDown: false,
          MouseUp: false,
          Focus: false,
          Blur: false,
          TouchStart: false,
          TouchEnd: false,
        },
      },
      ...{ recordCanvas: false, recordCrossOriginIframes: false, inlineImages: false, collectFonts: false },
      ...{ inlineStylesheet: true, userTriggeredOnInput: true },
      // What goes wrong in the recorder is never the page's error.
      errorHandler: () => true,
    }),
  );
  after.observe(document, WATCHED);
  // In a large page changes are gathered: many steps of one re-sort become one.
  const gathering = large
    ? native.repeat(() => {
        if (!inChange || stopped) return;
        inChange = false;
        // Thaws: what was gathered goes out before it.
        budget.spend(() => record.addCustomEvent('gathered', {}));
      }, GATHER)
    : null;

  return {
    picture() {
      if (!stopped && document.readyState !== 'loading') budget.spend(() => record.takeFullSnapshot(true));
    },
    stop() {
      stopped = true;
      before.disconnect();
      after.disconnect();
      if (gathering !== null) native.stopEvery(gathering);
      try {
        stop?.();
      } catch {
        // It was not running yet.
      }
    },
  };
}
