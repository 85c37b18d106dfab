// `sallyport recordings keygen | cat <session> | verify [session]`: the keys to recordings, their lines, and whether they are whole.
// Exit codes: 0 done; 1 something is wrong with a recording; 2 cannot say.
import { stat } from 'node:fs/promises';
import { keyText } from '../audit/recording/keys.ts';
import { createRecordingReader, NoIdentity, type PartReport } from '../audit/recording/reader.ts';
import { CLOSED, type FolderOptions, plain, recordingsOf } from './recordedSpan.ts';
import { bold, complain, dim, green, print, red } from './report.ts';

export type RecordingsOptions = FolderOptions & { readonly json?: boolean };

/** Prints a new identity with its recipient, as age-keygen does. */
export async function recordingsKeygen(): Promise<0> {
  print((await keyText()).trimEnd());
  return 0;
}

async function readerOr(options: RecordingsOptions) {
  const cannot = (what: string): null => {
    if (options.json) print(JSON.stringify({ cannot: what }));
    else complain(`${red(bold('Cannot tell.'))} ${what}`);
    return null;
  };
  const recorded = await recordingsOf(options);
  if (recorded === null) return null;
  if (typeof recorded === 'string') return cannot(recorded);
  if (!(await stat(recorded.dir).catch(() => null))?.isDirectory())
    return cannot(`${recorded.dir} is not there: nothing was recorded yet, or the data is elsewhere.`);
  if (recorded.identities === null) return cannot(CLOSED);
  return createRecordingReader(recorded);
}

/** Every line of a session, as JSON lines in the order of its parts. */
export async function recordingsCat(session: string, options: RecordingsOptions): Promise<0 | 1 | 2> {
  const reader = await readerOr(options);
  if (reader === null) return 2;
  let wrong = false;
  let lines = 0;
  for await (const { line } of reader.sessionLines(session, (_part, _chunk, fault) => {
    wrong = true;
    complain(`${red('Left out:')} ${fault.message}`);
  })) {
    print(JSON.stringify(line));
    lines += 1;
  }
  if (lines === 0 && !wrong) {
    complain(`Nothing is recorded of ${plain(session, 100)}.`);
    return 2;
  }
  return wrong ? 1 : 0;
}

/** @param session of all of them when it is not given */
export async function recordingsVerify(session: string | undefined, options: RecordingsOptions): Promise<0 | 1 | 2> {
  const reader = await readerOr(options);
  if (reader === null) return 2;
  const reports: PartReport[] = [];
  try {
    for (const one of session === undefined ? await reader.sessions() : [session])
      for (const part of await reader.parts(one)) reports.push(await reader.verify(part));
  } catch (error) {
    if (!(error instanceof NoIdentity)) throw error;
    complain(CLOSED);
    return 2;
  }
  const wrong = reports.filter(({ faults }) => faults.length > 0);
  if (options.json) print(JSON.stringify({ ok: wrong.length === 0, parts: reports }));
  else {
    for (const { part, faults } of wrong)
      print([red(bold(part)), ...faults.map((fault) => `  ${plain(fault, 300)}`)].join('\n'));
    const count = (end: PartReport['end']) => reports.filter((report) => report.end === end).length;
    const said = `${reports.length} recordings: ${count('end')} ended, ${count('cut')} cut off, ${count('open')} going on`;
    print(
      wrong.length === 0 ? green(`${said}. Nothing is wrong with them.`) : red(`${said}; ${wrong.length} with faults.`),
    );
    print(dim('Whether these are the chunks that were recorded, the ledger says: sallyport evidence verify.'));
  }
  return wrong.length === 0 ? 0 : 1;
}
