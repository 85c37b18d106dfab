// `npm run test:race -- --rounds N [--clients 50] [--holds N] [--minutes M]`: clients on three gateway processes race for a
// grant of a single use, N rounds, and for signed holds. Prints what happened; exit code 1 when a round went wrong.
import { parseArgs } from 'node:util';
import { startRaceHouse } from './house.ts';
import { enterAll, type RaceResult, raceForGrants, raceForHolds } from './rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    clients: { type: 'string', default: '50' },
    holds: { type: 'string', default: '20' },
    /** stops after so long, and tells how many rounds that were */
    minutes: { type: 'string', default: '60' },
  },
});
const [rounds, clients, holds, minutes] = (['rounds', 'clients', 'holds', 'minutes'] as const).map((name) => {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} takes a whole number`);
  return value;
}) as [number, number, number, number];

const house = await startRaceHouse();
let failed = false;
try {
  const racers = await enterAll(house);
  const startedAt = performance.now();
  const until = startedAt + minutes * 60_000;
  const onRound = (done: number) => {
    if (done % 500 === 0) console.log(`${done} rounds after ${Math.round((performance.now() - startedAt) / 1000)} s`);
  };
  report('grants of a single use', rounds, await raceForGrants(house, racers, { rounds, clients, until, onRound }));
  report('signed holds', holds, await raceForHolds(house, racers, { rounds: holds, clients }));
} finally {
  await house.close();
}
process.exitCode = failed ? 1 : 0;

function report(what: string, wanted: number, { rounds, wrong, refused, total }: RaceResult): void {
  if (wanted === 0) return;
  const reasons = [...refused].map(([reason, count]) => `${reason} ${count}`).join(', ');
  console.log(`${what}: ${rounds} of ${wanted} rounds of ${clients} clients on ${house.gateways.length} gateways`);
  console.log(`  reached the console exactly once: ${rounds - wrong.length} of ${rounds}`);
  console.log(`  the others were refused: ${reasons}`);
  console.log(`  ${(rounds / total).toFixed(1)} rounds a second`);
  for (const { target, arrivals, answers } of wrong.slice(0, 10))
    console.log(`  WRONG ${target}: ${arrivals} at the console; answers ${answers}`);
  failed ||= wrong.length > 0;
}
