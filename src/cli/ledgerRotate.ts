// `sallyport ledger rotate-key`: a new key for the same ledger, in two steps. First both keys sign, so that whoever knows only one
// of them can go on checking; the change is an event in the ledger, under the old key's signature too. Then, with --finish, the
// old one is taken away. Gateways read their key when they start. Exit codes: 0 done; 1 not now, and why; 2 cannot.
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { KEY_FILE, replaceKeys, textOf } from '../audit/ledger/ledgerKey.ts';
import { createNoteSigner, newNoteKey } from '../audit/ledger/note.ts';
import { openStore } from '../audit/ledger/openStore.ts';
import { CHECKPOINT } from '../audit/ledger/tilePaths.ts';
import { openCheckpoint, readNoteKey } from '../audit/verify/note.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../kernel/clock.ts';
import { configOr } from './faults.ts';
import { complain, green, print } from './report.ts';
import { withJournal } from './withJournal.ts';

export type LedgerRotateOptions = { config: string; finish?: boolean };

export async function ledgerRotate({ config: file, finish = false }: LedgerRotateOptions): Promise<0 | 1 | 2> {
  try {
    const config = configOr(file);
    if (!config) return 2;
    const kept = config.ledger.key ?? (await textOf(join(config.data, KEY_FILE)));
    if (kept === null) throw new Error('There is no key yet: the gateway makes it when it starts for the first time.');
    const keys = kept.trim().split(/\s*\n\s*/);
    const why = finish ? await notYet(config, keys) : keys.length > 1 ? UNDER_WAY : null;
    if (why !== null) {
      complain(why);
      return 1;
    }
    await change(config, keys, finish ? keys.slice(0, 1) : [newNoteKey(createNoteSigner(kept).name), ...keys], finish);
    return 0;
  } catch (error) {
    complain(`The key was not changed. ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

const UNDER_WAY =
  'A change is under way: both keys sign. Start all gateways anew, give out the new verifier key, then use --finish.';

/** Why the old key cannot go yet; null: it can. */
async function notYet(config: Config, keys: readonly string[]): Promise<string | null> {
  if (keys.length < 2) return 'There is one key only: nothing to finish.';
  const note = await openStore(config.ledger.store, systemClock).blobs.read(CHECKPOINT);
  const newest = readNoteKey(createNoteSigner(keys[0] ?? '').verifierKey);
  if (note !== null && newest !== null && typeof openCheckpoint(note.toString('utf8'), [newest]) !== 'string')
    return null;
  return 'Nothing was signed with the new key yet. Start all gateways anew first: they read their key then.';
}

/** Told before it is done. The event is sealed by gateways that have the old key still. */
async function change(config: Config, before: readonly string[], after: readonly string[], finish: boolean) {
  const publicOf = (keys: readonly string[]): readonly string[] => createNoteSigner(keys.join('\n')).verifierKeys;
  const [now, was] = [publicOf(after), publicOf(before)];
  const retired = was.filter((key) => !now.includes(key));
  await withJournal(config, ({ journal }) =>
    journal.append({
      kind: 'ledger.key.changed',
      actor: null,
      actorName: `${userInfo().username} (command line)`,
      facts: { keys: [...now], retired },
    }),
  );
  if (config.ledger.key === null) {
    await replaceKeys(config.data, after);
    print(green(finish ? 'The old key is gone.' : 'Both keys sign from the next start of each gateway.'));
  } else {
    // It is kept elsewhere: the private half alone on stdout, so that it can be led there.
    print(after.join('\n'));
    complain('Put these lines in the place of the key that ledger.key names.');
  }
  complain(`${now.join('\n')}\n`);
  complain(
    finish
      ? 'Start all gateways anew.'
      : 'Start all gateways anew, give the new verifier key (the first) out, then use --finish.',
  );
}
