// Legal holds in sentences. Pure. Not the holds of single requests: those are in holdWords.ts.
import type { LegalHoldView } from '../../../src/portal/contract/evidence.ts';
import type { SessionRow } from '../../../src/portal/contract/sessions.ts';
import { personOf } from './words.ts';

type Match = LegalHoldView['match'];
type Consoles = readonly { readonly id: string; readonly name: string }[];

/** What is kept: "All recordings", "Recordings of ada", "Recordings on Acme MDM", "One session". Names where they are known. */
export const keptTitle = (
  match: Match,
  consoles: Consoles,
  people: ReadonlyMap<string, string> = new Map(),
): string => {
  switch (match.kind) {
    case 'all':
      return 'All recordings';
    case 'session':
      return 'One session';
    case 'person':
      return `Recordings of ${personOf(match.id, people)}`;
    case 'console':
      return `Recordings on ${consoles.find(({ id }) => id === match.id)?.name ?? match.id}`;
  }
};

/** Whether a legal hold keeps the recording of this session. */
export const keepsSession = (
  { match }: LegalHoldView,
  session: Pick<SessionRow, 'id' | 'person' | 'consoles'>,
): boolean => {
  switch (match.kind) {
    case 'all':
      return true;
    case 'session':
      return match.id === session.id;
    case 'person':
      return match.id === session.person.id;
    case 'console':
      return session.consoles.includes(match.id);
  }
};
