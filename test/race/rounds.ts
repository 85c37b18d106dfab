// Rounds of a race: so many clients send the same act at once, over three gateways. Exactly one may reach the console.
// A grant's rounds: one grant of a single use. A hold's rounds: one request, signed once. Every person who has entered runs
// rounds of their own, so several rounds are under way at a time: more traffic on each gateway, and no waiting between them.
import { type Person, person } from '../kit/people.ts';
import type { RaceHouse, Sent } from './house.ts';

export type RaceResult = {
  readonly rounds: number;
  /** rounds in which not exactly one request reached the console, and what reached it after its round was over */
  readonly wrong: readonly { readonly target: string; readonly arrivals: number; readonly answers: string }[];
  /** what the losers were told, with how often */
  readonly refused: ReadonlyMap<string, number>;
  /** seconds */
  readonly total: number;
};

/** In the race's own policies everybody may do the same; what is raced for belongs to one person each time. */
const LOGINS = ['ada', 'olga', 'hana', 'owen', 'grace', 'linus'];
const deviceOf = (nth: number): string => `d-0${100 + (nth % 300)}`;

export type Racer = { readonly person: Person; readonly headers: Record<string, string> };

/** Somebody signed in everywhere, with a passkey, and what a page of the console would send with a request. */
async function enter(house: RaceHouse, login: string): Promise<Racer> {
  const { console } = house.addresses;
  const racer = await person(house, login);
  const enrolled = await racer.enrol();
  if (enrolled.status !== 200) throw new Error(`no passkey: ${enrolled.status} ${enrolled.text()}`);
  await racer.enterConsole();
  const page = await racer.agent.visit(`${console}/devices`);
  const token = /name="csrf-token" content="([^"]+)"/.exec(page.text())?.[1] ?? '';
  const cookie = racer.agent.cookieHeader(new URL(console).host);
  return { person: racer, headers: { cookie, 'x-csrf-token': token } };
}

export async function enterAll(house: RaceHouse): Promise<readonly Racer[]> {
  const racers: Racer[] = [];
  for (const login of LOGINS) racers.push(await enter(house, login));
  return racers;
}

export type Race = {
  readonly rounds: number;
  readonly clients: number;
  /** no round begins after this, performance.now() */
  readonly until?: number;
  readonly onRound?: (done: number) => void;
};

export async function raceForGrants(house: RaceHouse, racers: readonly Racer[], how: Race): Promise<RaceResult> {
  const body = JSON.stringify({ message: 'race' });
  return race(house, racers, how, async (racer, nth) => {
    const id = deviceOf(nth);
    const asked = await racer.person.post('/api/grants', {
      console: 'acme',
      actions: ['device.lock'],
      targets: [{ kind: 'device', id }],
      reason: 'A race of many clients',
      ticket: '',
      minutes: 60,
      uses: 1,
      clock: 'approval',
      startAt: null,
    });
    if (asked.status !== 201) throw new Error(`no grant: ${asked.status} ${asked.text().slice(0, 400)}`);
    const target = `/api/devices/${id}/lock`;
    return { target, send: (client) => house.send(client, target, racer.headers, body) };
  });
}

export async function raceForHolds(house: RaceHouse, racers: readonly Racer[], how: Race): Promise<RaceResult> {
  return race(house, racers, how, async (racer, nth) => {
    const target = `/api/devices/${deviceOf(nth)}/wipe`;
    const body = JSON.stringify({ pin: '123456', reason: `race ${nth}` });
    const first = await house.send(nth, target, racer.headers, body);
    const { hold } = JSON.parse(first.body) as { hold?: string };
    if (typeof hold !== 'string') throw new Error(`no hold: ${first.status} ${first.body.slice(0, 400)}`);
    const signed = await racer.person.signHold(hold);
    if (signed.status !== 200) throw new Error(`not signed: ${signed.status} ${signed.text().slice(0, 400)}`);
    const headers = { ...racer.headers, 'x-sallyport-hold': hold };
    return { target, send: (client) => house.send(client, target, headers, body) };
  });
}

type Round = { readonly target: string; readonly send: (client: number) => Promise<Sent> };

async function race(
  house: RaceHouse,
  racers: readonly Racer[],
  { rounds, clients, until = Infinity, onRound }: Race,
  prepare: (racer: Racer, nth: number) => Promise<Round>,
): Promise<RaceResult> {
  const wrong: RaceResult['wrong'][number][] = [];
  const refused = new Map<string, number>();
  const targets = new Set<string>();
  const startedAt = performance.now();
  let begun = 0;
  let done = 0;
  const next = (racer: Racer): Promise<Round> | null => {
    if (begun >= rounds || performance.now() >= until) return null;
    begun += 1;
    const prepared = prepare(racer, begun - 1);
    // Awaited only after the round before it, which may fail first.
    prepared.catch(() => {});
    return prepared;
  };

  async function run(racer: Racer, index: number): Promise<void> {
    for (let coming = next(racer); coming !== null; ) {
      const { target, send } = await coming;
      // The next one's grant or signature is asked for while this one is raced for.
      coming = next(racer);
      targets.add(target);
      const answers = await Promise.all(Array.from({ length: clients }, (_, nth) => send(index * clients + nth)));
      const arrivals = house.arrivals(target);
      const lost = answers.filter(({ status }) => status === 403);
      for (const { body } of lost) {
        const { reason = 'none' } = JSON.parse(body) as { reason?: string };
        refused.set(reason, (refused.get(reason) ?? 0) + 1);
      }
      if (arrivals !== 1 || lost.length !== clients - 1)
        wrong.push({ target, arrivals, answers: answers.map(({ status }) => status).join(' ') });
      done += 1;
      onRound?.(done);
    }
  }
  await Promise.all(racers.map(run));
  for (const target of targets) {
    const late = house.arrivals(target);
    if (late > 0) wrong.push({ target, arrivals: late, answers: 'after all rounds were over' });
  }
  return { rounds: done, wrong, refused, total: (performance.now() - startedAt) / 1000 };
}
