// `sallyport evidence verify`: checks an archive on any machine, offline. It believes only the keys that it is given.
// Exit codes: 0 nothing wrong; 1 faults; 2 cannot verify (no file, no key of a ledger). Never 0 in doubt.
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ceremony } from '../audit/verify/evidence.ts';
import { ArchiveFault, type Member, readTar } from '../audit/verify/tarReader.ts';
import { type EvidenceReport, verifyEvidence } from '../audit/verify/verifyEvidence.ts';
import { keysOf } from './ledgerSource.ts';
import { bold, complain, dim, green, print, red, table } from './report.ts';

export type EvidenceVerifyOptions = {
  /** verifier keys of the ledger and its witnesses, or files that hold one */
  key?: readonly string[];
  /** the portal's origin, where signatures must have been made */
  origin?: string;
  /** default: the origin's host */
  rpId?: string;
  /** an archive of an earlier version, whose list of files nobody signed */
  unsignedList?: boolean;
  json?: boolean;
};

/** @param path an archive, or a folder that one was unpacked into. @returns the exit code */
export async function evidenceVerify(path: string, options: EvidenceVerifyOptions): Promise<0 | 1 | 2> {
  let report: EvidenceReport;
  try {
    const keys = await keysOf(options.key ?? []);
    if (!keys.some(({ kind }) => kind === 'log'))
      throw new Error('Give the key of the ledger with --key: one out of the archive itself would prove nothing.');
    const found = await lstat(path);
    const members = found.isDirectory() ? membersIn(path) : readTar(createReadStream(path));
    report = await verifyEvidence(members, keys, ceremonyOf(options), { unsignedList: options.unsignedList === true });
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    if (options.json) print(JSON.stringify({ ok: false, cannot: what }));
    else complain(`${red(bold('Cannot verify.'))} ${what}`);
    return 2;
  }
  if (options.json) {
    const { checkpoint } = report;
    print(
      JSON.stringify({
        ...report,
        checkpoint: checkpoint && { ...checkpoint, root: checkpoint.root.toString('base64') },
      }),
    );
  } else tell(report, options);
  return report.ok ? 0 : 1;
}

/** @throws Error when what was given is no origin */
function ceremonyOf({ origin, rpId }: EvidenceVerifyOptions): Ceremony | undefined {
  if (origin === undefined && rpId === undefined) return undefined;
  const url = origin === undefined ? null : URL.parse(origin);
  if (origin === undefined || url === null || url.origin !== origin)
    throw new Error('Give --origin as the portal’s address, such as https://access.example.com.');
  return { origin, rpId: rpId ?? url.hostname };
}

/** Plain files of an unpacked archive; anything else in it is a fault. */
async function* membersIn(folder: string, under = ''): AsyncGenerator<Member, void, undefined> {
  for (const entry of await readdir(join(folder, under), { withFileTypes: true })) {
    const name = under === '' ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory()) yield* membersIn(folder, name);
    else if (!entry.isFile()) throw new ArchiveFault(`${name} is no plain file`);
    else {
      const path = join(folder, name);
      yield { name, size: (await lstat(path)).size, content: contentOf(path) };
    }
  }
}

/** Opened when it is read: a file that is refused by its name is never opened. */
async function* contentOf(path: string): AsyncGenerator<Buffer, void, undefined> {
  yield* createReadStream(path) as AsyncIterable<Buffer>;
}

const SHOWN = 50;
const inUtc = (at: number): string => {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? 'an unknown time' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
};

function tell(report: EvidenceReport, options: EvidenceVerifyOptions): void {
  const { about, made, checkpoint, list: digest, counts, faults, faultCount, warnings } = report;
  const of = about === null ? 'nothing that it names' : wordsOf(about);
  const signers = checkpoint?.signedBy.map(({ name, at }) => (at === null ? name : `${name} (witness, ${inUtc(at)})`));
  print(
    table([
      ['About', plain(of)],
      ...(made === null
        ? []
        : [['Exported', plain(`${inUtc(made.at)} by ${made.by}${made.why === '' ? '' : `: ${made.why}`}`)]]),
      [
        'Ledger',
        checkpoint === null
          ? 'not signed by a known key'
          : plain(`${checkpoint.size} entries, signed by ${signers?.join(', ')}`),
      ],
      ['Entries', `${counts.entries} stand in that ledger; ${counts.chained} follow from the one before`],
      [
        'Signatures',
        `${counts.signatures} checked again, ${counts.enrolled} of them by passkeys whose enrolment is here`,
      ],
      ...(options.origin === undefined ? [['', 'where they were made was not compared: give --origin']] : []),
      ...(counts.automatic > 0 ? [['Approved by a rule', `${counts.automatic}: nobody signed these`]] : []),
      [
        'Recordings',
        `${counts.recordings} files as they were recorded${counts.withheld > 0 ? `; ${counts.withheld} chunks are not here` : ''}`,
      ],
      ['Files', `${counts.files}${digest === null ? '' : `; the SHA-256 of their list is ${digest}`}`],
    ]),
  );
  list(red(bold(`${faultCount} ${faultCount === 1 ? 'fault' : 'faults'}`)), faults);
  list(bold('Look at these'), warnings);
  list(
    bold('Outcome unknown: look at the console whether it happened'),
    report.unsettled.map(({ seq, at, actor, title }) => ({
      where: `entry ${seq} of the journal`,
      what: `${inUtc(at)}  ${actor}  ${title}`,
    })),
  );
  print('');
  print(report.ok ? green(bold('The evidence is whole.')) : red(bold('This is not what the ledger says.')));
  if (report.ok) print(dim('It proves what is in it. That nothing else happened, only the whole ledger proves.'));
}

const wordsOf = (about: NonNullable<EvidenceReport['about']>): string =>
  about.kind === 'incident'
    ? `what ${about.person} did from ${inUtc(about.from)} to ${inUtc(about.to)}`
    : `${about.kind} ${about.id}`;

function list(title: string, findings: readonly { readonly where: string; readonly what: string }[]): void {
  if (findings.length === 0) return;
  print(`\n${title}`);
  print(table(findings.slice(0, SHOWN).map(({ where, what }) => [`  ${plain(where)}`, plain(what)])));
  if (findings.length > SHOWN) print(dim(`  and ${findings.length - SHOWN} more: --json tells all`));
}

/** Nothing from an archive may move a terminal's cursor or turn its text around (trap 25). */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, 300);
