// What a batch costs besides what its parts name.
import { expect, test } from 'vitest';
import { chargesOf, hitsOf } from '../../src/access/budgets/weigh.ts';
import type { BudgetRule } from '../../src/kernel/accessRules.ts';
import { type Action, type Target, WHOLE_FLEET } from '../../src/kernel/action.ts';
import { anAction } from '../kit/gate.ts';

const RULE: BudgetRule = {
  ...{ id: 'r', match: { consoles: ['*'], actions: ['*'], risks: ['destructive'] }, per: 'admin' },
  ...{ devices: 10, window: 60_000, freezeAt: null, ask: 'the lead' },
};
const device: Target = { kind: 'device', id: '1' };
const group: Target = { kind: 'group', id: 'g' };
const wipe = (over: Partial<Action>) => anAction({ name: 'device.wipe', risk: 'destructive', ...over });
const cost = (act: Action) => chargesOf([RULE], 'acme', 'ada', hitsOf(act))[0];

test('a batch on a group that none of its parts names costs the group', () => {
  const parts = [wipe({}), wipe({ targets: [device] })];
  const whole = (devices: number) => cost(wipe({ parts, targets: [device, group], devices }));
  expect(whole(500)).toMatchObject({ devices: ['acme device:1'], extra: 499 });
  expect(whole(Number.NaN)?.extra).toBe(WHOLE_FLEET - 1);
});

test('a group that a part names costs once', () => {
  const parts = [wipe({ targets: [group], devices: 7 }), wipe({ targets: [device] })];
  const whole = cost(wipe({ parts, targets: [device, group], devices: 8 }));
  expect(whole).toMatchObject({ devices: ['acme device:1'], extra: 7 });
});
