// `sallyport evidence export`: one archive about a session, an access, a signed request or an incident. The journal tells who
// exported what and why before the file is whole. Exit codes: 0 done; 1 nothing about it in the ledger; 2 could not export.
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type About, aboutWords, fileNameOf } from '../audit/evidence/about.ts';
import { NothingFound, prepareEvidence } from '../audit/evidence/export.ts';
import { openLedgerSource } from '../audit/evidence/ledgerSource.ts';
import { createRecordingFiles } from '../audit/evidence/recordingFiles.ts';
import { openStore } from '../audit/ledger/openStore.ts';
import { readingKeys } from '../audit/recording/keys.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../kernel/clock.ts';
import { VERSION } from '../version.ts';
import { signerOf } from '../wire/ledger.ts';
import { policySetTexts } from '../wire/policySets.ts';
import { configOr } from './faults.ts';
import { bold, complain, print, red, table } from './report.ts';
import { withJournal } from './withJournal.ts';

export type EvidenceExportOptions = {
  config: string;
  reason: string;
  out?: string;
  decrypt?: boolean;
  person?: string;
  from?: string;
  to?: string;
  json?: boolean;
};

/** @returns the exit code */
export async function evidenceExport(
  kind: string,
  id: string | undefined,
  options: EvidenceExportOptions,
): Promise<0 | 1 | 2> {
  try {
    const about = aboutOf(kind, id, options);
    const config = configOr(options.config);
    if (!config) return 2;
    return await exportTo(config, about, options);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    complain(`${red(bold('Nothing was exported.'))} ${what}`);
    return error instanceof NothingFound ? 1 : 2;
  }
}

async function exportTo(config: Config, about: About, options: EvidenceExportOptions): Promise<0> {
  const { reason, decrypt = false } = options;
  const by = `${userInfo().username} (command line)`;
  const out = resolve(options.out ?? fileNameOf(about));
  const ledger = await openLedgerSource(openStore(config.ledger.store, systemClock).blobs);
  const identities = await readingKeys(config.data, config.recordings.identities);
  const signer = await signerOf(config);
  const evidence = await prepareEvidence(
    {
      ledger,
      recordings: createRecordingFiles({ dir: join(config.data, 'recordings'), identities }),
      ledgerKeys: [...signer.verifierKeys, ...config.ledger.witnesses.map(({ key }) => key)],
      sign: signer.sign,
      policySet: policySetTexts(config),
      version: VERSION,
    },
    { about, by, why: reason, at: systemClock.now(), decrypt },
  );
  const { digest, entries, chunks } = evidence;
  await withJournal(config, ({ journal }) =>
    journal.append({
      kind: 'evidence.exported',
      actor: null,
      actorName: by,
      facts: { about, why: reason, manifest: digest, entries, chunks, decrypted: decrypt },
    }),
  );
  const beside = `${out}.part`;
  try {
    await pipeline(Readable.from(evidence.bytes()), createWriteStream(beside, { mode: 0o600 }));
    await rename(beside, out);
  } finally {
    await rm(beside, { force: true });
  }
  if (options.json) print(JSON.stringify({ file: out, manifest: digest, entries, chunks, ledger: ledger.size }));
  else
    print(
      table([
        ['Evidence', aboutWords(about)],
        ['File', out],
        ['Entries', `${entries} of the ${ledger.size} that are sealed`],
        ['Recordings', `${chunks} chunks${decrypt ? ', with their text' : ''}`],
        ['Check it', `sallyport evidence verify ${out} --key <key of the ledger>`],
      ]),
    );
  return 0;
}

function aboutOf(kind: string, id: string | undefined, { person, from, to }: EvidenceExportOptions): About {
  if (kind === 'session' || kind === 'grant' || kind === 'hold') {
    if (id === undefined || !/^[A-Za-z0-9_-]{1,100}$/.test(id)) throw new Error(`Say which ${kind}: give its id.`);
    return { kind, id };
  }
  if (kind !== 'incident') throw new Error('Say what about: session <id>, grant <id>, hold <id> or incident.');
  if (id !== undefined || person === undefined || from === undefined || to === undefined)
    throw new Error('For an incident give --person, --from and --to.');
  const [first, last] = [momentOf(from), momentOf(to)];
  if (last < first) throw new Error('The incident ends before it begins: change --from or --to.');
  return { kind, person, from: first, to: last };
}

/** A day is its first moment in UTC. */
function momentOf(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new Error(`${text} is no moment: write 2026-03-01 or 2026-03-01T14:30:00Z.`);
  return at;
}
