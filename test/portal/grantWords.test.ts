import { describe, expect, it } from 'vitest';
import {
  grantOutcome,
  narrowedSentence,
  oddities,
  startSentence,
  stepsSentence,
} from '../../portal/src/lib/grantWords.ts';
import { approval, grant, person, step } from './samples.ts';

const devices = (n: number) => Array.from({ length: n }, (_, i) => ({ kind: 'device', id: `d-${i}` }));

describe('what became of a request for access', () => {
  const grace = person('grace');
  it('names who decided, the terms, and why it ended', () => {
    expect(grantOutcome(grant({ state: 'active', decidedBy: grace, minutes: 15, uses: 1 }))).toBe(
      'Approved by grace for 15 minutes, 1 use.',
    );
    expect(grantOutcome(grant({ state: 'denied', decidedBy: grace, denyReason: 'Ask Linus first.' }))).toBe(
      'Denied by grace: Ask Linus first.',
    );
    expect(grantOutcome(grant({ state: 'ended', decidedBy: grace, endedBecause: 'uses' }))).toBe(
      'Approved by grace. Ended because every use was spent.',
    );
    expect(grantOutcome(grant({ state: 'ended', decidedBy: grace, endedBecause: 'lockdown' }))).toBe(
      'Approved by grace. Ended because such acts were frozen.',
    );
  });
  it('names everybody who approved, in their order', () => {
    const steps = [step(1, ['a'], approval('olga')), step(1, ['b'], approval('grace'))];
    expect(grantOutcome(grant({ state: 'active', steps, decidedBy: grace, minutes: 30, uses: 1 }))).toMatch(
      /^Approved by olga and grace for /,
    );
  });
  it('says of an automatic approval that nobody was asked', () => {
    const automatic = grant({ state: 'active', automatic: true, steps: [], minutes: 30, uses: 1 });
    expect(grantOutcome(automatic)).toBe('Approved by a rule, nobody was asked. 30 minutes, 1 use.');
  });
});

describe('what was narrowed', () => {
  it('is told with what was asked for, what is left, and by whom', () => {
    const narrowed = grant({
      mine: true,
      state: 'active',
      askedMinutes: 60,
      minutes: 30,
      askedTargets: devices(5),
      targets: devices(3),
      uses: 1,
      steps: [step(2, ['a'], approval('olga', 60, 1, 5), approval('grace', 30, 1, 3))],
    });
    expect(narrowedSentence(narrowed)).toBe('You asked for 1 hour and 5 devices; grace left 30 minutes and 3 devices.');
    expect(narrowedSentence({ ...narrowed, mine: false })).toMatch(/^ada asked for /);
  });
  it('is nothing when nothing was', () => {
    expect(narrowedSentence(grant({ state: 'active', minutes: 30, uses: 1 }))).toBeNull();
    expect(narrowedSentence(grant())).toBeNull();
  });
});

describe('who has approved and who is next', () => {
  it('counts over all steps', () => {
    const steps = [step(1, ['approvers'], approval('grace')), step(1, ['leads', 'owners'])];
    expect(stepsSentence(grant({ steps }))).toBe('1 of 2 has approved: grace. Next: 1 of leads or owners.');
    expect(stepsSentence(grant({ steps: [step(3, ['approvers'], approval('a'), approval('b'))] }))).toBe(
      '2 of 3 have approved: a and b. Next: 1 more of approvers.',
    );
  });
  it('says whom it waits for before anybody answered', () => {
    expect(stepsSentence(grant())).toBe('Waits for 1 of mdm-approvers.');
    expect(stepsSentence(grant({ steps: [step(1, ['a']), step(1, ['b'])] }))).toBe(
      'Waits for 1 of a. 2 people in all.',
    );
  });
});

describe('when the minutes run', () => {
  const noon = Date.parse('2026-11-23T12:00:00Z');
  it('is said only when it is not simply from the approval on', () => {
    expect(startSentence(grant(), noon, 'UTC')).toBeNull();
    expect(startSentence(grant({ startAt: noon - 1 }), noon, 'UTC')).toBeNull();
    expect(startSentence(grant({ startAt: noon + 3_600_000 }), noon, 'UTC')).toBe('It starts at 13:00.');
    expect(startSentence(grant({ clock: 'first.use', startAt: noon + 3_600_000 }), noon, 'UTC')).toBe(
      'The time runs from the first use, not before 13:00.',
    );
    expect(startSentence(grant({ clock: 'first.use', firstUsedAt: noon }), noon, 'UTC')).toBeNull();
  });
});

describe('what an approver should notice', () => {
  it('is nothing about the usual', () => {
    expect(oddities(grant())).toEqual([]);
  });
  it('starts with what the server knows, then what the request shows, each once', () => {
    const many = grant({
      targets: devices(25),
      ticket: '',
      askedMinutes: 240,
      askedUses: 30,
      notes: ['Her first wipe in 90 days.', 'No ticket was given.'],
    });
    expect(oddities(many)).toEqual([
      'Her first wipe in 90 days.',
      'No ticket was given.',
      '25 devices at once.',
      '4 hours is long for something this serious.',
      '30 uses for 25 targets.',
    ]);
  });
  it('names a wish for everything as that', () => {
    expect(oddities(grant({ targets: [{ kind: 'any', id: '*' }], askedUses: 20 }))).toEqual([
      'It covers anything on this console.',
    ]);
    expect(oddities(grant({ targets: [{ kind: 'device', id: '*' }] }))).toEqual(['It covers every device.']);
  });
  it('does not complain of what another approver has narrowed already', () => {
    expect(oddities(grant({ askedMinutes: 240, minutes: 30 }))).toEqual([]);
  });
});
