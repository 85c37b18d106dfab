// Exactly one of many: over three gateway processes, counted at the console. `npm run test:race` runs as many rounds as wanted.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RaceHouse, startRaceHouse } from './house.ts';
import { enterAll, type Racer, raceForGrants, raceForHolds } from './rounds.ts';

const CLIENTS = 50;
let house: RaceHouse;
let racers: readonly Racer[];
beforeAll(async () => {
  house = await startRaceHouse();
  racers = await enterAll(house);
}, 120_000);
afterAll(() => house.close());

test('50 clients, one grant of a single use, 30 rounds: exactly one request reaches the console', async () => {
  const { rounds, wrong, refused } = await raceForGrants(house, racers, { rounds: 30, clients: CLIENTS });
  expect(wrong).toEqual([]);
  expect(rounds).toBe(30);
  for (const reason of refused.keys()) expect(['grant.ended', 'grant.required']).toContain(reason);
  // Some lost in the commit itself, not only because they came later.
  expect(refused.get('grant.ended') ?? 0).toBeGreaterThan(0);
}, 120_000);

test('50 clients, one signed request, 10 rounds: exactly one request reaches the console', async () => {
  const { rounds, wrong, refused } = await raceForHolds(house, racers, { rounds: 10, clients: CLIENTS });
  expect(wrong).toEqual([]);
  expect(rounds).toBe(10);
  expect([...refused.keys()]).toContain('hold.used');
}, 120_000);
