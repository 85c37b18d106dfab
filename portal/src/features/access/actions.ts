// Actions that people ask for, in words. Any other can be typed by its name; the server knows whether a pack has it.
export const COMMON_ACTIONS: readonly { readonly value: string; readonly label: string }[] = [
  { value: 'device.wipe', label: 'Wipe devices' },
  { value: 'device.lock', label: 'Lock devices' },
  { value: 'device.retire', label: 'Retire devices' },
  { value: 'profile.install', label: 'Install a profile' },
  { value: 'profile.remove', label: 'Remove a profile' },
  { value: 'app.upload', label: 'Upload an app' },
  { value: 'user.create', label: 'Create a user' },
];
