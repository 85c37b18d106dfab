// `sallyport ledger prove` and `check-proof`: one entry's proof as a file that stands alone, and its check.
// Exit codes: 0 proven; 1 not in the ledger, or the proof does not hold; 2 cannot be read.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { proofFile } from '../audit/ledger/proofFile.ts';
import { createLedgerReader } from '../audit/ledger/reader.ts';
import { checkProofFile } from '../audit/verify/proofFile.ts';
import { keysOf, type LedgerOptions, openLedgerSource } from './ledgerSource.ts';
import { plain } from './recordedSpan.ts';
import { bold, complain, green, print, red, table } from './report.ts';

export type LedgerProveOptions = LedgerOptions & { readonly out?: string };

/** @param what number of a journal entry, or the id of an exchange, grant, hold or session that entries speak of */
export async function ledgerProve(what: string, options: LedgerProveOptions): Promise<0 | 1 | 2> {
  try {
    const source = await openLedgerSource(options);
    if (source === null) return 2;
    const places = await placesOf(source, what);
    if (places.length === 0) {
      complain(
        `${red(bold('Not in the ledger:'))} ${plain(what, 100)}. What happened in the last second may not be sealed yet.`,
      );
      return 1;
    }
    for (const { index, seq } of places) {
      const text = await proofFile(source, index);
      // Our own answer is checked as a stranger would check it.
      const checked = checkProofFile(text, source.keys);
      if (typeof checked === 'string') throw new Error(`the proof of entry ${seq} does not hold: ${checked}`);
      if (options.out === undefined && places.length === 1) process.stdout.write(text);
      else {
        const file = join(options.out ?? '.', `entry-${seq}.tlog-proof`);
        await writeFile(file, text, { flag: 'wx' });
        print(file);
      }
    }
    return 0;
  } catch (error) {
    complain(`${red(bold('Cannot prove.'))} ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

async function placesOf(
  source: Parameters<typeof createLedgerReader>[0],
  what: string,
): Promise<{ index: number; seq: number }[]> {
  const reader = createLedgerReader(source);
  if (/^[1-9]\d{0,15}$/.test(what)) {
    const found = await reader.find(Number(what));
    return found === null ? [] : [{ index: found.index, seq: found.entry.seq }];
  }
  const needle = JSON.stringify(what);
  const size = await reader.size();
  const places: { index: number; seq: number }[] = [];
  for (let index = 0; index < size; index += 1) {
    const { event, seq } = await reader.at(index);
    if (event.includes(needle)) places.push({ index, seq });
  }
  return places;
}

export async function ledgerCheckProof(
  file: string,
  options: { readonly key: readonly string[]; readonly json?: boolean },
): Promise<0 | 1 | 2> {
  try {
    const keys = await keysOf(options.key);
    const checked = checkProofFile(await readFile(file, 'utf8'), keys);
    if (typeof checked === 'string') {
      if (options.json) print(JSON.stringify({ ok: false, fault: checked }));
      else print(`${red(bold('The proof does not hold:'))} ${plain(checked, 300)}`);
      return 1;
    }
    const { index, checkpoint, entry } = checked;
    if (options.json) {
      const { origin, size, root, signedBy } = checkpoint;
      print(
        JSON.stringify({
          ok: true,
          index,
          entry,
          checkpoint: { origin, size, root: root.toString('base64'), signedBy },
        }),
      );
      return 0;
    }
    const event = entry.event === null ? {} : (JSON.parse(entry.event) as { [name: string]: unknown });
    const text = (name: string): string[][] => {
      const value = event[name];
      return typeof value === 'string' ? [[name, plain(value, 200)]] : [];
    };
    print(
      table([
        ['entry', `${entry.seq}, at ${new Date(entry.at).toISOString()}`],
        ...['kind', 'actor', 'actorName', 'session', 'exchange', 'console'].flatMap(text),
        ['ledger', `${checkpoint.origin}, ${checkpoint.size} entries; this one at ${index}`],
        ...checkpoint.signedBy.map(({ name, at }) => [
          'signed by',
          at === null ? name : `${name} at ${new Date(at).toISOString()}`,
        ]),
      ]),
    );
    print(`\n${green(bold('The entry is in the ledger.'))}`);
    return 0;
  } catch (error) {
    complain(`${red(bold('Cannot check.'))} ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}
