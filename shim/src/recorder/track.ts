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
  /** @returns how many characters it is */
  readonly emit: (event: RecordedEvent) => number;
};

export type Track = {
  /** A whole picture, for what comes after a gap. */
  picture(): void;
  stop(): void;
};

/** Elements from which on a page is followed less closely: no pointer, changes gathered for two seconds. */
const MANY = 8000;
const GATHER = 2000;
/** Nodes that come or go at once, from which on a whole picture is cheaper than following them. */
const MOST_CHANGES = 2000;
/** ms before a picture is taken again; so many times the cost of the last one; characters that a page may send per second */
const SOON = 1000;
const CALM = 20;
const PER_SECOND = 400_000;
const WATCHED = { childList: true, subtree: true, attributes: true, characterData: true };

const FULL = 2;
const INCREMENTAL = 3;
const META = 4;
const MUTATION = 0;
/** Of any document: a frame's elements are instances of its own classes. */
const ELEMENT = 1;

const ALL_INPUTS: { [kind: string]: boolean } = {
  ...{ input: true, textarea: true, color: true, date: true, 'datetime-local': true, email: true, month: true },
  ...{ number: true, range: true, search: true, tel: true, text: true, time: true, url: true, week: true },
  ...{ password: true, hidden: true, select: true },
};

type Mutation = {
  readonly source: number;
  readonly adds?: readonly { readonly node: Shape }[];
  readonly attributes?: readonly { readonly id: number; readonly attributes: { [name: string]: unknown } }[];
  readonly texts?: readonly { readonly id: number; value: string | null }[];
};

export function startTrack({ shownInputs, maskText, budget, emit }: TrackOptions): Track {
  const masking = createMasking(shownInputs, (id) => record.mirror.getNode(id));
  let stopped = false;
  let halt: (() => void) | null = null;
  /** of the last whole picture: when it began, what it cost in ms, how long it was */
  const picture = { at: 0, cost: 0, length: 0 };

  function tidied(event: RecordedEvent): RecordedEvent {
    if (event.type === FULL) masking.tidy((event.data as { node: Shape }).node);
    else if (event.type === META)
      // Only where it is: what stands behind may be a token.
      return { ...event, data: { ...(event.data as object), href: location.origin + location.pathname } };
    else if (event.type === INCREMENTAL && (event.data as Mutation).source === MUTATION) {
      const { adds = [], attributes = [], texts = [] } = event.data as Mutation;
      for (const { node } of adds) masking.tidy(node);
      for (const { id, attributes: changed } of attributes) {
        const element = record.mirror.getNode(id);
        if (element?.nodeType === ELEMENT) {
          const { localName } = element as Element;
          masking.tidyAttributes(localName, changed, element as Element);
        }
      }
      for (const text of texts)
        if (text.value !== null) text.value = masking.tidyText(text.value, record.mirror.getNode(text.id));
    }
    return event;
  }

  /** Instead of following very many changes, a whole picture of what came of them; seldom enough to be no burden. */
  function pictureLater(): void {
    halt?.();
    halt = null;
    const pause = Math.max(SOON, CALM * picture.cost, (picture.length / PER_SECOND) * 1000);
    const left = picture.at + pause - native.now();
    native.later(() => !stopped && halt === null && begin(), Math.max(SOON, left));
  }

  function begin(): void {
    const large = document.getElementsByTagName('*').length > MANY;
    let ended = false;
    let changes = 0;
    let began = 0;
    let thaws = false;
    // rrweb's own work on changes happens between these two: observers are called in the order in which they were made.
    const before = native.observer((changed) => {
      began = native.now();
      if (!large) changes = 0;
      for (const { addedNodes, removedNodes } of changed) changes += addedNodes.length + removedNodes.length;
      // Its way of finding where moved nodes went takes seconds for thousands of them: it never gets to see these.
      if (changes > MOST_CHANGES) pictureLater();
    });
    before.observe(document, WATCHED);
    const at = native.now();
    const stop = budget.spend(() =>
      native.pristine(() =>
        record({
          emit(event) {
            if (ended || stopped) return;
            const made = event as unknown as RecordedEvent;
            const mutation = made.type === INCREMENTAL && (made.data as Mutation).source === MUTATION;
            const put = () => {
              const length = emit(tidied(made));
              if (made.type === FULL) picture.length = length;
            };
            // Changes are emitted inside of rrweb's own observer, whose time is measured as a whole.
            if (mutation) put();
            else budget.spend(put);
            if (large && mutation && !thaws) {
              thaws = true;
              record.freezePage();
            }
          },
          maskInputOptions: { ...ALL_INPUTS, select: !shownInputs },
          maskInputFn: (text, element) => masking.input(text, element),
          ...(maskText === '' ? {} : { maskTextSelector: maskText }),
          slimDOMOptions: {
            ...{ script: true, comment: true, headFavicon: true, headWhitespace: true, headMetaSocial: true },
            ...{ headMetaRobots: true, headMetaHttpEquiv: true, headMetaVerification: true },
            headMetaDescKeywords: true,
          },
          sampling: {
            ...{ mousemove: large ? false : 100, scroll: large ? 500 : 150, media: 800, input: 'last' },
            mouseInteraction: {
              ...{ MouseDown: false, MouseUp: false, Focus: false, Blur: false },
              ...{ TouchStart: false, TouchEnd: false },
            },
          },
          ...{ recordCanvas: false, recordCrossOriginIframes: false, inlineImages: false, collectFonts: false },
          ...{ inlineStylesheet: true, userTriggeredOnInput: true },
          // What goes wrong in the recorder is never the page's error.
          errorHandler: () => true,
        }),
      ),
    );
    picture.at = at;
    picture.cost = native.now() - at;
    const after = native.observer(() => budget.add(native.now() - began));
    after.observe(document, WATCHED);
    // In a large page changes are gathered: many steps become one.
    const gathering = large
      ? native.repeat(() => {
          changes = 0;
          if (!thaws || ended) return;
          thaws = false;
          // Thaws: what was gathered goes out before it.
          budget.spend(() => record.addCustomEvent('gathered', {}));
        }, GATHER)
      : null;
    halt = () => {
      ended = true;
      before.disconnect();
      after.disconnect();
      if (gathering !== null) native.stopEvery(gathering);
      try {
        stop?.();
      } catch {
        // It had not begun.
      }
    };
  }

  if (document.readyState === 'loading')
    native.listen(document, 'DOMContentLoaded', () => !stopped && halt === null && begin());
  else begin();

  return {
    picture() {
      if (stopped || halt === null) return;
      pictureLater();
    },
    stop() {
      stopped = true;
      halt?.();
      halt = null;
    },
  };
}
