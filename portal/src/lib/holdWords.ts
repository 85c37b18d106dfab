// Exact requests that wait for signatures, in sentences. Pure.
import type { HoldView } from '../../../src/portal/contract/holds.ts';
import { listed, plural } from './plural.ts';

/** How many other people must still sign. */
export const approvalsMissing = (hold: HoldView): number => Math.max(0, hold.needs.approvals - hold.approvals.length);
export const signatureMissing = (hold: HoldView): boolean => hold.needs.signed && hold.signedAt === null;

const groupsOf = (whom: string): string => whom.replace(/^\d+ of /, '');
const names = (hold: HoldView): string => listed(hold.approvals.map(({ by }) => by.name));

/** "Waiting for 1 more approval: mdm-approvers", or of the own signature; null: nothing is missing. */
export const holdWaiting = (hold: HoldView): string | null => {
  const missing = approvalsMissing(hold);
  const groups = groupsOf(hold.whom);
  if (missing > 0)
    return `Waiting for ${missing} ${hold.approvals.length > 0 ? 'more ' : ''}${missing === 1 ? 'approval' : 'approvals'}${groups === '' ? '' : `: ${groups}`}`;
  return signatureMissing(hold) ? 'Waiting for your signature' : null;
};

/** "1 of 2 has signed: grace." '' when nobody has to. */
export const approvalsSentence = (hold: HoldView): string => {
  const { approvals } = hold.needs;
  if (approvals === 0) return '';
  const have = hold.approvals.length;
  if (have === 0)
    return `${hold.whom === '' ? plural(approvals, 'other person', 'other people') : hold.whom} must sign.`;
  return `${have} of ${approvals} ${have === 1 ? 'has' : 'have'} signed: ${names(hold)}.`;
};

/** "Approved by grace", or "Signed" when only its own person had to. */
export const readySentence = (hold: HoldView): string =>
  hold.approvals.length > 0 ? `Approved by ${names(hold)}` : 'Signed';

/** What became of it, for lists. */
export const holdOutcome = (hold: HoldView): string => {
  switch (hold.state) {
    case 'waiting':
      return `${holdWaiting(hold) ?? 'Waiting'}.`;
    case 'ready':
      return `${readySentence(hold)}. It goes on in ${hold.console.name}.`;
    case 'used':
      return `${readySentence(hold)}, and sent once.`;
    case 'cancelled':
      return 'Cancelled. Nothing was sent.';
    case 'denied':
      return `Turned down by ${hold.denied?.by.name ?? 'an approver'}: ${hold.denied?.reason ?? 'no reason given'}`;
    case 'expired':
      return 'Too much time passed. Nothing was sent.';
  }
};

/** The server's notes, then what the request itself shows. */
export const holdNotes = (hold: HoldView): string[] => {
  const found = [...hold.notes];
  const named = hold.targets.filter(({ kind }) => kind === 'device').length;
  if (hold.devices > Math.max(1, named)) found.push(`It hits ${plural(hold.devices, 'device')} in all.`);
  else if (hold.devices >= 5) found.push(`${plural(hold.devices, 'device')} at once.`);
  if (hold.asked !== null && hold.asked.ticket === '') found.push('No ticket was given.');
  return [...new Set(found)];
};
