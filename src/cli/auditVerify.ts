// `sallyport audit verify`: checks a journal, alive, of a stopped gateway, or exported, against the ledger that seals it, and
// says what is wrong and where. Exit codes: 0 nothing wrong; 1 faults; 2 cannot verify (nothing there, cannot be read, nothing
// that says how long it was). Never 0 in doubt.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createJournal } from '../audit/journal/journal.redis.ts';
import { PUBLIC_FILE } from '../audit/ledger/ledgerKey.ts';
import { createLedgerReader, type LedgerReader } from '../audit/ledger/reader.ts';
import { type Checkpoint, readCheckpoints } from '../audit/verify/checkpoint.ts';
import type { Ceremony } from '../audit/verify/evidence.ts';
import { type JournalReport, verifyJournal } from '../audit/verify/verifyJournal.ts';
import { verifyLedger } from '../audit/verify/verifyLedger.ts';
import { programPath } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { JournalEntry } from '../kernel/auditEvent.ts';
import { createRedisClient, type RedisAddress, type RedisClient } from '../redis/client.ts';
import { someoneAnswers, startEmbeddedRedis } from '../redis/embedded.ts';
import { createKeys } from '../redis/keys.ts';
import type { Scripts } from '../redis/scripts.ts';
import { configOr } from './faults.ts';
import { CannotVerify, openLedgerSource, readerOf } from './ledgerSource.ts';
import { bold, complain, dim, green, print, red, table } from './report.ts';

export type AuditVerifyOptions = {
  /** the configuration; used when neither `data` nor `file` is given */
  config: string;
  /** a data folder with an embedded Redis */
  data?: string;
  /** an exported journal: one JournalEntry a line */
  file?: string;
  /** a file of heads seen earlier, one JSON object a line; default: `checkpoints.jsonl` beside the data or the file, when there is one */
  checkpoints?: string;
  /** the ledger's folder or address, when it is not where the configuration or the data folder has it */
  ledger?: string;
  /** verifier keys of the ledger, or files that hold one */
  key?: readonly string[];
  json?: boolean;
};

type Source = { entries: AsyncIterable<JournalEntry>; witness: Checkpoint[]; close(): Promise<void> };

/** @returns the exit code */
export async function auditVerify(options: AuditVerifyOptions): Promise<0 | 1 | 2> {
  try {
    const config = options.data === undefined && options.file === undefined ? configOr(options.config) : undefined;
    if (options.data === undefined && options.file === undefined && !config) return 2;
    const folder = options.file ? dirname(resolve(options.file)) : resolve(options.data ?? config?.data ?? '');
    // What was seen before first: a journal that is alive grows meanwhile, and all of it must lie within it.
    const { checkpoints, notes } = await checkpointsOf(options.checkpoints, folder);
    const sealed = await sealedOf(options, folder, config);
    if (checkpoints.length === 0 && sealed === null)
      throw new CannotVerify(
        `There is no ledger${options.file ? ' named with --ledger' : ` in ${folder}`}, and no file of checkpoints: nothing says how long the journal was.`,
      );
    const source = options.file ? fileSource(options.file) : await redisSource(folder, config, sealed?.reader);
    try {
      const ceremony = config && { origin: config.portal.origin, rpId: new URL(config.portal.origin).hostname };
      const all = [...checkpoints, ...(sealed?.heads ?? []), ...source.witness];
      const report = await verifyJournal(source.entries, all, ceremony satisfies Ceremony | undefined);
      return tell(report, [...notes, ...(sealed?.notes ?? [])], sealed, options);
    } finally {
      await source.close();
    }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    if (options.json) print(JSON.stringify({ ok: false, cannot: what }));
    else complain(`${red(bold('Cannot verify.'))} ${what}`);
    return 2;
  }
}

async function checkpointsOf(
  given: string | undefined,
  folder: string,
): Promise<{ checkpoints: Checkpoint[]; notes: string[] }> {
  const file = given ?? join(folder, 'checkpoints.jsonl');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && given === undefined) return null;
    throw error;
  });
  if (text === null) return { checkpoints: [], notes: [] };
  const { checkpoints, faults, torn } = readCheckpoints(text);
  if (checkpoints.length === 0)
    throw new CannotVerify(`${file} has no checkpoint: nothing says how long the journal was.`);
  const notes = faults.map((fault) => `${file}: ${fault}`);
  return { checkpoints, notes: torn ? [...notes, `${file}: the last line is torn (a crash)`] : notes };
}

type Sealed = {
  readonly reader: LedgerReader;
  /** the last entry that is sealed: the journal must have it, and go on from there */
  readonly heads: readonly Checkpoint[];
  readonly notes: readonly string[];
  readonly size: number;
  readonly signedBy: readonly string[];
};

/** The ledger, verified; null: there is none. */
async function sealedOf(
  { config: file, data, ledger, key = [], file: exported }: AuditVerifyOptions,
  folder: string,
  config: Config | undefined,
): Promise<Sealed | null> {
  if (exported !== undefined && ledger === undefined) return null;
  // A ledger that is there and whose key is not: that is no reason to go on without it.
  const there = ledger === undefined && config === undefined ? readerOf(join(folder, 'ledger')) : null;
  if (there !== null && (await there('checkpoint').catch(() => null)) === null) return null;
  const keys = key.length === 0 && ledger !== undefined && config === undefined ? [join(folder, PUBLIC_FILE)] : key;
  const source = await openLedgerSource(
    { config: file, key: keys, ...(ledger !== undefined ? { from: ledger } : data !== undefined ? { data } : {}) },
    config,
  );
  if (source === null || (await source.read('checkpoint')) === null) return null;
  const report = await verifyLedger(source.read, source.keys);
  const notes = report.faults.map((fault) => `ledger: ${fault}`);
  for (const life of report.lives)
    if (life.faultCount > 0)
      notes.push(`ledger: ${life.faultCount} faults in its entries: sallyport ledger verify says which`);
  for (const life of report.lives.slice(0, -1))
    notes.push(`ledger: the journal began anew after its entry ${life.head?.seq ?? 0}: Redis was emptied or replaced`);
  const head = report.lives.at(-1)?.head ?? null;
  return {
    reader: createLedgerReader(source),
    heads: head === null ? [] : [head],
    notes,
    size: report.checkpoint?.size ?? 0,
    signedBy: report.checkpoint?.signedBy.map(({ name }) => name) ?? [],
  };
}

function fileSource(file: string): Source {
  async function* entries(): AsyncGenerator<JournalEntry> {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      yield readEntry(line);
    }
  }
  return { entries: entries(), witness: [], close: async () => undefined };
}

/** A line that is no entry becomes one without a number: the verifier says where. */
function readEntry(line: string): JournalEntry {
  const nothing = { seq: Number.NaN, at: Number.NaN, event: '', digest: '', fact: '', hash: '' };
  try {
    return { ...nothing, ...(JSON.parse(line) as JournalEntry) };
  } catch {
    return nothing;
  }
}

async function redisSource(folder: string, config: Config | undefined, sealed?: LedgerReader): Promise<Source> {
  const outside = config?.redis.url;
  const opened = outside === undefined ? await openEmbedded(folder) : await openRedis({ url: outside });
  if (!opened) throw new CannotVerify(`Redis at ${outside ?? folder} does not answer.`);
  const { client, stop } = opened;
  const close = async (): Promise<void> => {
    await client.close();
    await stop();
  };
  try {
    const keys = createKeys(config?.deployment ?? (await deploymentOf(client)));
    const scripts: Scripts = { run: () => Promise.reject(new Error('reading only')) };
    const journal = createJournal({ scripts, client, keys, ...(sealed ? { trimmed: sealed.read } : {}) });
    // Redis's own note of the head is one more witness: whoever cuts the stream must also know of it.
    const { seq, hash } = await journal.head();
    const [seconds = '0'] = (await client.command('TIME')) as string[];
    const witness = seq > 0 ? [{ seq, hash, at: Number(seconds) * 1000 }] : [];
    return { entries: journal.all(), witness, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The one deployment that an embedded Redis serves. */
async function deploymentOf(client: RedisClient): Promise<string> {
  const found = (await client.command('KEYS', createKeys('*').epoch)) as string[];
  const [name] = found.map((key) => /\{([^}]+)\}/.exec(key)?.[1] ?? '');
  if (name === undefined || found.length > 1)
    throw new CannotVerify(`There are ${found.length} deployments in this Redis.`);
  return name;
}

type Opened = { client: RedisClient; stop(): Promise<void> };

/** A server that is there may need long to load a long journal; one that is not there refuses at once. */
const LOADING = 10 * 60_000;
const ABSENT = 2000;

/** The server of a gateway that runs, else one of our own on its data, for as long as this takes. */
async function openEmbedded(folder: string): Promise<Opened | null> {
  const socketPath = join(folder, 'redis', 'redis.sock');
  if (await someoneAnswers(socketPath)) return openRedis({ socketPath }, LOADING);
  const server = await startEmbeddedRedis({ dataDir: folder, path: programPath(), log: () => undefined });
  const opened = await openRedis({ socketPath: server.socketPath }, LOADING);
  if (!opened) await server.stop();
  return opened && { client: opened.client, stop: () => server.stop() };
}

/** @param within ms to wait for its first answer */
async function openRedis(address: RedisAddress, within = ABSENT): Promise<Opened | null> {
  const client = createRedisClient({ address, commandTimeout: 5000, onError: () => undefined });
  for (const end = performance.now() + within; performance.now() < end; ) {
    if (client.connected() && (await client.command('PING').catch(() => '')))
      return { client, stop: async () => undefined };
    await new Promise((wake) => setTimeout(wake, 25));
  }
  await client.close();
  return null;
}

const SHOWN = 50;

function tell(
  report: JournalReport,
  notes: readonly string[],
  sealed: Sealed | null,
  options: AuditVerifyOptions,
): 0 | 1 | 2 {
  const empty = report.entries === 0 && report.ok;
  const ok = report.ok && notes.every((note) => note.endsWith('(a crash)')) && !empty;
  if (options.json) {
    const ledger = sealed && { entries: sealed.size, signedBy: sealed.signedBy };
    print(JSON.stringify({ ...report, ok, notes, ledger }));
    return empty ? 2 : ok ? 0 : 1;
  }
  const head = report.head ? `, the last at ${new Date(report.head.at).toISOString()}` : '';
  const rows = [
    ['Journal', `${report.entries} entries${head}`],
    ['Ledger', sealed === null ? 'none' : `${sealed.size} entries sealed, signed by ${sealed.signedBy.join(', ')}`],
    ['Seen earlier', String(report.checkpoints)],
    ['Signatures', `${report.signatures} checked again`],
    ...(report.automatic > 0 ? [['Approved by a rule', `${report.automatic}: nobody signed these`]] : []),
  ];
  print(table(rows));
  list(red(bold(`${report.faultCount} ${report.faultCount === 1 ? 'fault' : 'faults'}`)), report.faults);
  list(bold('Look at these'), report.warnings);
  list(
    bold('Outcome unknown: look at the console whether it happened'),
    report.unsettled.map(({ seq, at, actor, title, exchange }) => ({
      seq,
      what: `${new Date(at).toISOString()}  ${plain(actor)}  ${plain(title)}  ${plain(exchange)}`,
    })),
  );
  for (const note of notes) print(note);
  print('');
  if (empty) print(red(bold('Cannot verify: the journal is empty.')));
  else print(ok ? green(bold('The journal is whole.')) : red(bold('The journal is not as it was written.')));
  return empty ? 2 : ok ? 0 : 1;
}

function list(title: string, findings: readonly { readonly seq: number; readonly what: string }[]): void {
  if (findings.length === 0) return;
  print(`\n${title}`);
  print(table(findings.slice(0, SHOWN).map(({ seq, what }) => [`  entry ${seq}`, plain(what)])));
  if (findings.length > SHOWN) print(dim(`  and ${findings.length - SHOWN} more: --json tells all`));
}

/** Nothing from a journal may move a terminal's cursor or turn its text around (trap 25). */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, 300);
