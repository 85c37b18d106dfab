import { describe, expect, it } from 'vitest';
import { actionsOf, type Draft, draftFrom, OTHER, wishFrom } from '../../portal/src/lib/askForm.ts';
import type { AskRule } from '../../src/portal/contract/grants.ts';
import { grant } from './samples.ts';

const OFFERED = [
  { action: 'device.wipe', label: 'Wipe devices' },
  { action: 'device.lock', label: 'Lock devices' },
];
const RULE: AskRule = {
  rule: 'destructive',
  reason: null,
  ticket: { pattern: 'MDM-\\d+', say: 'A ticket like MDM-4711.' },
  longest: 60,
  mostUses: 5,
  whom: '1 of mdm-approvers',
  automatic: false,
};
const draft = (more: Partial<Draft> = {}): Draft => ({
  ...draftFrom('acme', OFFERED, null),
  devices: 'd-1, d-2',
  reason: 'Lost in a taxi',
  ticket: 'MDM-1',
  ...more,
});
const NOW = Date.parse('2026-11-23T12:00:00Z');

describe('the form that asks for access', () => {
  it('becomes the wish that the API takes', () => {
    const { wish, faults } = wishFrom(draft({ actions: ['device.wipe', 'device.lock'], uses: 2 }), RULE, NOW);
    expect(faults).toEqual({});
    expect(wish).toEqual({
      console: 'acme',
      actions: ['device.wipe', 'device.lock'],
      targets: [
        { kind: 'device', id: 'd-1' },
        { kind: 'device', id: 'd-2' },
      ],
      reason: 'Lost in a taxi',
      ticket: 'MDM-1',
      minutes: 30,
      uses: 2,
      clock: 'approval',
      startAt: null,
    });
  });
  it('asks for everything only when that is chosen, whatever was typed before', () => {
    expect(wishFrom(draft({ anything: true }), RULE, NOW).wish?.targets).toEqual([{ kind: 'any', id: '*' }]);
  });
  it('says what is missing, in our words', () => {
    const { wish, faults } = wishFrom(draft({ devices: '', reason: '', actions: [] }), null, NOW);
    expect(wish).toBeNull();
    expect(faults).toEqual({
      actions: 'Choose at least one. Another action is written like device.wipe.',
      targets: 'Name at least one device.',
      reason: 'Say in a few words why.',
    });
  });
  it("uses the rule's own words, and its limits", () => {
    const { wish, faults } = wishFrom(draft({ ticket: 'soon', minutes: 120, uses: 9 }), RULE, NOW);
    expect(wish).toBeNull();
    expect(faults).toEqual({
      ticket: 'A ticket like MDM-4711.',
      minutes: 'At most 1 hour for this.',
      uses: 'At most 5 uses for this.',
    });
  });
  it('leaves a pattern that this browser cannot read to the server', () => {
    const rule = { ...RULE, ticket: { pattern: '(?<n', say: 'no' } };
    expect(wishFrom(draft(), rule, NOW).faults).toEqual({});
  });
  it('takes a start that is still to come, at most 30 days ahead', () => {
    const at = (startAt: string) => wishFrom(draft({ start: 'later', startAt }), RULE, NOW);
    expect(at('2026-11-24T09:00').wish?.startAt).toBe(new Date('2026-11-24T09:00').getTime());
    expect(at('').faults).toEqual({ startAt: 'Choose a day and a time.' });
    expect(at('2026-11-01T09:00').faults).toEqual({ startAt: 'Choose a moment that is still to come.' });
    expect(at('2027-02-01T09:00').faults).toEqual({ startAt: 'At most 30 days ahead.' });
    expect(wishFrom(draft({ start: 'first.use' }), RULE, NOW).wish?.clock).toBe('first.use');
  });
});

describe('asking again', () => {
  it('fills in the same, also an action that is not offered any more', () => {
    const from = grant({
      actions: [
        { action: 'device.wipe', label: 'Wipe devices' },
        { action: 'app.upload', label: 'Upload apps' },
      ],
      askedTargets: [
        { kind: 'device', id: 'd-1', name: 'iPad of Marie' },
        { kind: 'user', id: 'u-7' },
      ],
      targets: [],
    });
    const again = draftFrom('acme', OFFERED, from);
    expect(again.actions).toEqual(['device.wipe', OTHER]);
    expect(actionsOf(again)).toEqual(['device.wipe', 'app.upload']);
    expect(again.devices).toBe('d-1, user:u-7');
    expect(again.anything).toBe(false);
  });
  it('starts with the first act that is offered, or with a name to write', () => {
    expect(draftFrom('acme', OFFERED, null).actions).toEqual(['device.wipe']);
    expect(draftFrom('acme', [], null).actions).toEqual([OTHER]);
    expect(actionsOf(draftFrom('acme', [], null))).toEqual([]);
  });
});
