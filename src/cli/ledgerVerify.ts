// `sallyport ledger verify`: checks the sealed history from its files alone: signatures, every entry, every tile, every life of
// the journal in it, and checkpoints that were kept elsewhere. Exit codes: 0 whole; 1 faults; 2 cannot verify. Never 0 in doubt.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '../audit/verify/note.ts';
import { type LedgerReport, verifyLedger } from '../audit/verify/verifyLedger.ts';
import { CannotVerify, type LedgerOptions, openLedgerSource } from './ledgerSource.ts';
import { createProgress } from './progress.ts';
import { plain } from './recordedSpan.ts';
import { bold, complain, green, print, red, table } from './report.ts';

export type LedgerVerifyOptions = LedgerOptions & {
  /** checkpoints that were kept elsewhere: files, or folders of them */
  readonly kept?: readonly string[];
  readonly json?: boolean;
};

const SHOWN = 50;

export async function ledgerVerify(options: LedgerVerifyOptions): Promise<0 | 1 | 2> {
  try {
    const source = await openLedgerSource(options);
    if (source === null) return 2;
    if ((await source.read('checkpoint')) === null)
      throw new CannotVerify(`There is no checkpoint in ${source.where}: nothing was sealed there.`);
    const kept = (await Promise.all((options.kept ?? []).map(notesOf))).flat();
    const cosigned = (await source.read('cosigned'))?.toString('utf8');
    const progress = createProgress((done) => `${done} entries checked`);
    const older = [...kept, ...(cosigned === undefined ? [] : [cosigned])];
    const report = await verifyLedger(source.read, source.keys, older, undefined, progress.at);
    progress.end();
    const opened = cosigned === undefined ? null : openCheckpoint(cosigned, source.keys);
    return tell(
      report,
      { where: source.where, kept: kept.length, cosigned: typeof opened === 'string' ? null : opened },
      options,
    );
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    if (options.json) print(JSON.stringify({ ok: false, cannot: what }));
    else complain(`${red(bold('Cannot verify.'))} ${what}`);
    return 2;
  }
}

async function notesOf(place: string): Promise<string[]> {
  const found = await stat(place).catch(() => null);
  if (found === null) throw new CannotVerify(`${place} is not there.`);
  if (!found.isDirectory()) return [await readFile(place, 'utf8')];
  // What a `post` folder holds: checkpoints/<size>.
  const inner = (await stat(join(place, 'checkpoints')).catch(() => null))?.isDirectory()
    ? join(place, 'checkpoints')
    : place;
  const names = (await readdir(inner)).filter((name) => /^\d+$/.test(name));
  if (names.length === 0) throw new CannotVerify(`${place} holds no checkpoint.`);
  return Promise.all(names.map((name) => readFile(join(inner, name), 'utf8')));
}

type More = {
  readonly where: string;
  readonly kept: number;
  readonly cosigned: LedgerReport['checkpoint'];
};

function tell(report: LedgerReport, { where, kept, cosigned }: More, options: LedgerVerifyOptions): 0 | 1 {
  const { checkpoint, lives } = report;
  if (options.json) {
    const named = (opened: LedgerReport['checkpoint']) =>
      opened && { size: opened.size, root: opened.root.toString('base64'), signedBy: opened.signedBy };
    print(JSON.stringify({ ...report, where, kept, checkpoint: named(checkpoint), cosigned: named(cosigned) }));
    return report.ok ? 0 : 1;
  }
  const iso = (at: number | null): string => (at === null ? '' : ` at ${new Date(at).toISOString()}`);
  const head = lives.at(-1)?.head;
  const witnesses = cosigned?.signedBy.filter(({ at }) => at !== null) ?? [];
  const rows = [
    ['Ledger', where],
    ['Entries', `${checkpoint?.size ?? 0}${head ? `, the last one${iso(head.at)}` : ''}`],
    ['Signed by', checkpoint?.signedBy.map(({ name }) => name).join(', ') ?? 'nobody'],
    ...witnesses.map(({ name, at }) => ['Cosigned by', `${name}: ${cosigned?.size ?? 0} entries${iso(at)}`]),
    ['Compared with', `${kept} ${kept === 1 ? 'checkpoint' : 'checkpoints'} kept elsewhere`],
    ['Signatures', `${lives.reduce((sum, life) => sum + life.signatures, 0)} of passkeys checked again`],
  ];
  print(table(rows));
  if (lives.length > 1)
    print(
      `\nThe journal began anew ${lives.length - 1} times: after ${lives
        .slice(0, -1)
        .map((life) => `its entry ${life.head?.seq ?? 0}`)
        .join(', ')}. Redis was emptied or replaced then.`,
    );
  const faults = [
    ...report.faults.map((what) => ['', what]),
    ...lives.flatMap((life, index) =>
      life.faults.map(({ seq, what }) => [lives.length > 1 ? `life ${index + 1}, entry ${seq}` : `entry ${seq}`, what]),
    ),
  ];
  if (faults.length > 0) {
    print(`\n${red(bold(`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`))}`);
    print(table(faults.slice(0, SHOWN).map(([where = '', what = '']) => [`  ${where}`, plain(what, 300)])));
    if (faults.length > SHOWN) print(`  and ${faults.length - SHOWN} more: --json tells all`);
  }
  print('');
  print(report.ok ? green(bold('The ledger is whole.')) : red(bold('The ledger is not as it was written.')));
  if (report.ok && kept === 0 && witnesses.length === 0)
    print(
      'Nothing from elsewhere was compared: who holds the key could have made it anew. Give --kept, or name witnesses.',
    );
  return report.ok ? 0 : 1;
}
