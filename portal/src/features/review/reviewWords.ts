// One row of the access review in words. Pure.
import type { ReviewRow } from '../../../../src/portal/contract/review.ts';
import { listed, plural } from '../../lib/plural.ts';
import { minutesInWords } from '../../lib/time.ts';

/** "Approved by grace and olga", "Approved by a rule", "So far olga"; '' when nobody said yes. */
export const approvedBy = (row: ReviewRow): string => {
  if (row.automatic) return 'Approved by a rule';
  const people = listed(row.approvedBy.map(({ name }) => name));
  if (people === '') return '';
  return row.activeFrom === null ? `So far ${people}` : `Approved by ${people}`;
};

/** "30 minutes, used 1 of 2 times"; '' when it was never given. */
export const usedSentence = (row: ReviewRow): string => {
  if (row.activeFrom === null || row.minutes === null || row.uses === null) return '';
  return `${minutesInWords(row.minutes)}, used ${row.used} of ${plural(row.uses, 'time')}`;
};

const ENDS: { readonly [because: string]: string } = {
  time: 'time was over',
  uses: 'every use was spent',
  holder: 'ended by its holder',
  revoked: 'ended by an approver',
  session: 'the session ended',
  lockdown: 'such acts were frozen',
};
export const endWord = (because: string | null): string => (because === null ? '' : (ENDS[because] ?? because));
