// What became of a request for access, in sentences. Pure: the reader's name for the holder comes with the grant.
import type { GrantView } from '../../../src/portal/contract/grants.ts';
import { listed, plural } from './plural.ts';
import { countOf } from './targets.ts';
import { clockTime, minutesInWords } from './time.ts';

const endedSentence = (grant: GrantView): string => {
  switch (grant.endedBecause) {
    case 'uses':
      return 'Ended because every use was spent.';
    case 'holder':
      return `Ended by ${grant.mine ? 'you' : grant.holder.name} early.`;
    case 'revoked':
      return `Ended by ${grant.endedBy?.name ?? 'an approver'}.`;
    case 'session':
      return 'Ended with the session that asked for it.';
    case 'lockdown':
      return 'Ended because such acts were frozen.';
    default:
      return 'Ended because the time was over.';
  }
};

const byWhom = (grant: GrantView): string => {
  if (grant.automatic) return 'Approved by a rule, nobody was asked';
  const people = [...new Set(grant.steps.flatMap((step) => step.approvals.map(({ by }) => by.name)))];
  return `Approved by ${people.length > 0 ? listed(people) : (grant.decidedBy?.name ?? 'somebody')}`;
};

/** "30 minutes, 1 use" of what is granted so far, or asked for. */
export const termsOf = (grant: GrantView): string =>
  `${minutesInWords(grant.minutes ?? grant.askedMinutes)}, ${plural(grant.uses ?? grant.askedUses, 'use')}`;

/** What became of a request, in one sentence: "Approved by grace for 30 minutes, 1 use." */
export const grantOutcome = (grant: GrantView): string => {
  switch (grant.state) {
    case 'asked':
      return `Asked for ${minutesInWords(grant.askedMinutes)}, ${plural(grant.askedUses, 'use')}.`;
    case 'active':
      return grant.automatic ? `${byWhom(grant)}. ${termsOf(grant)}.` : `${byWhom(grant)} for ${termsOf(grant)}.`;
    case 'denied':
      return `Denied by ${grant.decidedBy?.name ?? 'somebody'}: ${grant.denyReason ?? 'no reason given'}`;
    case 'withdrawn':
      return 'Withdrawn before it was decided.';
    case 'lapsed':
      return 'Nobody answered in time.';
    case 'ended':
      return `${byWhom(grant)}. ${endedSentence(grant)}`;
  }
};

/** "You asked for 60 minutes and 5 devices; grace left 30 minutes and 3 devices." null: nothing was narrowed. */
export const narrowedSentence = (grant: GrantView): string | null => {
  const asked: string[] = [];
  const left: string[] = [];
  if (grant.minutes !== null && grant.minutes < grant.askedMinutes) {
    asked.push(minutesInWords(grant.askedMinutes));
    left.push(minutesInWords(grant.minutes));
  }
  if (grant.uses !== null && grant.uses < grant.askedUses) {
    asked.push(plural(grant.askedUses, 'use'));
    left.push(plural(grant.uses, 'use'));
  }
  if (grant.targets.length < grant.askedTargets.length) {
    asked.push(countOf(grant.askedTargets));
    left.push(countOf(grant.targets));
  }
  if (asked.length === 0) return null;
  let [minutes, uses, targets] = [grant.askedMinutes, grant.askedUses, grant.askedTargets.length];
  const narrowers = new Set<string>();
  for (const approval of grant.steps.flatMap((step) => step.approvals)) {
    if (approval.minutes < minutes || approval.uses < uses || approval.targets < targets)
      narrowers.add(approval.by.name);
    ({ minutes, uses, targets } = approval);
  }
  const who = grant.mine ? 'You' : grant.holder.name;
  const by = narrowers.size > 0 ? listed([...narrowers]) : (grant.decidedBy?.name ?? 'the approver');
  return `${who} asked for ${listed(asked)}; ${by} left ${listed(left)}.`;
};

type Step = GrantView['steps'][number];
const whomOf = (step: Step): string => {
  const missing = step.count - step.approvals.length;
  return `${missing} ${step.approvals.length > 0 ? 'more ' : ''}of ${listed(step.groups, 'or')}`;
};

/** "1 of 2 has approved: grace. Next: 1 of mdm-leads." Without any approval and one step: "Waits for 1 of mdm-approvers." */
export const stepsSentence = (grant: GrantView): string => {
  const needed = grant.steps.reduce((sum, step) => sum + step.count, 0);
  const people = grant.steps.flatMap((step) => step.approvals.map(({ by }) => by.name));
  const next = grant.steps.find((step) => step.approvals.length < step.count);
  const whom = next === undefined ? '' : whomOf(next);
  if (people.length === 0) {
    const first = whom === '' ? 'Waits for an approver.' : `Waits for ${whom}.`;
    return needed > (next?.count ?? 0) ? `${first} ${needed} people in all.` : first;
  }
  const done = `${people.length} of ${needed} ${people.length === 1 ? 'has' : 'have'} approved: ${listed(people)}.`;
  return next === undefined ? done : `${done} Next: ${whom}.`;
};

/** When its minutes run, when that is not simply from the approval on. null: from the approval on. */
export const startSentence = (grant: GrantView, now: number, zone?: string): string | null => {
  const later = grant.startAt !== null && grant.startAt > now ? clockTime(grant.startAt, now, zone) : null;
  if (grant.clock === 'first.use' && grant.firstUsedAt === null)
    return `The time runs from the first use${later === null ? '' : `, not before ${later}`}.`;
  return later === null ? null : `It starts at ${later}.`;
};

/** What an approver should notice before anything else: the server's notes, then what the request itself shows. */
export const oddities = (grant: GrantView): string[] => {
  const found = [...grant.notes];
  const devices = grant.targets.filter((target) => target.kind === 'device').length;
  const grave = grant.risk === 'destructive' || grant.risk === 'high';
  const all = grant.targets.some(({ id }) => id === '*');
  if (all) found.push(`It covers ${countOf(grant.targets)}.`);
  if (devices >= 5) found.push(`${plural(devices, 'device')} at once.`);
  const minutes = grant.minutes ?? grant.askedMinutes;
  const uses = grant.uses ?? grant.askedUses;
  if (grave && minutes > 60) found.push(`${minutesInWords(minutes)} is long for something this serious.`);
  if (!all && uses > Math.max(1, grant.targets.length))
    found.push(`${plural(uses, 'use')} for ${plural(grant.targets.length, 'target')}.`);
  if (grant.ticket === '') found.push('No ticket was given.');
  return [...new Set(found)];
};
