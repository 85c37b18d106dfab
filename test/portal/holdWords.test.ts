import { describe, expect, it } from 'vitest';
import {
  approvalsSentence,
  holdNotes,
  holdOutcome,
  holdWaiting,
  readySentence,
} from '../../portal/src/lib/holdWords.ts';
import { hold, person } from './samples.ts';

const signed = (...names: string[]) => names.map((name) => ({ by: person(name), at: 0 }));

describe('an exact request that waits for signatures', () => {
  it('says how many are missing, and of whom', () => {
    expect(holdWaiting(hold())).toBe('Waiting for 2 approvals: mdm-approvers');
    expect(holdWaiting(hold({ approvals: signed('grace') }))).toBe('Waiting for 1 more approval: mdm-approvers');
    expect(approvalsSentence(hold())).toBe('2 of mdm-approvers must sign.');
    expect(approvalsSentence(hold({ approvals: signed('grace') }))).toBe('1 of 2 has signed: grace.');
  });
  it('waits for its own person when everybody else has signed', () => {
    expect(holdWaiting(hold({ signedAt: null, approvals: signed('grace', 'olga') }))).toBe(
      'Waiting for your signature',
    );
    expect(holdWaiting(hold({ approvals: signed('grace', 'olga') }))).toBeNull();
  });
  it('names those who approved when it is ready', () => {
    const ready = hold({ state: 'ready', approvals: signed('grace', 'olga') });
    expect(readySentence(ready)).toBe('Approved by grace and olga');
    expect(holdOutcome(ready)).toBe('Approved by grace and olga. It goes on in Acme MDM.');
    expect(readySentence(hold({ needs: { signed: true, approvals: 0 } }))).toBe('Signed');
  });
  it('says who turned it down, and why', () => {
    const denied = hold({ state: 'denied', denied: { by: person('grace'), at: 0, reason: 'Not now' } });
    expect(holdOutcome(denied)).toBe('Turned down by grace: Not now');
  });
  it('tells the approver the true number of devices when a group hides it', () => {
    expect(holdNotes(hold({ targets: [{ kind: 'group', id: 'g-1' }], devices: 312 }))).toEqual([
      'It hits 312 devices in all.',
    ]);
    expect(holdNotes(hold())).toEqual([]);
  });
});
