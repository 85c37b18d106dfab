// When recordings cannot be written, nothing goes on; when they can be again, everything does, by itself.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nothingArrives, until } from '../kit/arrivals.ts';
import { type Person, person } from '../kit/people.ts';
import { openConsole } from '../kit/stack.ts';
import { openSocket } from '../kit/streams.ts';
import type { Answer } from '../kit/userAgent.ts';
import { type House, startHouse, uncaught } from './house.ts';
import { journalOf, verified } from './journal.ts';
import { recordedLines } from './readRecordings.ts';

const read = (ada: Person) => ada.call('GET', '/api/devices/d-0142');
const lock = (ada: Person) => ada.call('POST', '/api/devices/d-0142/lock', { message: 'recorded' });
const refusal = (answer: Answer) => [answer.status, answer.headers['x-sallyport-refused']];
const UNAVAILABLE = [503, 'recording.unavailable'];

/** All of it refused, with the reason, and nothing at the console. */
async function everythingRefused(house: House, ada: Person): Promise<void> {
  await until(async () => (await read(ada)).status === 503, 10_000);
  await nothingArrives(house, async () => {
    for (const answer of [await read(ada), await lock(ada), await read(ada)])
      expect(refusal(answer)).toEqual(UNAVAILABLE);
    const page = await ada.agent.visit(`${house.addresses.console}/devices`);
    expect(refusal(page)).toEqual(UNAVAILABLE);
    expect(page.text()).toContain('This session cannot be recorded at the moment');
    expect(page.text()).not.toContain(house.dataDir);
    await expect(openSocket(ada.agent, `${house.addresses.console}/ws/events`)).rejects.toThrow('503');
  });
  // What was refused is in the journal all the same.
  const refused = (await journalOf(house.redisSocket)).filter(({ facts }) => facts.reason === 'recording.unavailable');
  expect(refused.length).toBeGreaterThan(3);
}

/** Waits until it works again. @returns ms */
async function back(house: House, ada: Person): Promise<number> {
  const since = performance.now();
  await until(async () => (await read(ada)).status !== 503, 10_000);
  const took = performance.now() - since;
  await ada.enterConsole();
  expect((await read(ada)).status).toBe(200);
  expect((await lock(ada)).status).toBe(202);
  expect(await verified(house.dataDir)).toMatchObject({ code: 0, ok: true, faults: [] });
  expect(uncaught(house.gateway)).toEqual([]);
  return Math.round(took);
}

/** Signed in at both origins, but not in the console itself: nothing goes there yet. */
async function signedIn(house: House): Promise<Person> {
  const ada = await person(house, 'ada');
  expect((await ada.enrol()).status).toBe(200);
  expect((await ada.stepUp()).status).toBe(200);
  await openConsole(house, ada.agent).catch(() => undefined);
  return ada;
}

test('a file where the folder should be', async () => {
  const house = await startHouse({ gateway: false });
  try {
    const folder = join(house.dataDir, 'recordings');
    writeFileSync(folder, 'in the way');
    await house.start();
    const ada = await signedIn(house);
    await everythingRefused(house, ada);
    expect(house.gateway.log()).toMatch(/"level":(40|50).*recordings/);
    rmSync(folder);
    console.log(`recordings: a file in the way; back ${await back(house, ada)} ms after it was gone`);
  } finally {
    await house.close();
  }
});

test('less free space than asked for', async () => {
  const house = await startHouse({ settings: 'limits: { freeSpace: 999999GiB }\nredis: { commandTimeout: 1s }\n' });
  try {
    await everythingRefused(house, await signedIn(house));
    expect(house.gateway.log()).toMatch(/are free for recordings/);
    expect(uncaught(house.gateway)).toEqual([]);
  } finally {
    await house.close();
  }
});

test('a disk that runs full under a session that is being recorded', async () => {
  const house = await startHouse({
    gateway: false,
    settings: 'limits: { freeSpace: 1MiB }\nredis: { commandTimeout: 1s }\n',
  });
  const folder = join(house.dataDir, 'recordings');
  const filler = join(folder, 'filler');
  mkdirSync(folder);
  // Where a small disk can be mounted it runs full for real; elsewhere the session's own files become unwritable.
  const small = mounted(folder);
  try {
    await house.start();
    const ada = await signedIn(house);
    await ada.enterConsole();
    expect((await lock(ada)).status).toBe(202);
    const socket = await openSocket(ada.agent, `${house.addresses.console}/ws/events`);
    if (small) fill(filler);
    else {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, 'in the way');
    }
    await everythingRefused(house, ada);
    // An open socket cannot be recorded either: its next message ends it.
    socket.send('{"subscribe":"all"}');
    await until(() => socket.endedAt() !== undefined, 5000);
    rmSync(small ? filler : folder);
    console.log(`recordings: full; back ${await back(house, ada)} ms after there was room (small disk: ${small})`);
  } finally {
    await house.gateway.end();
    if (small) execFileSync('umount', [folder]);
    await house.close();
  }
});

test('recordings removed under a session that is being recorded: refused, told, and then written anew', async () => {
  const house = await startHouse();
  try {
    const ada = await signedIn(house);
    await ada.enterConsole();
    expect((await read(ada)).status).toBe(200);
    const folder = join(house.dataDir, 'recordings');
    // Until the last exchange is closed: else its closing line finds out, and the next request begins a new file at once.
    await until(async () => (await openExchanges(house.dataDir)) === 0, 5000);
    rmSync(folder, { recursive: true });
    await nothingArrives(house, async () => expect(refusal(await read(ada))).toEqual(UNAVAILABLE));
    expect(house.gateway.log()).toContain('the recording was removed while it was written');
    await until(async () => (await read(ada)).status === 200, 5000);
    expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.open'))).toHaveLength(1);
  } finally {
    await house.close();
  }
});

async function openExchanges(dataDir: string): Promise<number> {
  const lines = await recordedLines(dataDir);
  const count = (type: string) => lines.filter((line) => line.type === type).length;
  return count('open') - count('close');
}

function mounted(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Until not one byte more goes in. */
function fill(file: string): void {
  for (const size of [65_536, 1024, 1]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(size));
    } catch {
      // full for this size
    }
  }
}
