// Apps: upload (streamed to nowhere) and download (made up on the way), both of any size with flat memory.

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { answerJson, RequestFault } from '../answer.ts';
import type { Route } from '../route.ts';
import type { ConsoleState } from '../state.ts';
import { readUpload } from './multipart.ts';

const MAX_DOWNLOAD = 2_147_483_648;
const TILE = 1_048_576;

/** One mebibyte that repeats: byte n of a download is tile[n % TILE], whatever range is asked for. */
function makeTile(): Buffer {
  const tile = Buffer.alloc(TILE);
  let state = 0x2545f491;
  for (let index = 0; index < TILE; index += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    tile.writeUInt32LE(state >>> 0, index);
  }
  return tile;
}

interface Span {
  readonly start: number;
  /** The last byte, included. */
  readonly end: number;
}

/** One byte range (RFC 9110, 14.2). Undefined: send all (none, several or unreadable); 'none': answer 416. */
export function readRange(header: string | undefined, size: number): Span | 'none' | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (found === null) return undefined;
  const [, from = '', to = ''] = found;
  if (from === '' && to === '') return undefined;
  if (from === '') {
    const length = Math.min(Number(to), size);
    return length === 0 ? 'none' : { start: size - length, end: size - 1 };
  }
  const start = Number(from);
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < start) return undefined;
  return start >= size ? 'none' : { start, end };
}

async function writeSpan(res: ServerResponse, tile: Buffer, span: Span): Promise<void> {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  let position = span.start;
  while (position <= span.end && !res.destroyed) {
    const offset = position % TILE;
    const piece = tile.subarray(offset, Math.min(offset + 262_144, TILE, offset + span.end - position + 1));
    position += piece.length;
    if (!res.write(piece)) {
      try {
        await once(res, 'drain', { signal: gone.signal });
      } catch {
        return; // the client left
      }
    }
  }
  res.end();
}

export function createAppApi(state: ConsoleState): Route[] {
  const tile = makeTile();
  return [
    {
      method: 'GET',
      path: '/api/apps',
      access: 'api',
      handle: ({ req, res }) => answerJson(req, res, { apps: state.apps }, { validate: true }),
    },
    {
      method: 'POST',
      path: '/api/apps',
      access: 'api',
      handle: async ({ req, res, body }) => {
        const { fields, file } = await readUpload(req.headers['content-type'], body);
        if (file === undefined || file.filename === '') throw new RequestFault(400, 'Choose a file to upload');
        const app = state.addApp({
          name: fields.get('name')?.trim() || file.filename,
          version: fields.get('version')?.trim() || '1.0',
          publisher: 'Acme Corp',
          platform: fields.get('platform')?.trim() || 'All',
          size: file.size,
          sha256: file.sha256,
        });
        await answerJson(req, res, { message: `${app.name} uploaded`, app, ...app }, { status: 201 });
      },
    },
    {
      method: 'GET',
      path: '/api/apps/:id/download',
      access: 'api',
      handle: async ({ req, res, url, param }) => {
        const app = state.apps.find((one) => one.id === param('id'));
        if (app === undefined) throw new RequestFault(404, `There is no app ${param('id')}`);
        const size = Number(url.searchParams.get('size') ?? app.size);
        if (!Number.isInteger(size) || size < 1 || size > MAX_DOWNLOAD)
          throw new RequestFault(400, '"size" must be 1 to 2147483648');
        const etag = `"${app.id}-${size}"`;
        const common = {
          'accept-ranges': 'bytes',
          etag,
          'cache-control': 'private, max-age=60',
          'content-type': 'application/octet-stream',
          'content-disposition': `attachment; filename="${app.name.replace(/[^\w.-]+/g, '-')}-${app.version.replace(/[^\w.-]+/g, '-')}.bin"`,
        };
        if (req.headers['if-none-match'] === etag) {
          res.writeHead(304, { etag, 'cache-control': common['cache-control'] }).end();
          return;
        }
        const condition = req.headers['if-range'];
        const range = condition === undefined || condition === etag ? readRange(req.headers.range, size) : undefined;
        if (range === 'none') {
          res.writeHead(416, { 'content-range': `bytes */${size}`, 'content-length': 0 }).end();
          return;
        }
        const span = range ?? { start: 0, end: size - 1 };
        res.writeHead(range === undefined ? 200 : 206, {
          ...common,
          'content-length': span.end - span.start + 1,
          ...(range === undefined ? {} : { 'content-range': `bytes ${span.start}-${span.end}/${size}` }),
        });
        if (req.method === 'HEAD') res.end();
        else await writeSpan(res, tile, span);
      },
    },
  ];
}
