// `sallyport ledger key`: shows what everybody may know of the ledger's key, or makes a new pair.
import { createCosigner, createNoteSigner, newNoteKey } from '../audit/ledger/note.ts';
import { CannotVerify, type LedgerOptions, openLedgerSource } from './ledgerSource.ts';
import { complain, print } from './report.ts';

export type LedgerKeyOptions = Omit<LedgerOptions, 'from' | 'key'> & {
  /** name of the log or witness that a new key is for */
  readonly new?: string;
  readonly witness?: boolean;
};

export async function ledgerKey(options: LedgerKeyOptions): Promise<0 | 2> {
  try {
    if (options.new !== undefined) {
      const key = newNoteKey(options.new, options.witness ? 'witness' : 'log');
      // The private half alone on stdout, so that it can be led into a file; what is public beside it.
      print(key);
      complain((options.witness ? createCosigner(key) : createNoteSigner(key)).verifierKey);
      return 0;
    }
    const source = await openLedgerSource(options);
    if (source === null) return 2;
    for (const { text } of source.keys.filter(({ kind }) => kind === 'log')) print(text);
    return 0;
  } catch (error) {
    complain(
      error instanceof CannotVerify
        ? 'There is no key yet: the gateway makes it when it starts for the first time, or give it one as ledger.key.'
        : error instanceof Error
          ? error.message
          : String(error),
    );
    return 2;
  }
}
