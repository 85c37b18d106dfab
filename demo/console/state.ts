// The console's state in memory and the only functions that change it. Every change is announced to the live feeds.

import type { Clock } from '../../src/kernel/clock.ts';
import type { App, Device, DeviceCommand, DeviceEvent, Profile, User } from './model.ts';
import { seedFleet } from './seed.ts';

export interface DeviceQuery {
  readonly search: string;
  readonly status: string;
  readonly page: number;
  readonly size: number;
}

export type ConsoleState = ReturnType<typeof createState>;

const PAST: Record<DeviceCommand, string> = { lock: 'Lock', wipe: 'Wipe', retire: 'Retire' };
const RECENT = 30;

export function createState(seed: number, clock: Clock) {
  const fleet = seedFleet(seed, clock.now());
  const byId = new Map(fleet.devices.map((device) => [device.id, device]));
  const listeners = new Set<(event: DeviceEvent) => void>();
  const recent: DeviceEvent[] = [];
  let beat = 0;

  const timestamp = (): string => new Date(clock.now()).toISOString();

  function announce(type: string, text: string, device?: Device): void {
    const event: DeviceEvent = {
      type,
      at: timestamp(),
      text,
      ...(device === undefined ? {} : { device: device.id, name: device.name }),
    };
    recent.unshift(event);
    recent.length = Math.min(recent.length, RECENT);
    for (const listener of listeners) listener(event);
  }

  function note(device: Device, text: string): void {
    device.history.unshift({ at: timestamp(), text });
    device.history.length = Math.min(device.history.length, 20);
  }

  return {
    users: fleet.users as readonly User[],
    profiles: fleet.profiles as readonly Profile[],
    apps: fleet.apps as readonly App[],
    devices: fleet.devices as readonly Device[],
    recent: recent as readonly DeviceEvent[],

    device: (id: string): Device | undefined => byId.get(id),

    /** One page of the devices that match; `total` counts all that match. */
    find(query: DeviceQuery): { total: number; devices: readonly Device[] } {
      const words = query.search.toLowerCase().split(/\s+/).filter(Boolean);
      const matches = fleet.devices.filter((device) => {
        if (query.status !== '' && device.status !== query.status) return false;
        const text =
          `${device.id} ${device.name} ${device.owner} ${device.model} ${device.platform} ${device.serial}`.toLowerCase();
        return words.every((word) => text.includes(word));
      });
      const start = (query.page - 1) * query.size;
      return { total: matches.length, devices: matches.slice(start, start + query.size) };
    },

    /** Carries out a command. `detail` goes to the device's history. */
    command(device: Device, command: DeviceCommand, by: string, detail = ''): void {
      if (command === 'wipe') {
        device.wipes += 1;
        device.status = 'Wiped';
        device.profiles = [];
      } else if (command === 'lock') {
        device.locks += 1;
        if (device.status !== 'Wiped') device.status = 'Locked';
      } else {
        device.status = 'Retired';
        device.profiles = [];
      }
      const text = `${PAST[command]} command sent by ${by}${detail === '' ? '' : `: ${detail}`}`;
      note(device, text);
      announce(`device.${command}`, text, device);
    },

    rename(device: Device, name: string): void {
      const text = `Renamed from ${device.name}`;
      device.name = name;
      note(device, text);
      announce('device.rename', text, device);
    },

    installProfile(device: Device, profile: Profile): void {
      if (!device.profiles.includes(profile.id)) device.profiles.push(profile.id);
      note(device, `Profile installed: ${profile.name}`);
      announce('profile.install', `Profile installed: ${profile.name}`, device);
    },

    removeProfile(device: Device, profile: Profile): void {
      device.profiles = device.profiles.filter((id) => id !== profile.id);
      note(device, `Profile removed: ${profile.name}`);
      announce('profile.remove', `Profile removed: ${profile.name}`, device);
    },

    addUser(details: Omit<User, 'id'>): User {
      const user = { id: `u-${String(fleet.users.length + 1).padStart(4, '0')}`, ...details };
      fleet.users.push(user);
      announce('user.create', `User added: ${user.name}`);
      return user;
    },

    addProfile(details: Pick<Profile, 'name' | 'kind' | 'description'>): Profile {
      const id = `p-${String(fleet.profiles.length + 1).padStart(2, '0')}`;
      const profile = { id, ...details, updated: timestamp() };
      fleet.profiles.push(profile);
      announce('profile.create', `Profile created: ${profile.name}`);
      return profile;
    },

    addApp(details: Omit<App, 'id' | 'uploaded'>): App {
      const id = `a-${String(fleet.apps.length + 1).padStart(2, '0')}`;
      const app = { id, ...details, uploaded: timestamp() };
      fleet.apps.push(app);
      announce('app.upload', `App uploaded: ${app.name}`);
      return app;
    },

    /** The next "checked in" of some device: the pulse of the live feeds. Changes no device, so lists stay cacheable. */
    pulse(): void {
      beat += 1;
      const device = fleet.devices[(beat * 137 + 41) % fleet.devices.length];
      if (device === undefined) return;
      const told = ['Checked in', 'Inventory updated', 'Profile confirmed', 'App update installed'];
      announce('device.checkin', told[beat % told.length] ?? 'Checked in', device);
    },

    onEvent(listener: (event: DeviceEvent) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    stats() {
      const byStatus: Record<string, number> = {};
      const byPlatform: Record<string, number> = {};
      for (const device of fleet.devices) {
        byStatus[device.status] = (byStatus[device.status] ?? 0) + 1;
        byPlatform[device.platform] = (byPlatform[device.platform] ?? 0) + 1;
      }
      return {
        devices: fleet.devices.length,
        users: fleet.users.length,
        profiles: fleet.profiles.length,
        apps: fleet.apps.length,
        byStatus,
        byPlatform,
      };
    },
  };
}
