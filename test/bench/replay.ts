// `npm run bench:replay`: a recorded session of eight hours in a real browser: how long until its first look is on the screen, and
// how long a jump to a random moment takes. The recording is made here: one page, a table of devices, steps every second, a whole
// look a minute, chunks compressed and encrypted as the recorder does it. Prints one JSON line; exit code 1 beyond the goals.

import { decryptWith, encryptTo, newIdentity, recipientOf } from '../../src/audit/recording/age.ts';
import { compress, decompress } from '../../src/audit/recording/chunkText.ts';
import type { ReadLine } from '../../src/audit/recording/reader.ts';
import { click, consolePage, type Event, meta, setText, step, whole } from '../replay/events.ts';
import { looks, opening, openPortal, pageLine, SESSION, startBrowser, startHouse, T0 } from '../replay/kit.ts';

const HOURS = 8;
const ROWS = 300;
const SEEKS = 50;
/** ms */
const GOAL_START = 1000;
const GOAL_SEEK = 300;

const identity = await newIdentity();
const encrypt = encryptTo([await recipientOf(identity)]);
const decrypt = decryptWith([identity]);
const files = new Map<number, Uint8Array>();
let bytes = 0;
const house = await startHouse(true, async (chunk, lines) => {
  let file = files.get(chunk);
  if (file === undefined) {
    file = await encrypt(await compress(Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))));
    files.set(chunk, file);
  }
  const text = (await decompress(await decrypt(file))).toString('utf8');
  return text.split('\n').map((line) => JSON.parse(line) as ReadLine);
});
const browser = await startBrowser();
let failed = true;
try {
  const { node, clock, button } = consolePage(ROWS);
  const seconds = HOURS * 3600;
  const batches: Event[][] = [[meta(T0), whole(T0 + 5, node)]];
  for (let second = 1; second <= seconds; second += 1) {
    const at = T0 + second * 1000;
    const moves = Array.from({ length: 4 }, (_, n) => ({
      x: (second * 7 + n * 20) % 900,
      y: (second * 3) % 600,
      id: button,
      timeOffset: -50 * n,
    }));
    const batch = [
      setText(at, clock, `second ${second}`),
      step(at + 1, { source: 1, positions: moves }),
      step(at + 2, { source: 3, id: 1, x: 0, y: second % 300 }),
    ];
    if (second % 60 === 0) batch.push(meta(at + 3), whole(at + 4, node));
    if (second % 200 < 30) batch.push(click(at + 5, button));
    batches.push(batch);
  }
  const lines = looks('pag_1', batches);
  bytes = lines.reduce((sum, line) => sum + (line.type === 'dom' ? line.events.length : 0), 0);
  house.record([pageLine('pag_1', T0, 'start'), ...lines, pageLine('pag_1', T0 + seconds * 1000, 'end')]);
  house.record(
    Array.from({ length: 600 }, (_, n) =>
      opening(
        `exc_${n}`,
        T0 + n * 47_000,
        n % 3 === 0 ? { risk: 'high', action: 'device.lock', title: 'Lock 1 device', method: 'POST' } : {},
      ),
    ),
  );
  // The files are there before anybody looks.
  await Promise.all(house.chunkNumbers().map((chunk) => house.readChunk(chunk)));
  const page = await openPortal(browser, house, '/sessions');
  const rebuilt = page.frameLocator('iframe[title="The recorded page"]').frameLocator('iframe');
  const shows = (second: number) => rebuilt.getByText(`second ${second}`, { exact: true }).waitFor({ timeout: 30_000 });

  const starts: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    // The portal's own script is there already: what is measured is the replay.
    await page.goto(
      `${house.addresses.portal}/sessions/${SESSION}/replay?at=${T0 + (3600 * (round + 2) + 7) * 1000 + 500}`,
      { waitUntil: 'commit' },
    );
    const since = performance.now();
    await shows(3600 * (round + 2) + 7);
    starts.push(performance.now() - since);
  }
  const seeks: number[] = [];
  let seed = 7;
  const rail = await page.getByRole('slider', { name: 'Moment' }).boundingBox();
  if (rail === null) throw new Error('no track');
  for (let n = 0; n < SEEKS; n += 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    const at = rail.x + 5 + (seed / 2_147_483_647) * (rail.width - 10);
    // Measured in the page: from the press on the track until the frame says that the moment is on the screen.
    seeks.push(
      await page.evaluate<number>(`new Promise((resolve) => {
        const begun = performance.now();
        const hear = (event) => {
          if (event.data?.message?.kind !== 'shown') return;
          window.removeEventListener('message', hear);
          resolve(performance.now() - begun);
        };
        window.addEventListener('message', hear);
        // A pointer that is not down cannot be captured: that part is passed over.
        Element.prototype.setPointerCapture = () => undefined;
        const init = { clientX: ${at}, clientY: ${rail.y + 10}, pointerId: 1, bubbles: true, button: 0 };
        document.querySelector('[role="slider"]').dispatchEvent(new PointerEvent('pointerdown', init));
      })`),
    );
    await page.waitForTimeout(150);
  }
  const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
  const part = (values: readonly number[], share: number) =>
    Math.round(sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0);
  const result = {
    hours: HOURS,
    looksMiB: Math.round(bytes / 1024 / 1024),
    start: { median: part(starts, 0.5), worst: part(starts, 1), goal: GOAL_START },
    seek: { median: part(seeks, 0.5), p95: part(seeks, 0.95), worst: part(seeks, 1), goal: GOAL_SEEK },
  };
  console.log(`first look: median ${result.start.median} ms, worst ${result.start.worst} ms (goal ${GOAL_START} ms)`);
  console.log(
    `${SEEKS} random seeks: median ${result.seek.median} ms, p95 ${result.seek.p95} ms (goal ${GOAL_SEEK} ms)`,
  );
  console.log(JSON.stringify(result));
  failed = result.start.median > GOAL_START || result.seek.median > GOAL_SEEK;
} finally {
  await browser.close();
  await house.close();
}
process.exit(failed ? 1 : 0);
