// `sallyport retention holds`, `hold` and `release`: what keeps recordings whatever the rules say. The command line counts as one
// person: a legal hold that it has agreed to end stays until somebody agrees in the portal, too.
// Exit codes: 0 done; 1 the answer is no; 2 could not ask.
import { userInfo } from 'node:os';
import { type LegalHoldMatch, matchWords } from '../audit/retention/legalHold.ts';
import { createRetentionStore, type LegalHolds } from '../audit/retention/retention.redis.ts';
import { configOr } from './faults.ts';
import { bold, complain, print, red, table } from './report.ts';
import { withJournal } from './withJournal.ts';

export type LegalHoldOptions = { config: string; json?: boolean };
export type SetOptions = LegalHoldOptions & {
  reason: string;
  session?: string;
  person?: string;
  console?: string;
  all?: boolean;
};

/** @returns the exit code */
export const legalHolds = (options: LegalHoldOptions) =>
  asking(options, async (holds) => {
    const list = await holds.list();
    if (options.json) print(JSON.stringify(list));
    else if (list.length === 0) print('There are no legal holds.');
    else
      print(
        table(
          list.map(({ id, match, reason, by, since, release }) => [
            ...[
              id,
              plain(matchWords(match)),
              plain(by.name),
              new Date(since).toISOString().slice(0, 10),
              plain(reason),
            ],
            release === null ? '' : `${plain(release.by.name)} agrees to end it`,
          ]),
        ),
      );
    return 0;
  });

export const setLegalHold = (options: SetOptions) =>
  asking(options, async (holds, command) => {
    const outcome = await holds.set({ command }, matchOf(options), options.reason);
    if (typeof outcome === 'string') return no('There are too many legal holds: end some first.');
    print(options.json ? JSON.stringify(outcome) : `${outcome.id} keeps ${matchWords(matchOf(options))}.`);
    return 0;
  });

export const releaseLegalHold = (id: string, options: LegalHoldOptions & { reason: string }) =>
  asking(options, async (holds, command) => {
    const outcome = await holds.release({ command }, id, options.reason);
    if (outcome === 'unknown') return no('There is no such legal hold.');
    if (outcome === 'twice') return no('The command line has agreed already. Somebody must agree in the portal, too.');
    const said = outcome === 'released' ? 'It has ended.' : 'It stays until somebody agrees in the portal, too.';
    print(options.json ? JSON.stringify({ ended: outcome === 'released' }) : said);
    return 0;
  });

async function asking(
  { config: file }: LegalHoldOptions,
  work: (holds: LegalHolds, command: string) => Promise<0 | 1>,
): Promise<0 | 1 | 2> {
  try {
    const config = configOr(file);
    if (!config) return 2;
    return await withJournal(config, (opened) => work(createRetentionStore(opened).legalHolds, userInfo().username));
  } catch (error) {
    complain(`${red(bold('Nothing was changed.'))} ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

/** @throws Error when it does not name exactly one thing */
function matchOf({ session, person, console, all }: SetOptions): LegalHoldMatch {
  const given: LegalHoldMatch[] = [
    ...(session === undefined ? [] : [{ kind: 'session', id: session } as const]),
    ...(person === undefined ? [] : [{ kind: 'person', id: person } as const]),
    ...(console === undefined ? [] : [{ kind: 'console', id: console } as const]),
    ...(all === true ? [{ kind: 'all' } as const] : []),
  ];
  const [match] = given;
  if (match === undefined || given.length > 1) throw new Error('Give one of --session, --person, --console or --all.');
  return match;
}

const no = (what: string): 1 => {
  complain(what);
  return 1;
};
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, 200);
