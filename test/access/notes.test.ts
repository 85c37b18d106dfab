// What approvers are told besides the request: facts from the history of a person's acts, and never a guess.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { History } from '../../src/audit/index/history.ts';
import { createSessionIndex } from '../../src/audit/index/sessionIndex.ts';
import type { ExchangeOpening } from '../../src/audit/recording/lines.ts';
import { createRecorder } from '../../src/audit/recording/recorder.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import { actionNotes, createNotes, personNotes } from '../../src/portal/notes.ts';
import { closing, KEYS, opening } from '../audit/recordingKit.ts';

const DAY = 24 * 3_600_000;
const HOUR = 3_600_000;
/** Noon, UTC. */
const NOW = Date.UTC(2026, 10, 23, 12);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Act = Partial<ExchangeOpening> & { readonly status?: number };
const WIPE: Act = { action: 'device.wipe', risk: 'destructive', method: 'POST' };

/** An index that has taken in these acts of Ada's. */
async function indexOf(acts: readonly Act[]) {
  const base = mkdtempSync(join(tmpdir(), 'sallyport-notes-'));
  const [dir, file] = [join(base, 'recordings'), join(base, 'index.sqlite')];
  const index = createSessionIndex({ file, dir, identities: KEYS.identities, onError: () => undefined });
  const recorder = createRecorder({ dir, clock: { now: () => NOW }, index, ...KEYS });
  cleanups.push(async () => {
    await recorder.close();
    await index.close();
    rmSync(base, { recursive: true, force: true });
  });
  // A closing line that nobody waits for goes out with the next opening.
  const closings: Promise<void>[] = [];
  for (const [n, { status = 200, ...act }] of acts.entries()) {
    const recording = await recorder.open(opening(`exc_${n}`, { ...WIPE, targets: devices(1), ...act }));
    closings.push(recording.close(closing({ status })));
  }
  await Promise.all(closings);
  await index.settled();
  return index;
}
const devices = (count: number) => Array.from({ length: count }, (_, i) => ({ kind: 'device', id: `d-${i}` }));
const ADA = { id: 'https://idp.example.com#ada', name: 'Ada Lovelace' };
const holdOf = (more: Partial<Hold> = {}): Hold =>
  ({ principal: ADA, console: 'mdm', action: 'device.wipe', devices: 1, ...more }) as Hold;
const describeAction = (_console: string, action: string) =>
  action === 'device.wipe' ? { label: 'Wipe devices' } : null;
const notesFor = async (acts: readonly Act[], hold = holdOf()) => {
  const { history } = await indexOf(acts);
  return createNotes({ history, describe: describeAction, clock: { now: () => NOW } }).ofHold(hold);
};

describe('from recordings', () => {
  test('somebody who has done nothing yet', async () => {
    expect(await notesFor([])).toEqual(['First act of any kind by Ada Lovelace in 90 days.']);
    const reads = [{ action: 'device.read', risk: 'read', method: 'GET', at: NOW - DAY }];
    expect(await notesFor(reads)).toEqual(['First act of any kind by Ada Lovelace in 90 days.']);
  });

  test('somebody who has done other things, elsewhere, in vain or long ago', async () => {
    const others: Act[] = [
      { action: 'device.lock', risk: 'high', at: NOW - DAY },
      { console: 'jamf', at: NOW - DAY },
      { verdict: 'refuse', reason: 'grant.required', at: NOW - DAY },
      { principal: { id: 'https://idp.example.com#olga', name: 'Ada Lovelace' }, at: NOW - DAY },
      { status: 404, at: NOW - DAY },
      { at: NOW - 91 * DAY },
    ];
    expect(await notesFor(others)).toEqual(['First "Wipe devices" by Ada Lovelace in 90 days.']);
  });

  test('somebody who does it all the time', async () => {
    const acts = [1, 2, 3, 5, 8, 13].map((days) => ({ at: NOW - days * DAY - HOUR }));
    expect(await notesFor(acts)).toEqual([
      '"Wipe devices" by Ada Lovelace: 6 times in the last 90 days, the last time 1 day ago.',
    ]);
    expect(await notesFor([{ at: NOW - 2 * HOUR }])).toEqual([
      '"Wipe devices" by Ada Lovelace: once in the last 90 days, 2 hours ago.',
    ]);
  });

  test('more devices at once than ever; as many as before are nothing new', async () => {
    const acts: Act[] = [{ at: NOW - DAY, targets: devices(3) }, { at: NOW - 2 * DAY }];
    const more = 'More devices at once than ever in the last 90 days: 40, the most was 3.';
    expect(await notesFor(acts, holdOf({ devices: 40 }))).toContain(more);
    expect(await notesFor(acts, holdOf({ devices: 3 }))).toHaveLength(1);
    const asked: Act[] = [{ at: NOW - DAY, targets: [{ kind: 'group', id: 'all' }], devices: 500 }];
    expect(await notesFor(asked, holdOf({ devices: 40 }))).toHaveLength(1);
  });

  test('a history that is made anew says the same', async () => {
    const index = await indexOf([{ at: NOW - DAY }, { at: NOW - 2 * DAY, status: 500 }]);
    const before = index.history(ADA.id, 'mdm', 'device.wipe', 0);
    await index.rebuild();
    expect(index.history(ADA.id, 'mdm', 'device.wipe', 0)).toEqual(before);
    expect(before).toMatchObject({ times: 1, lastAt: NOW - DAY, acts: 1 });
  });
});

const history = (more: Partial<History> = {}): History => ({
  ...{ times: 30, lastAt: NOW - DAY, most: 5, acts: 30, hours: new Array<number>(24).fill(0), more: false },
  ...more,
});
const facts = { person: 'Ada', label: 'Wipe devices', devices: 1, now: NOW };
const at = (hour: number, count = 30) => history({ hours: history().hours.map((_, i) => (i === hour ? count : 0)) });

test('an hour at which this person never acts; the hour beside it is as usual, and few acts say nothing', () => {
  const late = 'Ada has not acted around this time of day in the last 90 days.';
  expect(personNotes({ ...facts, history: at(3) })).toContain(late);
  for (const hour of [11, 12, 13]) expect(personNotes({ ...facts, history: at(hour) })).not.toContain(late);
  const midnight = { ...facts, now: Date.UTC(2026, 10, 23, 0) };
  for (const hour of [23, 0, 1]) expect(personNotes({ ...midnight, history: at(hour) })).not.toContain(late);
  expect(personNotes({ ...facts, history: { ...at(3), acts: 19 } })).not.toContain(late);
});

test('names that would turn a sentence around lose what does so', () => {
  const [sentence] = actionNotes({ ...facts, person: 'Ada\u202E\u2028\n\u0007', history: history({ times: 0 }) });
  expect(sentence).toBe('First "Wipe devices" by Ada in 90 days.');
});

test('a history that cannot be read is said, and nothing fails', () => {
  const notes = createNotes({
    history: () => {
      throw new Error('the session index is closed');
    },
    describe: describeAction,
    clock: { now: () => NOW },
  });
  expect(notes.ofHold(holdOf())).toEqual(['What Ada Lovelace has done so far cannot be read at the moment.']);
});

test('a grant is told about each of its actions, the first three', () => {
  const asked: string[] = [];
  const notes = createNotes({
    history: (_person, _console, action) => {
      asked.push(action);
      return history({ times: 0 });
    },
    describe: describeAction,
    clock: { now: () => NOW },
  });
  const actions = ['device.lock', 'device.wipe', 'profile.install', 'profile.remove'];
  const grant = { holder: ADA, console: 'mdm', actions } as unknown as Grant;
  expect(notes.ofGrant(grant)).toEqual([
    'First "device.lock" by Ada Lovelace in 90 days.',
    'First "Wipe devices" by Ada Lovelace in 90 days.',
    'First "profile.install" by Ada Lovelace in 90 days.',
    'Ada Lovelace has not acted around this time of day in the last 90 days.',
  ]);
  expect(asked).toEqual(actions.slice(0, 3));
});

test('an inbox of a hundred requests of one person reads their history once, and anew after ten seconds', () => {
  let read = 0;
  let now = NOW;
  const notes = createNotes({
    history: () => {
      read += 1;
      return history();
    },
    describe: describeAction,
    clock: { now: () => now },
  });
  for (let i = 0; i < 100; i += 1) notes.ofHold(holdOf({ devices: i }));
  expect(read).toBe(1);
  now += 10_000;
  notes.ofHold(holdOf());
  notes.ofHold(holdOf({ action: 'device.lock' }));
  expect(read).toBe(3);
});

test('what an approver waits for is read from the newest acts, however long the history is', async () => {
  const acts = Array.from({ length: 6000 }, (_, n): Act => ({ at: NOW - (n + 1) * 1000 }));
  const index = await indexOf(acts);
  const started = performance.now();
  const found = index.history(ADA.id, 'mdm', 'device.wipe', NOW - 90 * DAY);
  const took = performance.now() - started;
  expect(found).toMatchObject({ times: 5000, lastAt: NOW - 1000, more: true });
  expect(took).toBeLessThan(250);
  console.info(`    history of 6,000 acts: ${took.toFixed(1)} ms`);
}, 60_000);
