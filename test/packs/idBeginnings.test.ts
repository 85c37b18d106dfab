// A product may number different things from 1: `as` keeps a grant for one of them from covering the other.
import { expect, test } from 'vitest';
import { packFaults, recogniserFor, tell } from './kit.ts';

const ENTRIES = `
  - { id: mac, request: 'POST /macs/{device}/wipe', action: device.wipe, targets: [{ path: device, as: computer- }] }
  - { id: phone, request: 'POST /phones/{device:list}/wipe', action: device.wipe, targets: [{ path: device, as: 'mobile-' }] }
`;

test('the same number is another device elsewhere, in targets and title', async () => {
  const recogniser = recogniserFor(ENTRIES);
  const mac = await tell(recogniser, { method: 'POST', url: '/macs/12/wipe' });
  expect(mac.targets).toEqual(['device:computer-12']);
  expect(mac.title).toBe('Wipe 1 device: computer-12');
  const phones = await tell(recogniser, { method: 'POST', url: '/phones/12,7/wipe' });
  expect(phones.targets).toEqual(['device:mobile-12', 'device:mobile-7']);
});

test('what stands in front ends in a sign, so that no id can look like another beginning, and all devices have none', () => {
  const one = (target: string) =>
    packFaults(`
  - { id: mac, request: 'POST /macs/{device}/wipe', action: device.wipe, targets: [${target}] }
`);
  expect(one('{ path: device, as: computer }')).toHaveLength(1);
  expect(one('{ all: device, as: computer- }')).toHaveLength(1);
  expect(one('{ path: device, as: computer- }')).toEqual([]);
});
