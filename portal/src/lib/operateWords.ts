// What an operator should mend, in sentences: what, and what to do. Pure.
import type { NoticeReport, PolicyView } from '../../../src/portal/contract/operate.ts';
import { listed, plural } from './plural.ts';

export type Wrong = { readonly what: string; readonly next: string };

/** Nothing known yet is nothing wrong; the caller waits for both before it says that all is well. */
export const wrongs = (policy: PolicyView | undefined, notices: NoticeReport | undefined): Wrong[] => {
  const found: Wrong[] = [];
  const [fault] = policy?.faults ?? [];
  if (policy !== undefined && fault !== undefined)
    found.push({
      what: `The files on disk are not in force: ${plural(policy.faults.length, 'fault')}`,
      next: `${fault.file}, line ${fault.line}: ${fault.what}`,
    });
  const observing = policy?.consoles.filter(({ mode }) => mode === 'observe').map(({ name }) => name) ?? [];
  if (observing.length > 0)
    found.push({
      what: `${listed(observing)} only ${observing.length === 1 ? 'observes' : 'observe'}: nothing is refused there`,
      next: 'Look at what would have been refused, then enforce.',
    });
  if (notices !== undefined && notices.dead.length > 0)
    found.push({
      what: `${plural(notices.dead.length, 'notice')} did not arrive`,
      next: 'Look at the error of each, mend the channel, then try again.',
    });
  return found;
};
