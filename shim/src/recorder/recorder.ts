// The first script of a console's page: follows what the page looks like and takes it to the gateway, and tells the gateway
// that it is alive. It guards nothing: scripts of the page can stop it or lie to it, and then what the page looked like is
// missing or wrong, while its requests are recorded by the gateway all the same. Silence is what the gateway refuses on.
// It must never break a page: whatever goes wrong in here stays in here.
import { type Budget, createBudget } from './budget.ts';
import { markOf, type PageMark, putMark } from './mark.ts';
import { native } from './native.ts';
import { createOutbox } from './outbox.ts';
import { startTrack, type Track } from './track.ts';

const GESTURES = ['pointerdown', 'keydown', 'click', 'touchstart'];
const GESTURE_FOR = 5000;
const LOOK_EVERY = 1000;
/** Too much of the main thread: one piece of work, ms; or this share of ten seconds. */
const LONGEST = 3000;
const SHARE = 0.25;
const TOO_BIG = 'This page is too large to record what it looks like. Its requests are recorded.';
const PROBE = 'sallyport-recorder';

/** The page that this frame is a part of, when it is of this origin and is recorded. */
function markOfTop(): PageMark | 'other' | null {
  if (window.top === window || window.top === null) return null;
  try {
    void window.top.document;
  } catch {
    return null;
  }
  return markOf(window.top) ?? 'other';
}

function listenForGestures(gestured: () => void): void {
  for (const type of GESTURES) native.listen(window, type, (event) => event.isTrusted && gestured());
}

function start(own: HTMLScriptElement | SVGScriptElement | null): void {
  if (markOf(window) !== null) return;
  const top = markOfTop();
  if (top === 'other') return;
  if (top !== null) {
    putMark(top);
    listenForGestures(top.gestured);
    return;
  }
  const page = own?.getAttribute('data-page');
  if (page) startPage(page, own);
}

function startPage(page: string, own: Element | null): void {
  const budget: Budget = createBudget();
  const watching = new Set<(words: string | null) => void>();
  let words: string | null = null;
  let track: Track | null = null;
  let gestureAt = Number.NEGATIVE_INFINITY;
  let mayStop = own?.getAttribute('data-big') !== 'dom';
  let over = false;
  const options = {
    shownInputs: own?.getAttribute('data-inputs') === 'shown',
    maskText: own?.getAttribute('data-mask') ?? '',
  };

  const outbox = createOutbox(page, {
    lost: () => track?.picture(),
    over() {
      over = true;
      track?.stop();
      track = null;
    },
  });
  const gestured = (): void => {
    gestureAt = native.now();
  };
  putMark({
    id: outbox.id,
    gesture: () => native.now() - gestureAt <= GESTURE_FOR,
    gestured,
    acting: outbox.now,
    watch(changed) {
      watching.add(changed);
      changed(words);
    },
  });

  const begin = (): void => {
    track?.stop();
    track = over ? null : startTrack({ ...options, budget, emit: outbox.put });
  };

  /** Goes on without recording what the page looks like, where the console allows it. */
  function giveUp(why: string): void {
    mayStop = false;
    over = true;
    track?.stop();
    track = null;
    outbox.exchangesOnly(why);
    words = TOO_BIG;
    for (const changed of watching) changed(words);
  }

  function weigh(): void {
    const { longest, share, spent } = budget.report();
    if (!mayStop || track === null || (longest <= LONGEST && share <= SHARE)) return;
    const cost = `${Math.round(spent)} ms in all, ${Math.round(longest)} ms at once, ${Math.round(share * 100)} % of ten seconds`;
    giveUp(`the page is too large to be followed: ${cost}`);
  }

  // document.open() takes away every listener, ours and the recorder's: noticed by one of our own that no longer hears.
  let probed = true;
  const listen = (): void => {
    native.listen(document, PROBE, () => {
      probed = true;
    });
    listenForGestures(gestured);
    native.listen(window, 'pagehide', outbox.leave);
    native.listen(window, 'pageshow', (event) => {
      if (!(event as PageTransitionEvent).persisted) return;
      outbox.comeBack();
      track?.picture();
    });
    native.listen(document, 'visibilitychange', outbox.now);
    native.listen(document, 'submit', outbox.now);
  };
  listen();
  begin();
  native.repeat(() => {
    probed = false;
    document.dispatchEvent(new Event(PROBE));
    if (!probed) {
      listen();
      if (track !== null) begin();
    }
    weigh();
  }, LOOK_EVERY);
  Object.defineProperty(window, Symbol.for('sallyport.cost'), { value: budget.report });
}

try {
  start(document.currentScript);
} catch {
  // The page goes on; the gateway hears nothing from it and says so where it matters.
}
