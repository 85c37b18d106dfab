// What each path of the test console needs, as policy would say it.
import type { Reason } from '../../src/kernel/reasons.ts';

export type Need = 'grant' | 'stepup.bound' | 'stepup.fresh' | 'approval';

export const RULES: {
  [path: string]: { needs: Need[]; reason?: Reason; title: string };
} = {
  '/api/devices/many/wipe': { needs: ['approval', 'stepup.bound'], title: 'Wipe 6 devices: d-0100, d-0101 and 4 more' },
  '/api/admins': { needs: ['approval'], title: 'Create an administrator' },
  '/api/tokens': { needs: ['grant'], title: 'Make a new token' },
  '/api/spent': { needs: [], reason: 'budget.spent', title: 'Wipe 1 device: iPad of Marie (d-0142)' },
  '/api/package': { needs: ['stepup.fresh'], title: 'Upload a package' },
  '/api/devices/d-0142/wipe': { needs: ['grant', 'stepup.bound'], title: 'Wipe 1 device: iPad of Marie (d-0142)' },
  '/api/devices/wipe': { needs: ['grant', 'stepup.bound'], title: 'Wipe 12 devices: d-0100, d-0101 and 10 more' },
  '/api/profile': { needs: ['grant'], title: 'Install the profile Wi-Fi on 1 device: d-0142' },
  '/api/devices/d-0142/lock': { needs: ['stepup.fresh'], title: 'Lock 1 device: iPad of Marie (d-0142)' },
  '/api/upload': { needs: ['stepup.bound'], title: 'Upload the app Notes 2.1' },
  '/api/rename': { needs: ['stepup.bound'], title: 'Rename 1 device: iPad of Marie (d-0142)' },
  '/api/forbidden': { needs: [], reason: 'policy.forbidden', title: 'Create the user eve' },
  '/api/gone': { needs: [], reason: 'session.expired', title: '' },
  '/settings': { needs: ['stepup.bound'], title: 'Change the settings of the console' },
  '/enrol': { needs: ['grant'], title: 'Enrol 1 device: d-0142' },
  '/admin': { needs: ['stepup.fresh'], title: 'Open the administration' },
  '/down': { needs: [], reason: 'upstream.failed', title: '' },
};
