// Example requests of a pack with what each must be taken for: `samples/*.http`. A pack's author runs them with
// `sallyport check`; the tests run them too. Samples pass the real canonicaliser and the real recogniser.
//
//   # Wiping one device                      a name, for people
//   # @action device.wipe                    or: @refused body.unreadable
//   # @entry device-wipe                     optional
//   # @targets device:d-0142 device:d-0007   none: no targets
//   # @title Wipe 1 device: d-0142           optional
//   # @upgrade                               the request asks for another protocol
//   # @message {"action":"poweraction"}       what is sent over it then; the sample is this message
//   POST /api/devices/d-0142/wipe HTTP/1.1
//   Content-Type: application/json
//
//   {"pin":"123456"}
//   ###                                      between two samples

import type { Action } from '../../kernel/action.ts';
import type { Body, ReadBody } from '../../kernel/exchange.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import { go, type Refusal, refuse } from '../../kernel/verdict.ts';
import { readTarget } from '../canonical/target.ts';
import type { Recognisable, Recognised, Recogniser } from './recognise.ts';

export type Sample = {
  readonly line: number;
  readonly name: string;
  readonly expected: {
    readonly action: string | null;
    readonly refused: string | null;
    readonly entry: string | null;
    readonly targets: readonly string[];
    readonly title: string | null;
  };
  readonly upgrade: boolean;
  /** sent over the upgraded connection; null: the request itself is the sample */
  readonly message: string | null;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
};

const NOTES = new Set(['action', 'refused', 'entry', 'targets', 'title', 'upgrade', 'message']);

/** @throws SyntaxError with the line of what is no sample */
export function parseSamples(text: string): readonly Sample[] {
  const samples: Sample[] = [];
  let line = 1;
  for (const block of text.split(/^###.*\n/m)) {
    if (block.trim() !== '') samples.push(parseSample(block, line));
    line += block.split('\n').length;
  }
  return samples;
}

function parseSample(block: string, firstLine: number): Sample {
  const lines = block.split('\n');
  const notes = new Map<string, string>();
  const names: string[] = [];
  let index = 0;
  for (; lines[index]?.startsWith('#') || lines[index] === ''; index += 1) {
    const said = lines[index]?.replace(/^#\s*/, '') ?? '';
    const note = /^@(\w+)\s*(.*)$/.exec(said);
    if (note === null) {
      if (said !== '') names.push(said);
    } else if (!NOTES.has(note[1] ?? '')) throw new SyntaxError(`line ${firstLine + index}: @${note[1]} is not known`);
    else notes.set(note[1] ?? '', note[2] ?? '');
  }
  const [method = '', url = '', version] = (lines[index] ?? '').split(' ');
  if (version !== 'HTTP/1.1') throw new SyntaxError(`line ${firstLine + index}: write METHOD /path HTTP/1.1`);
  const headers: [string, string][] = [];
  for (index += 1; index < lines.length && lines[index] !== ''; index += 1) {
    const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(lines[index] ?? '') ?? [];
    if (name === undefined || value === undefined) throw new SyntaxError(`line ${firstLine + index}: no header`);
    headers.push([name.toLowerCase(), value]);
  }
  // The blank lines before the next ### belong to the file, not to the body.
  const body = lines
    .slice(index + 1)
    .join('\n')
    .replace(/\n+$/, '');
  if (!notes.has('action') && !notes.has('refused'))
    throw new SyntaxError(`line ${firstLine}: a sample needs @action or @refused`);
  return {
    line: firstLine,
    name: names.join(' ') || `${method} ${url}`,
    expected: {
      action: notes.get('action') ?? null,
      refused: notes.get('refused') ?? null,
      entry: notes.get('entry') ?? null,
      targets: (notes.get('targets') ?? '')
        .split(' ')
        .filter((one) => one !== '')
        .map((one) => one.replaceAll('%20', ' '))
        .sort(),
      title: notes.get('title') ?? null,
    },
    upgrade: notes.has('upgrade'),
    message: notes.get('message') ?? null,
    method,
    url,
    headers,
    body: Buffer.from(isMultipart(headers) ? body.replaceAll('\n', '\r\n') : body),
  };
}

const isMultipart = (headers: Sample['headers']): boolean =>
  headers.some(([name, value]) => name === 'content-type' && value.startsWith('multipart/'));

/** What the gateway would take a sample for. */
export async function runSample(sample: Sample, pack: string, recogniser: Recogniser): Promise<Recognised | Refusal> {
  const target = readTarget(sample.url, recogniser.allowances(pack));
  if (!target.go) return target;
  const request: Recognisable = {
    ...target.value,
    id: 'sample',
    at: 0,
    door: sample.upgrade ? 'upgrade' : 'request',
    peer: '',
    console: {
      id: 'sample',
      name: 'sample',
      origin: 'http://sample',
      upstream: 'http://sample',
      pack,
      shim: false,
      mode: 'enforce',
      zone: 'UTC',
    },
    method: sample.method,
    headers: sample.headers,
    bodyLength: sample.body.length,
    navigation: false,
  };
  const recognised = await recogniser.recognise(request, bodyOf(sample.body));
  if (!recognised.go) return recognised;
  if (sample.message === null) return recognised.value;
  const message = recogniser.recogniseMessage(recognised.value.action, sample.message);
  return message.go ? { ...recognised.value, action: message.value } : message;
}

/** The entries that a sample shows: its own, and those of a batch's parts. */
export const entriesShown = ({ entry, parts = [] }: Action): readonly string[] => [
  ...(entry === null ? [] : [entry]),
  ...parts.flatMap(entriesShown),
];

/** A body that is there already. */
export const bodyOf =
  (bytes: Buffer): ReadBody =>
  async (mode, limit) => {
    if (mode !== 'opaque' && bytes.length > limit) return refuse('body.too_large', `${bytes.length} bytes`);
    const digest = sha256Hex(bytes);
    const body: Body = mode === 'opaque' ? { mode } : mode === 'none' ? { mode, digest } : { mode, digest, bytes };
    return go(body);
  };

/** The differences between what a sample expects and what came out; none: as expected. */
export function judgeSample(sample: Sample, found: Recognised | Refusal): readonly string[] {
  const { expected } = sample;
  if (!('action' in found)) {
    if (found.reason === expected.refused) return [];
    return [`was refused with ${found.reason} (${found.detail}), expected ${expected.refused ?? expected.action}`];
  }
  const { action } = found;
  if (expected.action === null) return [`was taken for ${action.name}, expected ${expected.refused}`];
  const targets = action.targets.map((target) => `${target.kind}:${target.id}`).sort();
  const faults: string[] = [];
  if (action.name !== expected.action) faults.push(`was taken for ${action.name}, expected ${expected.action}`);
  if (expected.entry !== null && action.entry !== expected.entry)
    faults.push(`matched the entry ${action.entry}, expected ${expected.entry}`);
  if (targets.join(' ') !== expected.targets.join(' '))
    faults.push(`has the targets ${targets.join(' ') || 'none'}, expected ${expected.targets.join(' ') || 'none'}`);
  if (expected.title !== null && action.title !== expected.title)
    faults.push(`is called "${action.title}", expected "${expected.title}"`);
  return faults;
}
