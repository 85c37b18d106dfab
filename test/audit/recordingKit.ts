// Exchanges made up for the recorder's and the index's tests, and ways to store and read them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encryptTo } from '../../src/audit/recording/age.ts';
import { type Before, chunkText, compress } from '../../src/audit/recording/chunkText.ts';
import {
  type ExchangeClosing,
  type ExchangeOpening,
  FIRST_LINE,
  type LineContent,
  lineDigest,
  numbered,
  oneLine,
} from '../../src/audit/recording/lines.ts';
import { chunkFile } from '../../src/audit/recording/places.ts';
import { createRecordingReader, type PartReport, type PlacedLine } from '../../src/audit/recording/reader.ts';

export const T0 = 1_700_000_000_000;

export const opening = (id: string, more: Partial<ExchangeOpening> = {}): ExchangeOpening => ({
  id,
  at: T0,
  session: 'ses_1',
  principal: { id: 'https://idp.example.com#ada', name: 'Ada Lovelace' },
  console: 'mdm',
  method: 'GET',
  target: '/devices',
  door: 'request',
  action: 'device.read',
  risk: 'read',
  title: 'Look at devices',
  targets: [],
  verdict: 'go',
  reason: null,
  policies: ['admins-read'],
  policySet: 'abc',
  grant: null,
  hold: null,
  requestHeaders: [['accept', 'text/html']],
  requestBody: { text: null, note: null, digest: null },
  ...more,
});

export const closing = (more: Partial<ExchangeClosing> = {}): ExchangeClosing => ({
  status: 200,
  responseHeaders: [['content-type', 'text/html']],
  sent: 10,
  received: 100,
  took: 12,
  end: 'done',
  ...more,
});

/** A key pair for tests; it opens nothing else. */
export const IDENTITY = 'AGE-SECRET-KEY-1XNP05SC3XZF8JX208T686MC0F2UUAUCY9KYV3QE2X6R3979V83HQCPAW5N';
export const RECIPIENT = 'age18rgssl25xvca9ztph4jvejmwtcpmra5syztdcg0ce72v5k4wgfgseydp8y';
export const KEYS = { recipients: [RECIPIENT], identities: [IDENTITY] };

export const readerOf = (dir: string) => createRecordingReader({ dir, identities: [IDENTITY] });

/** Every line of every recording in a folder, with its place; faults are thrown. */
export async function linesIn(dir: string): Promise<PlacedLine[]> {
  const reader = readerOf(dir);
  const lines: PlacedLine[] = [];
  for (const session of await reader.sessions())
    for await (const line of reader.sessionLines(session, (_part, _chunk, fault) => {
      throw fault;
    }))
      lines.push(line);
  return lines;
}

export async function partsIn(dir: string): Promise<string[]> {
  const reader = readerOf(dir);
  return (await Promise.all((await reader.sessions()).map(reader.parts))).flat();
}

export const verifyAll = async (dir: string): Promise<PartReport[]> =>
  Promise.all((await partsIn(dir)).map(readerOf(dir).verify));

/** Stores lines as finished chunks of one part, `each` lines a chunk. Returns how many lines there are. */
export async function storePart(
  dir: string,
  part: string,
  contents: readonly LineContent[],
  each: number,
): Promise<number> {
  const encrypt = encryptTo([RECIPIENT]);
  mkdirSync(join(dir, part), { recursive: true });
  let before: Before = { n: 0, prev: FIRST_LINE };
  for (let from = 0, chunk = 1; from === 0 || from < contents.length; from += each, chunk += 1) {
    let { n, prev } = before;
    const lines = contents.slice(from, from + each).map((content) => {
      const line = numbered(n, prev, oneLine(content));
      n += 1;
      prev = lineDigest(line);
      return `${line}\n`;
    });
    const end = from + each >= contents.length ? 'end' : 'more';
    const { text } = chunkText(part, chunk, before, Buffer.from(lines.join('')), end);
    writeFileSync(join(dir, part, chunkFile(chunk)), await encrypt(await compress(text)));
    before = { n, prev };
  }
  return before.n;
}
