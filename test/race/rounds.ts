// Rounds of a race: so many clients send the same act at once, over three gateways. Exactly one may reach the console.
// A grant's rounds: one grant of a single use. A hold's rounds: one request, signed once.
import { type Person, person } from '../kit/people.ts';
import type { RaceHouse, Sent } from './house.ts';

export type RaceResult = {
  readonly rounds: number;
  /** rounds in which not exactly one request reached the console */
  readonly wrong: readonly { readonly target: string; readonly arrivals: number; readonly answers: string }[];
  /** what the losers were told, with how often */
  readonly refused: ReadonlyMap<string, number>;
  /** seconds, of the racing alone and in all */
  readonly racing: number;
  readonly total: number;
};

/** Grants made ahead of their rounds; each is for a device of its own. */
const AHEAD = 20;
const deviceOf = (nth: number): string => `d-0${100 + (nth % 300)}`;

export type Racer = { readonly ada: Person; readonly headers: Record<string, string> };

/** Somebody signed in everywhere, with a passkey, and what a page of the console would send with a request. */
export async function enter(house: RaceHouse): Promise<Racer> {
  const { console } = house.addresses;
  const ada = await person(house, 'ada');
  const enrolled = await ada.enrol();
  if (enrolled.status !== 200) throw new Error(`no passkey: ${enrolled.status} ${enrolled.text()}`);
  await ada.enterConsole();
  const page = await ada.agent.visit(`${console}/devices`);
  const token = /name="csrf-token" content="([^"]+)"/.exec(page.text())?.[1] ?? '';
  const cookie = ada.agent.cookieHeader(new URL(console).host);
  return { ada, headers: { cookie, 'x-csrf-token': token } };
}

export async function raceForGrants(house: RaceHouse, racer: Racer, rounds: number, clients: number, until = Infinity) {
  const body = JSON.stringify({ message: 'race' });
  const ahead = async (from: number): Promise<void> => {
    const asks = Array.from({ length: Math.min(AHEAD, rounds - from) }, (_, i) =>
      racer.ada.post('/api/grants', {
        console: 'acme',
        actions: ['device.lock'],
        targets: [{ kind: 'device', id: deviceOf(from + i) }],
        reason: 'A race of many clients',
        ticket: '',
        minutes: 60,
        uses: 1,
        clock: 'approval',
        startAt: null,
      }),
    );
    for (const answer of await Promise.all(asks))
      if (answer.status !== 201) throw new Error(`no grant: ${answer.status} ${answer.text().slice(0, 400)}`);
  };
  return race(house, rounds, clients, until, async (nth) => {
    if (nth % AHEAD === 0) await ahead(nth);
    const target = `/api/devices/${deviceOf(nth)}/lock`;
    return { target, send: (client) => house.send(client, target, racer.headers, body) };
  });
}

export async function raceForHolds(house: RaceHouse, racer: Racer, rounds: number, clients: number, until = Infinity) {
  return race(house, rounds, clients, until, async (nth) => {
    const target = `/api/devices/${deviceOf(nth)}/wipe`;
    const body = JSON.stringify({ pin: '123456', reason: `race ${nth}` });
    const first = await house.send(nth, target, racer.headers, body);
    const { hold } = JSON.parse(first.body) as { hold?: string };
    if (typeof hold !== 'string') throw new Error(`no hold: ${first.status} ${first.body.slice(0, 400)}`);
    const signed = await racer.ada.signHold(hold);
    if (signed.status !== 200) throw new Error(`not signed: ${signed.status} ${signed.text().slice(0, 400)}`);
    const headers = { ...racer.headers, 'x-sallyport-hold': hold };
    return { target, send: (client) => house.send(client, target, headers, body) };
  });
}

type Round = { readonly target: string; readonly send: (client: number) => Promise<Sent> };

async function race(
  house: RaceHouse,
  rounds: number,
  clients: number,
  until: number,
  prepare: (nth: number) => Promise<Round>,
): Promise<RaceResult> {
  const wrong: RaceResult['wrong'][number][] = [];
  const refused = new Map<string, number>();
  const startedAt = performance.now();
  let racing = 0;
  let nth = 0;
  for (; nth < rounds && performance.now() < until; nth += 1) {
    const { target, send } = await prepare(nth);
    const t = performance.now();
    const answers = await Promise.all(Array.from({ length: clients }, (_, client) => send(client)));
    racing += performance.now() - t;
    const arrivals = house.arrivals(target);
    const lost = answers.filter(({ status }) => status === 403);
    for (const { body } of lost) {
      const { reason = 'none' } = JSON.parse(body) as { reason?: string };
      refused.set(reason, (refused.get(reason) ?? 0) + 1);
    }
    if (arrivals !== 1 || lost.length !== clients - 1)
      wrong.push({ target, arrivals, answers: answers.map(({ status }) => status).join(' ') });
  }
  return { rounds: nth, wrong, refused, racing: racing / 1000, total: (performance.now() - startedAt) / 1000 };
}
