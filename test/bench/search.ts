// npm run bench:search: how long the first page of a search takes in an index of many acts, over twenty kinds of search; warm
// (the same reader, other values) and cold (a new reader, the file out of the operating system's cache). And what taking in
// one act costs. The database is filled within four minutes: as many acts as fit, told honestly. `--rows` asks for a number
// of acts, `--minutes` for more time, `--keep FILE` keeps the database for the next run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { prepareApplyLine } from '../../src/audit/index/applyLine.ts';
import { openDatabase, openReader } from '../../src/audit/index/database.ts';
import { EMPTY_WISH, type SearchWish, search } from '../../src/audit/index/search.ts';
import { prepareSearchIntake } from '../../src/audit/index/searchIntake.ts';
import type { ExchangeOpening } from '../../src/audit/recording/lines.ts';
import { opening } from '../audit/recordingKit.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string' }, minutes: { type: 'string' }, keep: { type: 'string' } },
});
const ROWS = Number(values.rows ?? 10_000_000);
const UNTIL = performance.now() + Number(values.minutes ?? 4) * 60_000;
const say = (text: string) => process.stdout.write(`${text}\n`);

const YEARS = 3;
const FIRST = Date.UTC(2023, 10, 1);
const SPAN = YEARS * 365 * 86_400_000;
const PEOPLE = 400;
const DEVICES = 50_000;
const ACTS = [
  ['device.wipe', 'destructive', 'Wipe 1 device'],
  ['device.lock', 'high', 'Lock 1 device'],
  ['device.restart', 'low', 'Restart 1 device'],
  ['device.message', 'low', 'Send a message to 1 device'],
  ['profile.install', 'high', 'Install a profile on 1 device'],
  ['app.install', 'low', 'Install an app on 1 device'],
  ['device.passcode.clear', 'high', 'Remove the passcode of 1 device'],
  ['user.update', 'low', 'Change 1 user'],
] as const;
const REASONS = ['grant.required', 'stepup.required', 'policy.forbidden', 'budget.spent', 'hold.expired'] as const;

/** Spreads numbers; the same every time. */
const mixed = (n: number, salt: number): number => (Math.imul(n ^ (salt * 0x9e3779b1), 0x85ebca6b) >>> 0) ^ (n >>> 7);
const SESSION = 30;

function openingOf(n: number): ExchangeOpening {
  const session = Math.floor(n / SESSION);
  const person = mixed(session, 1) % PEOPLE;
  const device = mixed(n, 2) % DEVICES;
  // Few wipe, most do harmless things.
  const [action, risk, title] = ACTS[Math.min(7, Math.floor((mixed(n, 3) % 1000) ** 2 / 125_000) ^ 2)] ?? ACTS[2];
  const refused = mixed(n, 4) % 20 === 0;
  return opening(`exc_${String(n).padStart(12, '0')}`, {
    at: FIRST + Math.floor((SPAN * n) / ROWS),
    session: `ses_${session}`,
    principal: { id: `https://idp.example.com#p${person}`, name: `Person${person} Smith${person % 37}` },
    console: `mdm${mixed(session, 5) % 3}`,
    method: 'POST',
    target: `/api/devices/dev-${device}/${action}`,
    action,
    risk,
    title: `${title}: iPad of User${device} (dev-${device})`,
    targets: [{ kind: 'device', id: `dev-${device}` }],
    verdict: refused ? 'refuse' : 'go',
    reason: refused ? (REASONS[mixed(n, 6) % 5] ?? null) : null,
  });
}

/** As the product does it: what one act costs when it is taken in. */
function takeIn(database: DatabaseSync, rows: number): void {
  const lines = prepareApplyLine(database);
  const started = performance.now();
  let slowest = 0;
  for (let n = 0; n < rows; ) {
    const before = performance.now();
    database.exec('BEGIN IMMEDIATE');
    for (const end = n + 500; n < end; n += 1)
      lines.apply({ part: `ses_1/gw_1-000001`, chunk: 1, n }, { type: 'open', ...openingOf(n) });
    lines.finish();
    database.exec('COMMIT');
    slowest = Math.max(slowest, performance.now() - before);
  }
  const each = ((performance.now() - started) * 1000) / rows;
  say(`taking in: ${each.toFixed(0)} µs an act, the slowest 500 of ${rows} at once ${slowest.toFixed(0)} ms`);
}

/** The same rows sooner: by way of the search's own intake, and without the indexes that a search does not read. */
function fill(database: DatabaseSync, from: number): number {
  database.exec('DROP INDEX exchanges_by_time; DROP INDEX acts_by_time; DROP INDEX refused_by_time;');
  const columns = database.prepare('SELECT count(*) AS n FROM pragma_table_info(?)').get('exchanges')?.n;
  const add = database.prepare(`INSERT INTO exchanges VALUES (${Array(Number(columns)).fill('?').join(', ')})`);
  const addSession = database.prepare(
    "INSERT OR IGNORE INTO sessions VALUES (?, ?, ?, ?, ?, NULL, ?, NULL, ?, ?, 0, '[]')",
  );
  const intake = prepareSearchIntake(database);
  const rest = Array(Number(columns) - 20).fill(0);
  let n = from;
  while (n < ROWS && performance.now() < UNTIL) {
    database.exec('BEGIN');
    for (const end = Math.min(ROWS, n + 20_000); n < end; n += 1) {
      const one = openingOf(n);
      const { id, at, session, principal, console, method, target, action, risk, title, verdict, reason } = one;
      const [act, refused] = verdict === 'go' ? [1, 0] : [0, 1];
      const first = [
        n + 1,
        id,
        session,
        at,
        act,
        refused,
        console,
        method,
        target,
        action,
        risk,
        title,
        verdict,
        reason,
      ];
      add.run(...first, 200, 0, 0, 10, null, null, ...rest);
      if (n % SESSION === 0)
        addSession.run(session, principal.id, principal.name, principal.name.toLowerCase(), at, at, SESSION, SESSION);
      intake.act(one, n + 1);
    }
    intake.finish();
    database.exec('COMMIT');
  }
  return n;
}

type Kind = readonly [name: string, wish: (n: number) => Partial<SearchWish>];
const person = (n: number): string => `person${n % PEOPLE} `;
const device = (n: number): string => `dev-${n % DEVICES}`;
const KINDS: readonly Kind[] = [
  ['everything', () => ({})],
  ['a person', (n) => ({ person: [person(n)] })],
  ['a person who is nobody', (n) => ({ person: [`zz${n}`] })],
  ['people of one name', (n) => ({ person: [`smith${n % 37}`] })],
  ['a device id', (n) => ({ device: [device(n)] })],
  ['a device name', (n) => ({ device: [`iPad of User${n % DEVICES}`] })],
  ['an action', (n) => ({ action: [ACTS[n % 8]?.[0] ?? ''] })],
  ['a rare action of a person', (n) => ({ action: ['device.wipe'], person: [person(n)] })],
  ['refusals of a person', (n) => ({ verdict: ['refuse'], person: [person(n)] })],
  ['a reason', (n) => ({ reason: [REASONS[n % 5] ?? ''] })],
  [
    'a reason, a person, an action',
    (n) => ({ reason: ['budget.spent'], person: [person(n)], action: ['user.update'] }),
  ],
  ['destructive, on one console', (n) => ({ risk: ['destructive'], console: [`mdm${n % 3}`] })],
  ['a person on a device', (n) => ({ person: [person(n)], device: [device(n * 7)] })],
  ['one word', (n) => ({ words: [['passcode', 'wipe', 'profile', 'message'][n % 4] ?? ''] })],
  ['two words that rarely meet', (n) => ({ words: ['passcode', `user${n % DEVICES}`] })],
  ['the beginning of a word', (n) => ({ words: [`user${n % 50}`] })],
  ['words that never meet', () => ({ words: ['wipe', 'restart'] })],
  ['verdicts that never meet a reason', () => ({ verdict: ['go'], reason: ['grant.required'] })],
  ['a phrase', (n) => ({ phrases: [`iPad of User${n % DEVICES}`] })],
  [
    'a person in a month two years ago',
    (n) => {
      const from = FIRST + 365 * 86_400_000 + (n % 12) * 30 * 86_400_000;
      return { person: [person(n)], from, to: from + 30 * 86_400_000 };
    },
  ],
];

const at = (times: readonly number[], part: number): number =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
const ms = (value: number): string => value.toFixed(1).padStart(8);

type Measured = { readonly took: number; readonly cpu: number; readonly hits: number; readonly whole: boolean };
function measure(reader: DatabaseSync, wish: Partial<SearchWish>): Measured {
  const before = performance.now();
  const used = process.cpuUsage();
  const page = search(reader, { ...EMPTY_WISH, ...wish }, null);
  const whole = page.next === null || page.hits.length === 50;
  const { user, system } = process.cpuUsage(used);
  return { took: performance.now() - before, cpu: (user + system) / 1000, hits: page.hits.length, whole };
}

/** @returns false: it cannot be done here, so nothing is cold */
const outOfCache = (file: string): boolean =>
  spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' }).status === 0;

const base = mkdtempSync(join(tmpdir(), 'bench-search-'));
const file = values.keep ?? join(base, 'index.sqlite');
try {
  if (!existsSync(file)) {
    const database = openDatabase(file);
    takeIn(database, Math.min(ROWS, 50_000));
    // Only to have it filled sooner.
    database.exec('PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA cache_size = -262144');
    const started = performance.now();
    const rows = fill(database, Math.min(ROWS, 50_000));
    say(`filled: ${rows.toLocaleString('en')} acts in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    database.exec('PRAGMA journal_mode = WAL');
    database.close();
  }
  const reader = openReader(file, 32 * 1024);
  const rows = Number(reader.prepare('SELECT count(*) AS n FROM found').get()?.n);
  say(`${rows.toLocaleString('en')} acts, ${(statSync(file).size / 1e9).toFixed(2)} GB\n`);
  const cold = outOfCache(file);
  say(`first page, ms${' '.repeat(26)}warm median     p95   cold median     p95    hits`);
  const [allWarm, allCold, allCpu]: [number[], number[], number[]] = [[], [], []];
  let partly = 0;
  for (const [name, wish] of KINDS) {
    measure(reader, wish(0));
    const runs = Array.from({ length: 20 }, (_, n) => measure(reader, wish(n * 17 + 1)));
    const warm = runs.map(({ took }) => took);
    partly += runs.filter(({ whole }) => !whole).length;
    const colds = Array.from({ length: cold ? 3 : 0 }, (_, n) => {
      outOfCache(file);
      const fresh = openReader(file, 32 * 1024);
      const { took } = measure(fresh, wish(n * 23 + 5));
      fresh.close();
      return took;
    });
    allCpu.push(...runs.map(({ cpu }) => cpu));
    allWarm.push(...warm);
    allCold.push(...colds);
    const hits = runs.map((run) => run.hits);
    say(
      `${name.padEnd(38)}${ms(at(warm, 0.5))}${ms(at(warm, 0.95))}      ${ms(at(colds, 0.5))}${ms(at(colds, 0.95))}${String(at(hits, 0.5)).padStart(8)}`,
    );
  }
  say(
    `\nall kinds, warm: median ${ms(at(allWarm, 0.5)).trim()} ms, p95 ${ms(at(allWarm, 0.95)).trim()} ms, slowest ${ms(at(allWarm, 1)).trim()} ms`,
  );
  // On a machine that others use too, what the search itself needs.
  say(`the processor's time of it: median ${ms(at(allCpu, 0.5)).trim()} ms, p95 ${ms(at(allCpu, 0.95)).trim()} ms`);
  say(
    cold
      ? `all kinds, cold: median ${ms(at(allCold, 0.5)).trim()} ms, p95 ${ms(at(allCold, 0.95)).trim()} ms, slowest ${ms(at(allCold, 1)).trim()} ms`
      : 'cold: the cache cannot be emptied here',
  );
  say(`${partly} of ${allWarm.length} warm searches gave a part first, because their time was up`);
  reader.close();
} finally {
  rmSync(base, { recursive: true, force: true });
}
