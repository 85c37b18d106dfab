// npm run bench:recognise: what recognising a request costs with packs of 100, 1,000 and 10,000 entries, and what a judged
// JSON body of 1 MB costs beside JSON.parse of it. Prints a table; run it on a quiet machine.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTarget } from '../../src/proxy/canonical/target.ts';
import { readJson } from '../../src/proxy/recognise/bodyReaders/json.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { createRecogniser, type Recognisable } from '../../src/proxy/recognise/recognise.ts';
import { bodyOf } from '../../src/proxy/recognise/samples.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);
const VOCABULARY = `kinds: { device: { one: device, many: devices } }
actions:
  device.read: { risk: read, title: Look, effect: Nothing. }
  device.lock: { risk: high, title: 'Lock {count device}', effect: Locks. }
  unknown.read: { risk: read, title: Look, effect: Nothing. }
  unknown.write: { risk: high, title: Unknown, effect: Unknown. }
`;

/** Entries in the mix of a real pack: half reads, half acts, some told apart by their bodies. */
function packOf(entries: number): string {
  const lines = ['format: 1', 'pack: bench', 'name: Bench', 'kinds: { device: { id: word } }', 'entries:'];
  for (let n = 0; n < entries; n += 1) {
    const path = `/api/v1/area${n % 37}/thing${n}/{device}`;
    lines.push(
      n % 2 === 0
        ? `  - { id: e${n}, request: 'GET ${path}', action: device.read, targets: [{ path: device }] }`
        : `  - { id: e${n}, request: 'POST ${path}/lock', action: device.lock, targets: [{ path: device }], body: { type: json, where: { /do: lock }, fields: any } }`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function recogniserOf(entries: number) {
  const dir = mkdtempSync(join(tmpdir(), 'bench-'));
  mkdirSync(join(dir, 'bench'));
  writeFileSync(join(dir, 'vocabulary.yaml'), VOCABULARY);
  writeFileSync(join(dir, 'bench/pack.yaml'), packOf(entries));
  const before = performance.now();
  const recogniser = createRecogniser(loadPacks(dir));
  const load = performance.now() - before;
  rmSync(dir, { recursive: true });
  return { recogniser, load };
}

function requestOf(method: string, url: string, body: Buffer): Recognisable {
  const target = readTarget(url);
  if (!target.go) throw new Error(target.detail);
  return {
    ...target.value,
    ...{ id: 'x', at: 0, door: 'request', peer: '', method, bodyLength: body.length, navigation: false },
    console: {
      id: 'c',
      name: 'C',
      origin: 'http://c',
      upstream: 'http://u',
      pack: 'bench',
      shim: false,
      mode: 'enforce',
      zone: 'UTC',
    },
    headers: body.length > 0 ? [['content-type', 'application/json']] : [],
  };
}

/** Microseconds a call, the best of five rounds. */
async function time(rounds: number, work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 6; run += 1) {
    const before = performance.now();
    for (let n = 0; n < rounds; n += 1) await work();
    best = Math.min(best, ((performance.now() - before) * 1000) / rounds);
  }
  return best;
}

say('entries   load ms   read us   act us   unknown read us   unknown write us');
for (const entries of [100, 1_000, 10_000]) {
  const { recogniser, load } = recogniserOf(entries);
  const last = entries - 2;
  const small = Buffer.from('{"do":"lock","message":"hello"}');
  const none = Buffer.alloc(0);
  const run = (method: string, url: string, body: Buffer) => {
    const request = requestOf(method, url, body);
    return time(20_000, () => recogniser.recognise(request, bodyOf(body)));
  };
  const cells = [
    await run('GET', `/api/v1/area${last % 37}/thing${last}/d-1`, none),
    await run('POST', `/api/v1/area${(last + 1) % 37}/thing${last + 1}/d-1/lock`, small),
    await run('GET', '/api/v1/area1/nothing/d-1', none),
    await run('POST', '/api/v1/area1/nothing/d-1', small),
  ];
  say([`${entries}`.padEnd(9), load.toFixed(0).padEnd(9), ...cells.map((cell) => cell.toFixed(1).padEnd(9))].join(' '));
}

const documents = {
  'a list of ids': { do: 'lock', ids: Array.from({ length: 45_000 }, (_x, n) => `device-${100_000 + n}`) },
  'a list of objects': {
    devices: Array.from({ length: 9_000 }, (_x, n) => ({
      id: n,
      serial: `C02${n}XYZ`,
      name: `Anna's phone ${n}`,
      on: true,
      tags: ['a', 'b'],
    })),
  },
  'long texts': { scripts: Array.from({ length: 10 }, () => `echo "hello"\n${'x'.repeat(98_000)}`) },
};
say('\n1 MB of JSON                   judged ms   JSON.parse ms   times');
for (const [name, value] of Object.entries(documents)) {
  const bytes = Buffer.from(JSON.stringify(value));
  const ours = (await time(5, () => readJson(bytes))) / 1000;
  const theirs = (await time(5, () => JSON.parse(bytes.toString()))) / 1000;
  const size = `${name}, ${(bytes.length / 1e6).toFixed(2)} MB`;
  say(
    [size.padEnd(30), ours.toFixed(1).padEnd(11), theirs.toFixed(1).padEnd(15), (ours / theirs).toFixed(1)].join(' '),
  );
}
