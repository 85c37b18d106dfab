// The nouns of the demo console "Acme MDM". It stands in for a product that knows nothing of the gateway.

export type Platform = 'iPadOS' | 'iOS' | 'macOS' | 'Android' | 'Windows';
export type DeviceStatus = 'Compliant' | 'Attention' | 'Offline' | 'Locked' | 'Wiped' | 'Retired';
export type DeviceCommand = 'lock' | 'wipe' | 'retire';

export const DEVICE_STATUSES: readonly DeviceStatus[] = [
  'Compliant',
  'Attention',
  'Offline',
  'Locked',
  'Wiped',
  'Retired',
];

export interface HistoryEntry {
  readonly at: string;
  readonly text: string;
}

export interface Device {
  readonly id: string;
  name: string;
  readonly platform: Platform;
  readonly model: string;
  readonly os: string;
  readonly serial: string;
  readonly ownerId: string;
  readonly owner: string;
  readonly storageGb: number;
  readonly freeGb: number;
  readonly battery: number;
  readonly encrypted: boolean;
  readonly passcode: boolean;
  readonly enrolled: string;
  readonly lastSeen: string;
  status: DeviceStatus;
  /** How many wipe commands reached this device: more than one is a test's alarm. */
  wipes: number;
  locks: number;
  profiles: string[];
  history: HistoryEntry[];
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly department: string;
  readonly role: string;
}

export interface Profile {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  readonly updated: string;
}

export interface App {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly publisher: string;
  readonly platform: string;
  readonly size: number;
  readonly sha256: string;
  readonly uploaded: string;
}

export interface DeviceEvent {
  readonly type: string;
  readonly at: string;
  readonly device?: string;
  readonly name?: string;
  readonly text: string;
}
