// `sallyport policy replay`: what a new set of policies would have said to the requests that were recorded, and whom it would
// hit. Exit code 0: no act would newly be refused or allowed; 1: some would; 2: cannot say.
import { openingsBetween } from '../audit/index/openings.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import type { Answer } from '../policy/cases.ts';
import { type Change, createReplay, type Replay } from '../policy/replay.ts';
import { plain, readSpan, type SpanOptions } from './recordedSpan.ts';
import { bold, dim, green, print, red } from './report.ts';
import { type PolicyFolders, rulesOr } from './rulesFor.ts';

export type ReplayOptions = SpanOptions & PolicyFolders & { readonly json?: boolean };

const SAID: Readonly<Record<Answer, string>> = {
  ALLOW: 'allowed',
  DENY: 'refused',
  STEP_UP: 'asks for a passkey',
  GRANT: 'asks for access that somebody else approves',
  APPROVE: 'asks for other people’s signatures',
};
const SHOWN = 40;
const NAMES_SHOWN = 4;

/** @returns the exit code */
export async function policyReplay(options: ReplayOptions, clock: Clock = systemClock): Promise<0 | 1 | 2> {
  const rules = rulesOr(options);
  if (rules === undefined) return 2;
  const words = (done: number) => `${done} recorded requests judged`;
  const found = await readSpan(options, clock.now(), words, async (span, progress) => {
    const replay = createReplay(rules.policy);
    let read = 0;
    for await (const line of openingsBetween(span, span.from, span.to)) {
      replay.add(line);
      read += 1;
      progress.at(read);
    }
    return replay.result();
  });
  if (found === null) return 2;
  const { span, value: result } = found;
  const acts = result.changes.some(({ change, risk }) => risk !== 'read' && change !== 'another way');
  if (options.json)
    print(JSON.stringify({ from: span.from, to: span.to, policySet: rules.policy.digest, ...result, ok: !acts }));
  else tell(result, span.since);
  return acts ? 1 : 0;
}

function tell(result: Replay, since: string): void {
  const { requests, judged, withoutFacts, notDecided, same, changes } = result;
  if (requests === 0) print(`Nothing was recorded in the last ${since}.`);
  else if (changes.length === 0)
    print(
      green(`No change: all ${judged} requests of the last ${since} that could be judged would be answered as before.`),
    );
  else {
    print(bold(`${judged - same} of ${judged} requests of the last ${since} would be answered otherwise`));
    for (const change of changes.slice(0, SHOWN)) print(['', ...wordsOf(change)].join('\n'));
    if (changes.length > SHOWN) print(dim(`and ${changes.length - SHOWN} more kinds of change: --json tells all`));
  }
  if (withoutFacts > 0)
    print(
      dim(
        `${withoutFacts} could not be judged: refused before policy was asked, or recorded before its facts were kept.`,
      ),
    );
  if (notDecided > 0) print(dim(`${notDecided} could not be decided: their action is not in the vocabulary any more.`));
  if (judged > 0) print(dim('A grant or signature that the policy of that time did not ask for counts as not there.'));
}

function wordsOf({
  change,
  console,
  action,
  risk,
  was,
  now,
  times,
  people,
  morePeople,
  whys,
  exchange,
}: Change): string[] {
  const colour = change === 'newly allowed' ? green : change === 'newly refused' ? red : bold;
  const names = people.slice(0, NAMES_SHOWN).map(({ name }) => plain(name, 40));
  const more = people.length + morePeople - names.length;
  return [
    `${colour(change)}  ${action} (${risk}) at ${plain(console, 40)}, ${times} ${times === 1 ? 'time' : 'times'}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    `  was: ${SAID[was]}; now: ${SAID[now]}`,
    ...whys.slice(0, 3).map((why) => `  ${why}`),
    dim(`  newest: ${plain(exchange, 60)}`),
  ];
}
