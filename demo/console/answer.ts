// How the console answers: compression, validators, HEAD and redirects in one place, so that every route has them.

import { createHash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);
const WORTH_COMPRESSING = 600;

export interface AnswerOptions {
  readonly status?: number;
  readonly type: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Adds an ETag and answers 304 when the client has it. */
  readonly validate?: boolean;
}

function acceptsGzip(req: IncomingMessage): boolean {
  const offered = String(req.headers['accept-encoding'] ?? '');
  return offered.split(',').some((part) => /^\s*(gzip|\*)\s*($|;\s*q=(0\.\d*[1-9]|1))/i.test(part));
}

function sameTag(header: string | undefined, tag: string): boolean {
  const bare = tag.replace(/^W\//, '');
  return (header ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === bare);
}

/** Answers with a whole body. For HEAD, node leaves the body out and the headers stay the same. */
export async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  content: string | Buffer,
  options: AnswerOptions,
): Promise<void> {
  const body = Buffer.isBuffer(content) ? content : Buffer.from(content);
  const headers: OutgoingHttpHeaders = {
    'content-type': options.type,
    'x-content-type-options': 'nosniff',
    vary: 'Accept-Encoding',
    ...options.headers,
  };
  if (options.validate === true) {
    const tag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    headers.etag = tag;
    if (sameTag(req.headers['if-none-match'], tag)) {
      delete headers['content-type'];
      res.writeHead(304, headers).end();
      return;
    }
  }
  let sent = body;
  if (body.length >= WORTH_COMPRESSING && acceptsGzip(req)) {
    sent = await compress(body, { level: 5 });
    headers['content-encoding'] = 'gzip';
  }
  res.writeHead(options.status ?? 200, { ...headers, 'content-length': sent.length });
  res.end(sent);
}

export async function answerJson(
  req: IncomingMessage,
  res: ServerResponse,
  value: unknown,
  options: Omit<AnswerOptions, 'type'> = {},
): Promise<void> {
  await answer(req, res, JSON.stringify(value), {
    ...options,
    type: 'application/json; charset=utf-8',
    headers: {
      'cache-control': options.validate === true ? 'private, no-cache' : 'private, no-store',
      ...options.headers,
    },
  });
}

export async function answerError(req: IncomingMessage, res: ServerResponse, status: number, error: string) {
  await answerJson(req, res, { error }, { status });
}

/**
 * Redirects to a path of this console by an absolute address made from the Host header, as old products do: behind a
 * gateway that is an address which people cannot reach.
 */
export function redirect(
  req: IncomingMessage,
  res: ServerResponse,
  status: 302 | 303,
  path: string,
  headers: OutgoingHttpHeaders = {},
) {
  res.writeHead(status, {
    ...headers,
    location: `http://${req.headers.host ?? 'localhost'}${path}`,
    'content-length': 0,
    'cache-control': 'no-store',
  });
  res.end();
}

/** Reads a whole small body. Rejects above `limit` bytes. */
export async function readBody(body: AsyncIterable<Buffer>, limit = 1_048_576): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > limit) throw new RequestFault(413, 'The request is too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What a route throws to answer with a plain error. */
export class RequestFault extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A JSON object from the body. Throws 415 for another content type and 400 for anything else than an object. */
export async function readJson(req: IncomingMessage, body: AsyncIterable<Buffer>): Promise<Record<string, unknown>> {
  if (!/^application\/json\b/i.test(req.headers['content-type'] ?? ''))
    throw new RequestFault(415, 'Send application/json');
  const text = (await readBody(body)).toString('utf8');
  let value: unknown;
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new RequestFault(400, 'The body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RequestFault(400, 'Send a JSON object');
  return value as Record<string, unknown>;
}

/** A text field of at most 200 characters, trimmed; '' when it is missing. Throws 400 when it is no text. */
export function textField(fields: Record<string, unknown>, name: string): string {
  const value = fields[name] ?? '';
  if (typeof value !== 'string' || value.length > 200) throw new RequestFault(400, `"${name}" must be a short text`);
  return value.trim();
}
