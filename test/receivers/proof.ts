// The proof, the same for every receiver: it is killed and started again while events come, and in the end each entry of the journal is
// with it, as OCSF says, in order where the receiver keeps one, and twice at most as often as a batch was on its way. With a wrong
// token or certificate it gets nothing, and the report says so.
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { DestinationSettings, ExportRow, Exports } from '../../src/audit/export/exports.ts';
import type { Ocsf } from '../../src/audit/export/ocsf/event.ts';
import { uidOf } from '../../src/audit/export/ocsf/event.ts';
import { intentOf, toOcsf } from '../../src/audit/export/ocsf/ocsf.ts';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { PRODUCT } from '../export/events.ts';
import { type House, openHouse } from '../export/kit.ts';
import { EVENTS } from './events.ts';
import { type Receiver, type Stored, say } from './receiver.ts';

const BATCH = 20;
const KILLS = 2;
const TIMING = { batch: BATCH, turn: 30_000, backoff: 100, longest: 1000 };

function must(truth: boolean, what: string): asserts truth {
  if (!truth) throw new Error(what);
}
async function until(what: string, truth: () => Promise<boolean>, ms = 180_000): Promise<void> {
  for (const end = performance.now() + ms; !(await truth()); await wait(50))
    must(performance.now() < end, `not yet: ${what}`);
}
const rowOf = async (exports: Exports): Promise<ExportRow> => {
  const [row] = (await exports.report()).destinations;
  must(row !== undefined, 'there is no destination in the report');
  return row;
};

/** @throws Error with what is not as it was promised */
export async function prove(receiver: Receiver): Promise<void> {
  const house = await openHouse();
  try {
    await receiver.start();
    const gateway = (settings: DestinationSettings): Exports =>
      house.gateway(settings, { timing: TIMING, timeout: 20_000 });
    await refused(house, receiver, gateway(receiver.wrong.settings));
    const exports = gateway(receiver.settings);
    for (const event of EVENTS) await house.append(event);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const { sent } = await rowOf(exports);
      await until('something is sent', async () => (await rowOf(exports)).sent > sent);
      await receiver.end(receiver.durable ? 'SIGKILL' : 'SIGTERM');
      await house.acts(30);
      await until('the report says that it is away', async () =>
        (await rowOf(exports)).error.startsWith('not reachable'),
      );
      await receiver.start();
      await house.acts(30);
    }
    await until('it has all', async () => (await rowOf(exports)).lag === 0);
    const journal = createJournal({ ...house.redis });
    const entries: JournalEntry[] = [];
    for (let page = await journal.read(1, 500); page.length > 0; page = await journal.read(entries.length + 1, 500))
      entries.push(...page);
    let stored: Stored[] = [];
    await until(
      'it shows all',
      async () => {
        stored = await receiver.stored();
        return new Set(stored.map(({ event }) => uidIn(event))).size >= entries.length;
      },
      20_000,
    ).catch(() => undefined);
    const { skipped } = await rowOf(exports);
    compare(receiver, entries, stored);
    catches(receiver, entries, stored);
    must(skipped === 0, `${skipped} entries were left out`);
    const asText = stored.filter(({ event }) => event.raw_data !== undefined).length;
    const twice = stored.length - entries.length;
    say(
      `  ${entries.length} entries: each is there as it should be, ${twice} twice${asText > 0 ? `, ${asText} as text` : ''}`,
    );
    must(house.errors.length === 0, `the export met errors: ${house.errors.join('; ')}`);
  } finally {
    await house.close();
    await receiver.end('SIGTERM');
  }
}

async function refused(house: House, receiver: Receiver, exports: Exports): Promise<void> {
  await house.append({ kind: 'gateway.started', actor: null, facts: {} });
  const { says } = receiver.wrong;
  await until(`the report says ${says}`, async () => says.test((await rowOf(exports)).error));
  const { error, sent, skipped } = await rowOf(exports);
  must(sent === 0 && skipped === 0, `with a wrong token or certificate ${sent} were sent and ${skipped} left out`);
  await exports.stop();
  must((await receiver.stored()).length === 0, 'it kept events that came with a wrong token or certificate');
  say(`  refused as it should be: ${error}`);
}

const uidIn = (event: Ocsf): string => String((event.metadata as { uid?: unknown } | undefined)?.uid);

function compare(receiver: Receiver, entries: readonly JournalEntry[], stored: readonly Stored[]): void {
  const { same = isDeepStrictEqual } = receiver;
  const kept = new Map(stored.map((one) => [uidIn(one.event), one]));
  const faults: string[] = [];
  for (const entry of entries) {
    const made = JSON.parse(JSON.stringify(toOcsf(entry, PRODUCT, intentIn(entries, entry)))) as Ocsf;
    const there = kept.get(uidOf(PRODUCT, entry));
    const severity = receiver.severityOf(made);
    const wrong =
      there === undefined
        ? 'is not there'
        : !same(there.event, made)
          ? `is another: ${difference(there.event, made)}`
          : there.at !== null && there.at !== entry.at
            ? `is of ${there.at}, not of ${entry.at}`
            : there.severity !== severity && there.severity !== null
              ? `has severity ${there.severity}, not ${severity}`
              : plain(there.event, entry);
    if (wrong !== null) faults.push(`entry ${entry.seq} (${String((made.metadata as Ocsf).event_code)}) ${wrong}`);
  }
  for (const one of stored)
    if (!entries.some((entry) => uidOf(PRODUCT, entry) === uidIn(one.event)))
      faults.push(`${uidIn(one.event)} is of no entry`);
  const twice = stored.length - kept.size;
  if (twice > BATCH * KILLS) faults.push(`${twice} are there twice, more than were on their way`);
  if (receiver.settings.kind === 'elastic' && twice > 0) faults.push(`${twice} are there twice in spite of their ids`);
  const seqs = [...kept.values()].map(({ event }) => Number((event.metadata as Ocsf).sequence));
  const astray = seqs.find((seq, index) => seq < (seqs[index - 1] ?? 0));
  if (receiver.ordered && astray !== undefined) faults.push(`entry ${astray} came too late`);
  must(faults.length === 0, `${faults.length} faults:\n    ${faults.slice(0, 12).join('\n    ')}`);
}

/** That it would be seen: one that is missing, and one that is another. */
function catches(receiver: Receiver, entries: readonly JournalEntry[], stored: readonly Stored[]): void {
  const [first, ...rest] = stored;
  must(first !== undefined, 'nothing is there');
  const uid = uidIn(first.event);
  const others = rest.filter(({ event }) => uidIn(event) !== uid);
  for (const planted of [others, [{ ...first, event: { ...first.event, class_uid: 1 } }, ...others]]) {
    let seen = false;
    try {
      compare(receiver, entries, planted);
    } catch {
      seen = true;
    }
    must(seen, 'the proof does not see a fault that was planted');
  }
}

/** Said once more from the journal alone, without the code that maps. @returns what is wrong; null: nothing */
function plain(event: Ocsf, entry: JournalEntry): string | null {
  const { kind, actor, facts } = JSON.parse(entry.event) as {
    kind: string;
    actor: string | null;
    facts: { targets?: string[] };
  };
  if (event.time !== entry.at) return `has time ${String(event.time)}`;
  if (!kind.startsWith('act.')) return null;
  if (event.class_uid !== 6003) return `has class ${String(event.class_uid)}`;
  if (kind === 'act.intent' && event.severity_id !== 4)
    return `of a destructive act has severity ${String(event.severity_id)}`;
  const { unmapped, resources } = event as { unmapped?: { cut?: unknown }; resources?: { uid?: unknown }[] };
  if (unmapped?.cut === true || event.raw_data !== undefined) return null;
  const uid = (event.actor as { user?: { uid?: string } } | undefined)?.user?.uid;
  if (uid?.slice(0, 1000) !== (actor?.slice(0, 1000) || undefined)) return `has actor ${String(uid).slice(0, 100)}`;
  const devices = (facts.targets ?? []).slice(0, 100).map((target) => target.slice('device:'.length));
  const named = (resources ?? []).map((one) => one.uid);
  return kind === 'act.outcome' || isDeepStrictEqual(named, devices) ? null : `names ${named.slice(0, 3).join(', ')}`;
}

function intentIn(entries: readonly JournalEntry[], entry: JournalEntry): JournalEntry | null {
  const seq = intentOf(entry);
  return seq === null ? null : (entries[seq - 1] ?? null);
}

/** Where two first part, shortly. */
function difference(is: unknown, should: unknown, path = ''): string {
  const all = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (!all(is) || !all(should))
    return `${path}: ${String(JSON.stringify(is)).slice(0, 80)} for ${String(JSON.stringify(should)).slice(0, 80)}`;
  const names = [...new Set([...Object.keys(is), ...Object.keys(should)])];
  const name = names.find((one) => !isDeepStrictEqual(is[one], should[one]));
  return name === undefined ? 'the order of members' : difference(is[name], should[name], `${path}/${name}`);
}
