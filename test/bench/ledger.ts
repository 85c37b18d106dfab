// `npm run bench:ledger [-- --entries 1000000]`: how fast the journal is sealed to disk, what one seal costs the process that
// also serves requests, how long a proof takes in a long ledger, and how fast the whole is verified, with how much memory.
// Prints a table and one JSON line.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDiskBlobs } from '../../src/audit/ledger/diskBlobs.ts';
import { createNoteSigner, newNoteKey } from '../../src/audit/ledger/note.ts';
import { proofFile } from '../../src/audit/ledger/proofFile.ts';
import { createLedgerReader } from '../../src/audit/ledger/reader.ts';
import { createSealer, type SealSource } from '../../src/audit/ledger/sealer.ts';
import { readNoteKey } from '../../src/audit/verify/note.ts';
import { entryHash, FIRST_PREVIOUS } from '../../src/audit/verify/verifyJournal.ts';
import { verifyLedger } from '../../src/audit/verify/verifyLedger.ts';
import { table } from '../../src/cli/report.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { canonicalJson } from '../../src/kernel/canonicalJson.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';

const { values } = parseArgs({ options: { entries: { type: 'string', default: '1000000' } } });
const entries = Number(values.entries);
if (!Number.isSafeInteger(entries) || entries < 2000) throw new Error('--entries takes a number from 2000 on');

const folder = mkdtempSync(join(tmpdir(), 'sp-bench-'));
const signer = createNoteSigner(newNoteKey('ledger.example.com/bench'));
const key = readNoteKey(signer.verifierKey);
const blobs = createDiskBlobs(folder);

/** Journal entries of the usual size, made as they are asked for. */
let previous = FIRST_PREVIOUS;
let pages: JournalEntry[] = [];
let making = 0;
function make(seq: number): JournalEntry {
  const exchange = `exc_${String(Math.ceil(seq / 2)).padStart(22, '0')}`;
  const facts = {
    method: 'GET',
    target: `/api/devices/d-${seq % 10_000}`,
    action: 'device.read',
    status: 200,
    title: 'See a device',
  };
  const event = canonicalJson({
    kind: 'request.observed',
    actor: 'https://idp.test#ada',
    actorName: 'Ada Admin',
    session: 'ses_1',
    exchange,
    console: 'mdm',
    facts,
  });
  const entry = { seq, at: 1_800_000_000_000 + seq, event, digest: sha256Hex(event), fact: '' };
  previous = entryHash(previous, entry);
  return { ...entry, hash: previous };
}
let limit = 0;
const source: SealSource = {
  async read(from, count) {
    const began = performance.now();
    pages = pages.filter(({ seq }) => seq >= from);
    while (pages.length < count && (pages.at(-1)?.seq ?? from - 1) < limit)
      pages.push(make((pages.at(-1)?.seq ?? from - 1) + 1));
    making += performance.now() - began;
    return pages.slice(0, count);
  },
  lead: async () => ({ leads: true, note: '', head: limit, sealed: 0 }),
  leave: async () => {},
  told: async () => true,
  trim: async () => {},
};
const sealer = createSealer({
  blobs,
  source,
  signer,
  origin: signer.name,
  clock: { now: () => 1 },
  onError: console.error,
});
const at = (list: number[], part: number): number => list.sort((a, b) => a - b)[Math.floor(list.length * part)] ?? 0;

try {
  limit = entries - 1000;
  let began = performance.now();
  await sealer.seal();
  const sealing = performance.now() - began - making;

  // One seal a second with 50 new entries, as a busy gateway has.
  const [wall, cpu]: [number[], number[]] = [[], []];
  for (let round = 0; round < 20; round += 1) {
    limit += 50;
    const before = process.cpuUsage();
    began = performance.now();
    await sealer.seal();
    wall.push(performance.now() - began);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }

  const proofs: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    const index = Math.floor((limit * (round + 0.5)) / 200);
    began = performance.now();
    await proofFile(blobs, index);
    proofs.push(performance.now() - began);
  }
  began = performance.now();
  const found = await createLedgerReader(blobs).find(Math.floor(limit / 3));
  const finding = performance.now() - began;
  if (found === null) throw new Error('an entry was not found');

  began = performance.now();
  let most = 0;
  const report = await verifyLedger(blobs.read, key ? [key] : [], [], undefined, () => {
    most = Math.max(most, process.memoryUsage.rss());
  });
  const verifying = performance.now() - began;
  if (!report.ok)
    throw new Error(`the ledger does not verify: ${report.faults[0] ?? report.lives[0]?.faults[0]?.what}`);

  const result = {
    entries: limit,
    sealedPerSecond: Math.round((entries - 1000) / (sealing / 1000)),
    sealOf50: { wallP50: at(wall, 0.5), wallMax: at(wall, 0.999), cpuP50: at(cpu, 0.5) },
    proof: { p50: at(proofs, 0.5), p99: at(proofs, 0.99) },
    find: finding,
    verifiedPerSecond: Math.round(limit / (verifying / 1000)),
    verifyMiB: Math.round(most / 1024 ** 2),
  };
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  console.log(
    table([
      ['entries', String(limit)],
      ['sealed a second, catching up', String(result.sealedPerSecond)],
      [
        'one seal of 50 entries',
        `${ms(result.sealOf50.wallP50)} (worst ${ms(result.sealOf50.wallMax)}), of that ${ms(result.sealOf50.cpuP50)} of the processor`,
      ],
      ['a proof file', `${ms(result.proof.p50)}, p99 ${ms(result.proof.p99)}`],
      ['an entry by its number, cold', ms(result.find)],
      ['verified a second', `${result.verifiedPerSecond}, at most ${result.verifyMiB} MiB`],
    ]),
  );
  console.log(JSON.stringify(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
