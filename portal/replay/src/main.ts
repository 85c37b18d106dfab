// The page of the replay origin: takes commands from the portal and from nobody else, and says what it shows. Keeps nothing.
import { type Command, commandOf, type Fault, type Report, sealed } from '../../src/features/replay/protocol.ts';
import { cleanEvents } from './cleanEvents.ts';
import { TooLarge } from './cleanNode.ts';
import { createRebuild, type Size } from './rebuild.ts';
import { fitInto } from './stage.ts';
import './replay.css';

const portalOrigin = document.querySelector<HTMLMetaElement>('meta[name="sallyport-portal"]')?.content ?? '';
const stage = document.getElementById('stage');
const REPORT_EVERY = 100;
/** no view has this number */
const NOTHING = -1;

const present = () => performance.now();
/** Lets everything else have its turn. Timers would be throttled in a window that nobody sees. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

function start(root: HTMLElement): void {
  let view = NOTHING;
  let size: Size | null = null;
  let clock: { readonly at: number; readonly since: number; readonly speed: number } | null = null;

  const say = (report: Report): void => window.parent.postMessage(sealed(report), portalOrigin);
  const fault = (what: Fault): void => say({ kind: 'fault', view, what });
  const now = (): number => (clock === null ? 0 : clock.at + (performance.now() - clock.since) * clock.speed);
  let cutTold = -1;
  const cut = (): void => {
    if (cutTold !== view) fault('cut');
    cutTold = view;
  };
  const rebuild = createRebuild(
    root,
    (found) => {
      size = found;
      fitInto(root, found);
      say({ kind: 'size', view, ...found });
    },
    cut,
  );

  /** Tells when it is on the screen, and how long that took. */
  const shown = (at: number, since: number): void => {
    const of = view;
    requestAnimationFrame(() =>
      setTimeout(() => say({ kind: 'shown', view: of, at, took: performance.now() - since }), 0),
    );
  };
  const play = (at: number, speed: number): void => {
    clock = { at, since: performance.now(), speed };
    rebuild.play(at, speed);
  };

  const run = async (command: Command, since: number): Promise<void> => {
    if (command.kind === 'clear') {
      clock = null;
      return rebuild.clear();
    }
    const wanted = () => command.view === view;
    const inTurns = async (): Promise<boolean> => {
      await turn();
      return wanted();
    };
    if (!wanted()) return;
    if (command.kind === 'load') {
      clock = null;
      const cleaned = await cleanEvents(command.lines, inTurns, present);
      if (cleaned === null || !wanted()) return;
      rebuild.load(cleaned.events, command.at);
      if (cleaned.cut) cut();
      if (command.playing) play(command.at, command.speed);
      shown(command.at, since);
    } else if (command.kind === 'add') {
      const cleaned = await cleanEvents(command.lines, inTurns, present);
      if (cleaned === null || !wanted()) return;
      rebuild.add(cleaned.events);
      if (cleaned.cut) cut();
      // It had come to the end of what was there: on from where the clock is. The library takes events in a turn later.
      if (clock !== null && !rebuild.running()) setTimeout(() => clock !== null && rebuild.play(now(), clock.speed), 0);
    } else if (command.kind === 'play') {
      play(command.at, command.speed);
      shown(command.at, since);
    } else {
      clock = null;
      rebuild.seek(command.at);
      shown(command.at, since);
    }
  };
  const failed = (error: unknown): void => {
    rebuild.clear();
    clock = null;
    const empty = error instanceof RangeError && /whole look/.test(error.message);
    fault(error instanceof TooLarge ? 'large' : empty ? 'empty' : 'broken');
  };

  // One after the other, although reading takes turns; what comes for another view makes those before it worth nothing.
  let queue = Promise.resolve();
  window.addEventListener('message', (event) => {
    if (event.source !== window.parent || event.origin !== portalOrigin) return;
    const command = commandOf(event.data);
    if (command === null) return;
    if (command.kind === 'load') view = command.view;
    else if (command.view !== view) return;
    else if (command.kind === 'clear') view = NOTHING;
    const since = performance.now();
    queue = queue
      .then(() => run(command, since))
      .catch((error) => {
        if (command.view === view) failed(error);
      });
  });
  // Steps of a recording are played by timers of the library: one that cannot be done must not stop the rest.
  window.addEventListener('error', (event) => {
    event.preventDefault();
    cut();
  });
  window.addEventListener('unhandledrejection', (event) => event.preventDefault());
  new ResizeObserver(() => size !== null && fitInto(root, size)).observe(document.documentElement);
  setInterval(() => clock !== null && say({ kind: 'time', view, at: now() }), REPORT_EVERY);
  say({ kind: 'ready' });
}

// Opened by itself it has nothing to show, and nobody to listen to.
if (stage !== null && portalOrigin !== '' && window.parent !== window) start(stage);
