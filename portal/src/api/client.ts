// The portal's API, typed: every answer is checked against the contract, every failure is an ApiError. Nothing else in the front
// end calls fetch. The CSRF token lives here, in memory, and goes nowhere else.
import type { z } from 'zod';
import { type AskGrant, GrantPage, GrantView } from '../../../src/portal/contract/grants.ts';
import { HoldView } from '../../../src/portal/contract/holds.ts';
import { Me } from '../../../src/portal/contract/me.ts';
import { Passkey, PasskeyList } from '../../../src/portal/contract/passkeys.ts';
import { ExchangeDetail, ExchangePage, SessionPage, SessionRow } from '../../../src/portal/contract/sessions.ts';
import { noteServerTime } from '../lib/now.ts';
import { ApiError, problemFrom, reasonOf, unreachable, unreadable } from './problems.ts';

export type GrantsView = 'mine' | 'inbox' | 'all';
export type ExchangeKind = 'acts' | 'refused' | 'all';
export type Terms = { readonly minutes: number; readonly uses: number };
/** A WebAuthn credential or options in JSON; the browser library and the server know its members. */
export type CeremonyJson = { readonly [member: string]: unknown };
export type SessionFilter = {
  readonly person?: string;
  readonly console?: string;
  readonly action?: string;
  readonly verdict?: string;
  readonly risk?: string;
  readonly from?: string;
  readonly to?: string;
};

export type Api = ReturnType<typeof createApi>;

const seg = encodeURIComponent;
const query = (parameters: { readonly [name: string]: string | undefined }): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') search.set(name, value);
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
};

export const createApi = () => {
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

    grants: (view: GrantsView, cursor?: string) => get(GrantPage, `/api/grants${query({ view, cursor })}`),
    grant: (id: string) => get(GrantView, `/api/grants/${seg(id)}`),
    ask: (wish: AskGrant) => change(GrantView, '/api/grants', wish),
    approveOptions: (id: string, terms: Terms) => options(`/api/grants/${seg(id)}/approve/options`, terms),
    approve: (id: string, terms: Terms, assertion: unknown) =>
      change(GrantView, `/api/grants/${seg(id)}/approve`, { ...terms, assertion }),
    deny: (id: string, reason: string) => change(GrantView, `/api/grants/${seg(id)}/deny`, { reason }),
    withdraw: (id: string) => change(GrantView, `/api/grants/${seg(id)}/withdraw`),
    end: (id: string) => change(GrantView, `/api/grants/${seg(id)}/end`),

    passkeys: () => get(PasskeyList, '/api/passkeys'),
    enrolOptions: () => options('/api/passkeys/options'),
    enrol: (name: string, credential: unknown) => change(Passkey, '/api/passkeys', { name, credential }),
    renamePasskey: (id: string, name: string) => change(Passkey, `/api/passkeys/${seg(id)}/rename`, { name }),
    async removePasskey(id: string): Promise<void> {
      await post(`/api/passkeys/${seg(id)}/remove`);
    },

    stepUpOptions: () => options('/api/stepup/options'),
    async stepUp(assertion: unknown): Promise<void> {
      await post('/api/stepup', { assertion });
    },

    hold: (id: string) => get(HoldView, `/api/holds/${seg(id)}`),
    holdOptions: (id: string) => options(`/api/holds/${seg(id)}/options`),
    signHold: (id: string, assertion: unknown) => change(HoldView, `/api/holds/${seg(id)}/sign`, { assertion }),
    cancelHold: (id: string) => change(HoldView, `/api/holds/${seg(id)}/cancel`),

    sessions: (filter: SessionFilter, cursor?: string) =>
      get(SessionPage, `/api/sessions${query({ ...filter, cursor })}`),
    session: (id: string) => get(SessionRow, `/api/sessions/${seg(id)}`),
    exchanges: (id: string, kind: ExchangeKind, cursor?: string) =>
      get(ExchangePage, `/api/sessions/${seg(id)}/exchanges${query({ kind, cursor })}`),
    exchange: (id: string, exchange: string) =>
      get(ExchangeDetail, `/api/sessions/${seg(id)}/exchanges/${seg(exchange)}`),
  };
};
