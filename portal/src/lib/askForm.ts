// What somebody fills in to ask for access -> the wish that the contract takes, or what is wrong, member by member. Pure.
// The server checks everything again; here it only saves a round trip.
import { AskGrant, type AskRule, type GrantView } from '../../../src/portal/contract/grants.ts';
import { plural } from './plural.ts';
import { ANYTHING, isAnything, parseTargets, targetsAsText } from './targets.ts';
import { minutesInWords } from './time.ts';

export const OTHER = 'other';
export type Start = 'approval' | 'first.use' | 'later';
export type Draft = {
  console: string;
  /** names of actions, or OTHER for the one in `other` */
  actions: readonly string[];
  other: string;
  anything: boolean;
  devices: string;
  reason: string;
  ticket: string;
  minutes: number;
  uses: number;
  start: Start;
  /** as a `datetime-local` field gives it, in the reader's zone */
  startAt: string;
};
export type Faults = { readonly [member: string]: string };
export type Offered = readonly { readonly action: string; readonly label: string }[];

/** An empty form, or the same again as `from`. */
export const draftFrom = (console: string, offered: Offered, from: GrantView | null): Draft => {
  const known = (action: string) => offered.some((each) => each.action === action);
  const asked = from?.actions.map(({ action }) => action) ?? [];
  const foreign = asked.find((action) => !known(action)) ?? '';
  const chosen = asked.filter(known);
  if (foreign !== '') chosen.push(OTHER);
  const [first] = offered;
  return {
    console,
    actions: chosen.length > 0 ? chosen : [first?.action ?? OTHER],
    other: foreign,
    anything: from !== null && isAnything(from.askedTargets),
    devices: from === null || isAnything(from.askedTargets) ? '' : targetsAsText(from.askedTargets),
    reason: from?.reason ?? '',
    ticket: from?.ticket ?? '',
    minutes: from?.askedMinutes ?? 30,
    uses: from?.askedUses ?? 1,
    start: from?.clock === 'first.use' ? 'first.use' : 'approval',
    startAt: '',
  };
};

/** The names that the draft stands for; OTHER counts once something is written. */
export const actionsOf = (draft: Draft): string[] => [
  ...new Set(
    draft.actions.map((action) => (action === OTHER ? draft.other.trim() : action)).filter((name) => name !== ''),
  ),
];

const SENTENCES: Faults = {
  console: 'Choose a console.',
  actions: 'Choose at least one. Another action is written like device.wipe.',
  targets: 'Name at least one device.',
  reason: 'Say in a few words why.',
  ticket: 'Keep the ticket under 60 characters.',
  minutes: 'Choose how long.',
  uses: 'Between 1 and 100.',
  startAt: 'Choose a day and a time.',
};

/** False only for certain: a pattern that this browser cannot read is left to the server. */
const fits = (pattern: string, text: string): boolean => {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(text);
  } catch {
    return true;
  }
};

const MOST_AHEAD = 30 * 24 * 60 * 60 * 1000;

/** `now`: ms. `rule`: null while it is not known. */
export const wishFrom = (
  draft: Draft,
  rule: AskRule | null,
  now: number,
): { wish: AskGrant | null; faults: Faults } => {
  const { targets, faults: targetFaults } = parseTargets(draft.devices);
  const startAt = draft.start === 'later' ? new Date(draft.startAt).getTime() : null;
  const parsed = AskGrant.safeParse({
    console: draft.console,
    actions: actionsOf(draft),
    targets: draft.anything ? [ANYTHING] : targets,
    reason: draft.reason,
    ticket: draft.ticket,
    minutes: draft.minutes,
    uses: draft.uses,
    clock: draft.start === 'first.use' ? 'first.use' : 'approval',
    startAt,
  });
  const faults: Record<string, string> = {};
  for (const issue of parsed.error?.issues ?? []) {
    const member = String(issue.path[0]);
    faults[member] ??= SENTENCES[member] ?? issue.message;
  }
  if (!draft.anything && targetFaults[0] !== undefined) faults.targets = targetFaults[0];
  if (startAt !== null && startAt <= now) faults.startAt = 'Choose a moment that is still to come.';
  if (startAt !== null && startAt > now + MOST_AHEAD) faults.startAt = 'At most 30 days ahead.';
  if (rule !== null) {
    if (rule.reason !== null && !fits(rule.reason.pattern, draft.reason.trim())) faults.reason ??= rule.reason.say;
    if (rule.ticket !== null && !fits(rule.ticket.pattern, draft.ticket.trim())) faults.ticket ??= rule.ticket.say;
    if (draft.minutes > rule.longest) faults.minutes ??= `At most ${minutesInWords(rule.longest)} for this.`;
    if (draft.uses > rule.mostUses) faults.uses ??= `At most ${plural(rule.mostUses, 'use')} for this.`;
  }
  return { wish: Object.keys(faults).length === 0 ? (parsed.data ?? null) : null, faults };
};
