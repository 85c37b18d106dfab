// Fills the console with the same invented fleet every time: tests and the tour name devices by id. Only the
// "last seen" times hang on the clock.

import { createHash } from 'node:crypto';
import type { App, Device, DeviceStatus, Platform, Profile, User } from './model.ts';

export const DEVICE_COUNT = 500;
const MARIES_IPAD = 142;

const FIRST =
  'Adele Akira Amina Anders Beatriz Bruno Camille Carlos Chiara Clara Daniel Diego Elena Emil Fatima Felix Freya Gabriel Hana Hugo Ines Isak Jana Jonas Julia Kofi Lars Leila Lena Luca Mateo Mei Mila Nadia Nils Noor Omar Otto Paula Priya Rafael Rosa Samir Sofia Theo Tomas Vera Viktor Yara Zoe'.split(
    ' ',
  );
const LAST =
  'Almeida Andersen Bauer Becker Bianchi Costa Dubois Fischer Garcia Haddad Hansen Ito Jensen Kowalski Kumar Laurent Lindqvist Martin Moreau Nguyen Novak Okafor Petrov Rossi Santos Schmidt Silva Tanaka Vermeulen Weber'.split(
    ' ',
  );
const DEPARTMENTS = ['Sales', 'Field Service', 'Engineering', 'Finance', 'Operations', 'People', 'Marketing', 'Legal'];

const KINDS: readonly { platform: Platform; label: string; models: readonly string[]; os: readonly string[] }[] = [
  {
    platform: 'iPadOS',
    label: 'iPad',
    models: ['iPad Air 11-inch', 'iPad Pro 13-inch', 'iPad mini'],
    os: ['18.6', '18.7', '26.1'],
  },
  {
    platform: 'iOS',
    label: 'iPhone',
    models: ['iPhone 15', 'iPhone 16', 'iPhone 16 Pro'],
    os: ['18.6.2', '18.7.1', '26.1'],
  },
  {
    platform: 'macOS',
    label: 'MacBook',
    models: ['MacBook Air 13-inch', 'MacBook Pro 14-inch'],
    os: ['15.6', '15.7', '26.1'],
  },
  { platform: 'Android', label: 'Pixel', models: ['Pixel 8', 'Pixel 9', 'Pixel 9a'], os: ['15', '16'] },
  {
    platform: 'Windows',
    label: 'Laptop',
    models: ['ThinkPad T14', 'Surface Laptop 6', 'Latitude 7450'],
    os: ['11 23H2', '11 24H2', '11 25H2'],
  },
];

/** A small, fast generator with a fixed sequence per seed (mulberry32). Not for secrets. */
function createSequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Profiles as a fleet has them: the basics everywhere, the rest by platform and chance. */
function pickProfiles(platform: Platform, next: () => number): string[] {
  const ids = ['p-01', 'p-03'];
  const maybe = (id: string, share: number): void => {
    if (next() < share) ids.push(id);
  };
  maybe('p-02', 0.45);
  maybe('p-04', platform === 'macOS' || platform === 'Windows' ? 0.9 : 0);
  maybe('p-05', 0.7);
  maybe('p-06', platform === 'iPadOS' ? 0.1 : 0);
  maybe('p-07', 0.06);
  ids.push(next() < 0.12 ? 'p-08' : 'p-09');
  maybe('p-10', 0.8);
  return ids;
}

export interface Fleet {
  readonly devices: Device[];
  readonly users: User[];
  readonly profiles: Profile[];
  readonly apps: App[];
}

function seedUsers(pick: <T>(items: readonly T[]) => T): User[] {
  const users: User[] = [];
  for (let index = 0; index < 120; index += 1) {
    const first = index === 0 ? 'Marie' : FIRST[index % FIRST.length];
    const last = index === 0 ? 'Laurent' : LAST[(index * 7 + Math.floor(index / FIRST.length)) % LAST.length];
    users.push({
      id: `u-${String(index + 1).padStart(4, '0')}`,
      name: `${first} ${last}`,
      email: `${first}.${last}@acme.example`.toLowerCase(),
      department: index === 0 ? 'Field Service' : pick(DEPARTMENTS),
      role: index % 40 === 7 ? 'Help desk' : 'Member',
    });
  }
  return users;
}

function seedProfiles(at: string): Profile[] {
  return [
    ['Corporate Wi-Fi', 'Network', 'Joins ACME-CORP with a device certificate'],
    ['VPN always on', 'Network', 'Per-app tunnel to the internal network'],
    ['Passcode: strong', 'Security', 'Eight characters, locks after two minutes'],
    ['Disk encryption', 'Security', 'Turns on full disk encryption and escrows the key'],
    ['Web filter', 'Security', 'Blocks known malicious domains'],
    ['Kiosk: showroom', 'Restrictions', 'Single app mode for demonstration devices'],
    ['Camera off', 'Restrictions', 'For secure areas of the Lyon plant'],
    ['Update ring: pilot', 'Updates', 'Offers system updates on the day of release'],
    ['Update ring: broad', 'Updates', 'Offers system updates after fourteen days'],
    ['Mail and calendar', 'Accounts', 'Sets up the company mailbox'],
  ].map(([name = '', kind = '', description = ''], index) => ({
    id: `p-${String(index + 1).padStart(2, '0')}`,
    name,
    kind,
    description,
    updated: at,
  }));
}

function seedApps(at: string): App[] {
  return [
    ['Acme Field Notes', '4.12.0', 'Acme Corp', 'iPadOS', 48_211_904],
    ['Acme Expenses', '2.8.3', 'Acme Corp', 'iOS', 31_457_280],
    ['Acme Authenticator', '1.9.1', 'Acme Corp', 'All', 12_582_912],
    ['Plant Viewer', '7.0.2', 'Acme Corp', 'Windows', 214_958_080],
    ['Slate Browser', '131.0', 'Slate Software', 'All', 126_877_696],
    ['Harbor VPN', '5.3.0', 'Harbor Networks', 'All', 22_020_096],
  ].map(([name, version, publisher, platform, size], index) => ({
    id: `a-${String(index + 1).padStart(2, '0')}`,
    name: String(name),
    version: String(version),
    publisher: String(publisher),
    platform: String(platform),
    size: Number(size),
    sha256: createHash('sha256').update(`${name} ${version}`).digest('hex'),
    uploaded: at,
  }));
}

/** The fleet for a seed. `now` is milliseconds since 1970 and moves only the times shown. */
export function seedFleet(seed: number, now: number): Fleet {
  const next = createSequence(seed);
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(next() * items.length)];
    if (item === undefined) throw new Error('picking from nothing');
    return item;
  };
  const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
  const users = seedUsers(pick);
  const profiles = seedProfiles(ago(60 * 24 * 9));
  const devices: Device[] = [];
  for (let number = 1; number <= DEVICE_COUNT; number += 1) {
    const marie = number === MARIES_IPAD;
    const kind = KINDS[marie ? 0 : Math.floor(next() * 10) % KINDS.length] ?? pick(KINDS);
    // Marie owns one device only, so that her iPad's name means one device.
    const owner = users[marie ? 0 : 1 + Math.floor(next() * (users.length - 1))] ?? pick(users);
    const roll = marie ? 0 : next();
    const status: DeviceStatus =
      roll < 0.84 ? 'Compliant' : roll < 0.93 ? 'Attention' : roll < 0.985 ? 'Offline' : 'Locked';
    const storageGb = pick([64, 128, 256, 512]);
    const minutes = marie ? 125 : status === 'Offline' ? 60 * 24 * (3 + next() * 30) : next() ** 3 * 60 * 20;
    devices.push({
      id: `d-${String(number).padStart(4, '0')}`,
      name: `${kind.label} of ${owner.name.split(' ')[0]}`,
      platform: kind.platform,
      model: marie ? 'iPad Air 11-inch' : pick(kind.models),
      os: pick(kind.os),
      serial: createHash('sha256').update(`${seed}:${number}`).digest('hex').slice(0, 12).toUpperCase(),
      ownerId: owner.id,
      owner: owner.name,
      storageGb,
      freeGb: Math.round(storageGb * (0.1 + next() * 0.7)),
      battery: 12 + Math.floor(next() * 88),
      encrypted: status !== 'Attention' || next() > 0.5,
      passcode: status !== 'Attention' || next() > 0.5,
      enrolled: ago(60 * 24 * (20 + next() * 700)),
      lastSeen: ago(minutes),
      status,
      wipes: 0,
      locks: 0,
      profiles: marie ? ['p-01', 'p-03', 'p-10'] : pickProfiles(kind.platform, next),
      history: [{ at: ago(minutes), text: 'Checked in' }],
    });
  }
  return { devices, users, profiles, apps: seedApps(ago(60 * 24 * 21)) };
}
