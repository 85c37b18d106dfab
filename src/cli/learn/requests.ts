// Requests that were seen: from a HAR 1.2 file that a browser saved, or from recordings. Of headers only the content type is
// taken along: cookies and authorization stop here.
import { readFile, stat } from 'node:fs/promises';
import { type Opening, openingsIn, openingsOf } from '../../audit/index/openings.ts';
import { ChunkFault, NoIdentity } from '../../audit/recording/reader.ts';
import type { Door } from '../../kernel/exchange.ts';
import type { Progress } from '../progress.ts';
import { CLOSED, recordingsOf } from '../recordedSpan.ts';

export type SeenRequest = {
  /** MESSAGE: what a client sent over a socket that was opened with `target` */
  readonly method: string;
  /** path and query */
  readonly target: string;
  readonly door: Door;
  readonly contentType: string;
  /** null: it had one, but what stood in it is not known */
  readonly body: Buffer | null;
  /** where it was sent to: the origin in a HAR file, the console's id in a recording */
  readonly to: string;
};

export type Seen = {
  readonly requests: readonly SeenRequest[];
  /** requests that nothing can be said of, such as preflights */
  readonly skipped: number;
};

/** What is wrong with the file, as a sentence. */
export class CannotRead extends Error {}

/** @param path a HAR file, a recording, or a folder of recordings @throws CannotRead */
export async function readSeen(path: string, progress: Progress, identity: readonly string[] = []): Promise<Seen> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new CannotRead(`${path} is not there.`);
  if (found.isDirectory()) {
    const recorded = await recordingsOf({ config: '', recordings: path, identity });
    if (recorded === null || typeof recorded === 'string') throw new CannotRead(recorded ?? `${path} cannot be read.`);
    const seen = await readRecordings(openingsIn(recorded), progress);
    if (seen.read === 0) throw new CannotRead(`${path} holds no recordings.`);
    return seen;
  }
  if (path.endsWith('.jsonl')) return readRecordings(openingsOf([path]), progress);
  return readHar(path, progress);
}

async function readRecordings(openings: AsyncGenerator<Opening>, progress: Progress): Promise<Seen & { read: number }> {
  const requests: SeenRequest[] = [];
  let skipped = 0;
  let read = 0;
  for await (const { method, target, door, console, action, requestHeaders, requestBody } of untilClosed(openings)) {
    read += 1;
    progress.at(read);
    if (!action.startsWith('unknown.')) continue;
    // Refused before anybody asked what it is.
    if (requestBody.note === 'not read' || requestBody.note === 'not recognised') {
      skipped += 1;
      continue;
    }
    const contentType = requestHeaders.find(([name]) => name === 'content-type')?.[1] ?? '';
    const { text, note } = requestBody;
    // A multipart body is recorded as a list of its parts, a long one in part.
    const known = note === null && !contentType.startsWith('multipart/');
    requests.push({
      method,
      target,
      door: door === 'upgrade' ? 'upgrade' : 'request',
      contentType,
      body: known ? Buffer.from(text ?? '') : null,
      to: console,
    });
  }
  return { requests, skipped, read };
}

/** @throws CannotRead for recordings that nothing here opens */
async function* untilClosed(openings: AsyncGenerator<Opening>): AsyncGenerator<Opening> {
  try {
    yield* openings;
  } catch (error) {
    if (error instanceof NoIdentity || error instanceof ChunkFault) throw new CannotRead(CLOSED);
    throw error;
  }
}

type HarHeader = { name?: unknown; value?: unknown };
type HarRequest = {
  method?: unknown;
  url?: unknown;
  headers?: HarHeader[];
  postData?: { mimeType?: unknown; text?: unknown; encoding?: unknown; params?: { name?: unknown; value?: unknown }[] };
  bodySize?: unknown;
};
type HarEntry = { request?: HarRequest; _webSocketMessages?: { type?: unknown; opcode?: unknown; data?: unknown }[] };

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

async function readHar(path: string, progress: Progress): Promise<Seen> {
  let entries: unknown;
  try {
    const har = JSON.parse((await readFile(path, 'utf8')).replace(/^\ufeff/, '')) as { log?: { entries?: unknown } };
    entries = har?.log?.entries;
  } catch {
    throw new CannotRead(`${path} is no JSON: give a HAR file as browsers save it, or a recording (.jsonl).`);
  }
  if (!Array.isArray(entries)) throw new CannotRead(`${path} is no HAR file: it has no list log.entries.`);
  const requests: SeenRequest[] = [];
  let skipped = 0;
  for (const [index, entry] of (entries as HarEntry[]).entries()) {
    progress.at(index);
    const request = entry?.request;
    const method = typeof request?.method === 'string' ? request.method.toUpperCase() : '';
    const url = typeof request?.url === 'string' ? URL.parse(request.url) : null;
    const socket = url?.protocol === 'ws:' || url?.protocol === 'wss:';
    if (
      request === undefined ||
      url === null ||
      !METHODS.has(method) ||
      !/^(https?|wss?):$/.test(url.protocol) ||
      ours(url)
    ) {
      skipped += 1;
      continue;
    }
    const headers = Array.isArray(request.headers) ? request.headers : [];
    const headerOf = (name: string): string => {
      const found = headers.find((header) => typeof header?.name === 'string' && header.name.toLowerCase() === name);
      return typeof found?.value === 'string' ? found.value : '';
    };
    const to = url.origin.replace(/^ws/, 'http');
    const target = `${url.pathname}${url.search}`;
    const upgrade = socket || headerOf('upgrade').toLowerCase() === 'websocket';
    const contentType = headerOf('content-type') || textOr(request.postData?.mimeType);
    const opened = { target, door: upgrade ? 'upgrade' : 'request', to } as const;
    requests.push({ ...opened, method, contentType, body: upgrade ? Buffer.alloc(0) : bodyOf(request) });
    for (const message of Array.isArray(entry._webSocketMessages) ? entry._webSocketMessages : [])
      if (message?.type === 'send' && message.opcode === 1 && typeof message.data === 'string')
        requests.push({
          ...opened,
          method: 'MESSAGE',
          contentType: 'application/json',
          body: Buffer.from(message.data),
        });
  }
  return { requests, skipped };
}

/** What the gateway itself answers on a console's origin. */
const ours = ({ pathname }: URL): boolean => pathname.startsWith('/.sallyport/');

const textOr = (value: unknown): string => (typeof value === 'string' ? value : '');

function bodyOf({ postData, bodySize }: HarRequest): Buffer | null {
  if (typeof postData?.text === 'string' && postData.text !== '')
    return Buffer.from(postData.text, postData.encoding === 'base64' ? 'base64' : 'utf8');
  const params = postData?.params;
  if (Array.isArray(params) && params.length > 0) {
    if (textOr(postData?.mimeType).startsWith('multipart/')) return null;
    return Buffer.from(
      new URLSearchParams(params.map((one): [string, string] => [textOr(one?.name), textOr(one?.value)])).toString(),
    );
  }
  return typeof bodySize === 'number' && bodySize > 0 ? null : Buffer.alloc(0);
}
