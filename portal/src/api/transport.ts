// One call to the portal's API: same origin, JSON, the CSRF token, the answer checked against the contract. Nothing else in the
// front end calls fetch. The CSRF token lives here, in memory, and goes nowhere else.
import type { z } from 'zod';
import { Me } from '../../../src/portal/contract/me.ts';
import { noteServerTime } from '../lib/now.ts';
import { ApiError, problemFrom, reasonOf, unreachable, unreadable } from './problems.ts';

/** A WebAuthn credential or options in JSON; the browser library and the server know its members. */
export type CeremonyJson = { readonly [member: string]: unknown };

type Value = string | readonly string[] | undefined;

/** `?a=1&b=2&b=3`; members without a value are left out. '' when nothing is left. */
export const query = (parameters: { readonly [name: string]: Value }): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) if (each !== '') search.append(name, each);
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
};

export type Download = {
  readonly signal: AbortSignal;
  /** hears how many bytes have come so far */
  readonly onBytes: (received: number) => void;
};

/** @throws when the connection breaks off: half a file is no file */
const collected = async (answer: Response, onBytes: (received: number) => void): Promise<Blob> => {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = answer.body?.getReader();
  let received = 0;
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    parts.push(part.value);
    received += part.value.byteLength;
    onBytes(received);
  }
  return new Blob(parts, { type: answer.headers.get('content-type') ?? '' });
};

export type Transport = ReturnType<typeof createTransport>;

export const createTransport = () => {
  let csrf: string | null = null;

  const send = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> => {
    let answer: Response;
    try {
      answer = await fetch(path, {
        method,
        credentials: 'same-origin',
        redirect: 'error',
        cache: 'no-store',
        headers: {
          accept: 'application/json',
          ...(method === 'POST' ? { 'content-type': 'application/json', 'x-sallyport-csrf': csrf ?? '' } : {}),
        },
        ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
      });
    } catch {
      throw unreachable();
    }
    noteServerTime(answer.headers.get('date'));
    if (answer.status === 204) return null;
    const content: unknown = await answer.json().catch(() => undefined);
    if (!answer.ok) throw problemFrom(answer.status, content);
    return content;
  };

  /** Lines of JSON, unread. */
  const lines = async (path: string, signal: AbortSignal): Promise<string> => {
    let answer: Response;
    try {
      const headers = { accept: 'application/x-ndjson' };
      answer = await fetch(path, { credentials: 'same-origin', redirect: 'error', cache: 'no-store', headers, signal });
      if (answer.ok) return await answer.text();
    } catch (error) {
      if (signal.aborted) throw error;
      throw unreachable();
    }
    throw problemFrom(answer.status, await answer.json().catch(() => undefined));
  };

  /** A file that the gateway makes. A POST, because what is asked for is not to stand in an address. */
  const file = async (path: string, body: unknown, { signal, onBytes }: Download): Promise<Blob> => {
    if (csrf === null) await readMe();
    let answer: Response;
    try {
      answer = await fetch(path, {
        method: 'POST',
        credentials: 'same-origin',
        redirect: 'error',
        cache: 'no-store',
        headers: { 'content-type': 'application/json', 'x-sallyport-csrf': csrf ?? '' },
        body: JSON.stringify(body),
        signal,
      });
      if (answer.ok) return await collected(answer, onBytes);
    } catch (error) {
      if (signal.aborted) throw error;
      throw unreachable();
    }
    throw problemFrom(answer.status, await answer.json().catch(() => undefined));
  };

  const checked = <T>(schema: z.ZodType<T>, content: unknown): T => {
    const parsed = schema.safeParse(content);
    if (parsed.success) return parsed.data;
    console.error('answer does not match the contract', parsed.error.issues);
    throw unreadable(200);
  };

  const get = async <T>(schema: z.ZodType<T>, path: string): Promise<T> => checked(schema, await send('GET', path));

  const readMe = async (): Promise<Me> => {
    const me = await get(Me, '/api/me');
    csrf = me.csrf;
    return me;
  };

  /** A `csrf` refusal did nothing, so one more try with a new token is safe (another tab may have signed in again). */
  const post = async (path: string, body?: unknown): Promise<unknown> => {
    if (csrf === null) await readMe();
    try {
      return await send('POST', path, body);
    } catch (error) {
      if (reasonOf(error) !== 'csrf') throw error;
      await readMe();
      return send('POST', path, body);
    }
  };

  const change = async <T>(schema: z.ZodType<T>, path: string, body?: unknown): Promise<T> =>
    checked(schema, await post(path, body));

  const options = async (path: string, body?: unknown): Promise<CeremonyJson> => {
    const content = await post(path, body);
    if (typeof content !== 'object' || content === null) throw unreadable(200);
    return content as CeremonyJson;
  };

  return {
    get,
    post,
    change,
    options,
    lines,
    file,
    /** null: nobody is signed in. */
    async me(): Promise<Me | null> {
      try {
        return await readMe();
      } catch (error) {
        if (error instanceof ApiError && error.problem.status === 401) {
          csrf = null;
          return null;
        }
        throw error;
      }
    },
    async logout(): Promise<void> {
      await post('/api/logout');
      csrf = null;
    },
  };
};
