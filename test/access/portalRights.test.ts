// What people may do in the portal and ask for, by the policies that come with the product.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ANYTHING } from '../../src/kernel/action.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import { createConsoleWords } from '../../src/portal/consoleWords.ts';
import { createRights } from '../../src/portal/rights.ts';
import { createSelectorWords } from '../../src/portal/selectorWords.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { knownActions } from '../../src/wire/loadRules.ts';

const CONFIG = fileURLToPath(new URL('../../config/', import.meta.url));
const packs = loadPacks(`${CONFIG}packs`, { only: ['acme-mdm'] });
const policy = createPolicy({ dir: `${CONFIG}policies`, actions: knownActions(packs.vocabulary) });
const consoles = [
  { id: 'acme', name: 'Acme MDM', pack: 'acme-mdm' },
  { id: 'other', name: 'Other MDM', pack: 'acme-mdm' },
];
const words = createConsoleWords({ consoles, actionsOf: (pack) => packs.all.get(pack)?.actions ?? new Map() });
const rights = createRights({ allows: policy.allows, words, networks: ['office'] });
const inGroup = (...groups: string[]) => ({ id: 'i#somebody', name: 'Somebody', groups });
const devices = (count: number) => Array.from({ length: count }, (_, i) => ({ kind: 'device', id: `d-${i}` }));

test('roles in the portal', () => {
  const all = [
    'access.ask',
    'access.approve',
    'recording.view',
    'freeze.change',
    'access.review',
    'policy.view',
  ] as const;
  const of = (...groups: string[]) => all.filter((right) => rights.may(inGroup(...groups), right));
  expect(of('mdm-admins')).toEqual(['access.ask']);
  expect(of('mdm-approvers')).toEqual(['access.approve', 'freeze.change']);
  expect(of('mdm-auditors')).toEqual(['recording.view', 'access.review', 'policy.view']);
  expect(of('mdm-owners')).toEqual(['access.ask', 'freeze.change', 'policy.view']);
  expect(of()).toEqual([]);
  expect(of('somebody-else')).toEqual([]);
});

test('admins may ask for what a grant opens: a wipe, on one device or on anything; nobody else may', () => {
  for (const targets of [devices(1), devices(40), [ANYTHING]]) {
    expect(rights.mayAsk(inGroup('mdm-admins'), 'acme', 'device.wipe', targets)).toBe(true);
    for (const group of ['mdm-approvers', 'mdm-auditors', 'mdm-readers'])
      expect(rights.mayAsk(inGroup(group), 'acme', 'device.wipe', targets), group).toBe(false);
  }
  expect(rights.mayAsk(inGroup('mdm-admins'), 'acme', 'device.explode', devices(1))).toBe(false);
  expect(rights.mayAsk(inGroup('mdm-admins'), 'nowhere', 'device.wipe', devices(1))).toBe(false);
});

test('the form offers only what needs access: what works without it is not in the list', async () => {
  const offered = (await rights.asksFor(inGroup('mdm-admins'), 'acme')).map(({ action }) => action);
  expect(offered).toContain('device.wipe');
  expect(offered).not.toContain('device.lock');
  expect(await rights.asksFor(inGroup('mdm-approvers'), 'acme')).toEqual([]);
  expect(rights.mayEnter(inGroup('mdm-admins'), 'acme')).toBe(true);
  expect(rights.mayEnter(inGroup('mdm-auditors'), 'acme')).toBe(false);
});

test('titles say all that somebody would get', () => {
  const title = (actions: string[], targets = devices(1)) => words.titleOf('acme', actions, targets);
  expect(title(['device.wipe'])).toBe('Wipe 1 device: d-0');
  expect(title(['device.wipe', 'device.lock'], devices(3))).toBe('Wipe devices, lock devices: 3 targets');
  expect(title(['device.wipe'], [ANYTHING])).toBe('Wipe devices: anything on this console');
});

test('what a rule or a freeze is about, in words', () => {
  const { whole, acts, console } = createSelectorWords({ words, consoles });
  const any = { consoles: ['*'], actions: ['*'] };
  expect(whole({ ...any, risks: ['low', 'high', 'destructive'] })).toBe('Everything but reads, on every console');
  expect(whole({ ...any, consoles: ['acme'], risks: ['destructive'] })).toBe('Acts that cannot be undone, on Acme MDM');
  expect(acts({ ...any, risks: ['high', 'destructive'] })).toBe(
    'Changes that hurt until they are undone and acts that cannot be undone',
  );
  const named = { ...any, consoles: ['acme', 'other'], actions: ['device.wipe', 'device.lock', 'user.*', 'x.y'] };
  expect(whole({ ...named, risks: ['high'] })).toBe('Wipe devices, lock devices and 2 more, on Acme MDM and Other MDM');
  expect(console({ ...named, risks: [] })).toBeNull();
  expect(console({ ...any, consoles: ['acme'], risks: [] })).toEqual({ id: 'acme', name: 'Acme MDM' });
});
