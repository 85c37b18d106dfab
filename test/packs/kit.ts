// Packs and requests made in a test, and the bodies that were asked for.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BodyMode } from '../../src/kernel/action.ts';
import type { Door } from '../../src/kernel/exchange.ts';
import { readTarget } from '../../src/proxy/canonical/target.ts';
import { loadPacks, PackFaults } from '../../src/proxy/recognise/loadPacks.ts';
import { createRecogniser, type Recognisable, type Recogniser } from '../../src/proxy/recognise/recognise.ts';
import { bodyOf } from '../../src/proxy/recognise/samples.ts';

const VOCABULARY = `
kinds:
  device: { one: device, many: devices }
actions:
  device.read: { risk: read, title: Look at devices, effect: Changes nothing. }
  device.update: { risk: low, title: 'Change {count device}', effect: Easily undone. }
  device.lock: { risk: high, title: 'Lock {count device}: {list device}', effect: Locks. }
  device.wipe: { risk: destructive, title: 'Wipe {count device}: {list device}', effect: Erases. }
  bulk.envelope: { risk: high, title: Several, effect: Several. }
  device.channel: { risk: destructive, title: Device, effect: Device. }
  unknown.read: { risk: read, title: Unknown look, effect: Changes nothing. }
  unknown.write: { risk: high, title: Unknown request, effect: Nobody knows. }
`;
const HEAD = `format: 1
pack: test
name: Test
kinds:
  device: { id: word, not: [bulk] }
  number: { one: number, many: numbers, id: id, numbers: true }
entries:
`;

function folderWith(entries: string, head: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'packs-'));
  mkdirSync(join(dir, 'test'));
  writeFileSync(join(dir, 'vocabulary.yaml'), VOCABULARY);
  writeFileSync(join(dir, 'test/pack.yaml'), head + entries);
  return dir;
}

/** A recogniser over one pack with these entries (YAML, two blanks deep). */
export function recogniserFor(entries: string, options: { tolerant?: boolean; head?: string } = {}): Recogniser {
  const dir = folderWith(entries, options.head ?? HEAD);
  try {
    return createRecogniser(loadPacks(dir, { tolerant: options.tolerant === true }));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** `line: what` of every fault; lines count from the first entry, unless a head is given. */
export function packFaults(entries: string, head?: string): string[] {
  try {
    recogniserFor(entries, head === undefined ? {} : { head });
    return [];
  } catch (error) {
    if (!(error instanceof PackFaults)) throw error;
    const before = head === undefined ? HEAD.split('\n').length - 1 : 0;
    return error.faults.map(({ line, what }) => `${line - before}: ${what}`);
  }
}

export type Told = {
  method?: string;
  url: string;
  type?: string;
  body?: string | Buffer;
  door?: Door;
  headers?: [string, string][];
};

/** What it is taken for: `device.wipe` or the reason of the refusal; and everything else that is worth a look. */
export async function tell(
  recogniser: Recogniser,
  { method = 'GET', url, type, body = '', door = 'request', headers = [] }: Told,
) {
  const target = readTarget(url, recogniser.allowances('test'));
  if (!target.go)
    return {
      is: target.reason,
      targets: [],
      entry: null,
      title: '',
      asked: [],
      bytes: null,
      action: null,
      detail: target.detail,
    };
  const bytes = Buffer.from(body);
  const request: Recognisable = {
    ...target.value,
    id: 'exc_test',
    at: 0,
    door,
    peer: '127.0.0.1',
    console: {
      id: 'mdm',
      name: 'MDM',
      origin: 'http://a',
      upstream: 'http://b',
      pack: 'test',
      shim: false,
      mode: 'enforce',
      zone: 'UTC',
    },
    method,
    headers: type === undefined ? headers : [['content-type', type], ...headers],
    bodyLength: bytes.length,
    navigation: false,
  };
  const asked: [BodyMode, number][] = [];
  const found = await recogniser.recognise(request, (mode, limit) => {
    asked.push([mode, limit]);
    return bodyOf(bytes)(mode, limit);
  });
  if (!found.go)
    return {
      is: found.reason,
      targets: [],
      entry: null,
      title: '',
      asked,
      bytes: null,
      action: null,
      detail: found.detail,
    };
  const { action, body: judged } = found.value;
  return {
    is: action.name,
    targets: action.targets.map((one) => `${one.kind}:${one.id}`),
    entry: action.entry,
    title: action.title,
    asked,
    bytes: judged.mode === 'judged' ? judged.bytes : null,
    action,
    detail: '',
  };
}
