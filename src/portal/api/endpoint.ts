// One operation of the portal's API, as data: it is what the gate checks, what the route is registered by, and what the
// OpenAPI document says. Nothing answers under /api that is not described so.
import type { z } from 'zod';
import type { PortalRight } from '../authenticate.ts';
import type { PortalReason } from '../problem.ts';

export type Answer = {
  readonly status: 200 | 201 | 204;
  readonly type:
    | 'application/json'
    | 'text/csv'
    | 'text/event-stream'
    | 'application/x-ndjson'
    | 'application/x-tar'
    | null;
  /** of a JSON answer: members that it does not know never leave */
  readonly schema: z.ZodType | null;
  /** file name of a download */
  readonly file?: string;
};

export type Endpoint = {
  /** operationId */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** `/api/grants/:id` */
  readonly path: `/api/${string}`;
  readonly tag: string;
  /** one sentence for those who read the document */
  readonly says: string;
  /** what policy must give the caller: one of these; empty: being signed in is enough */
  readonly rights: readonly PortalRight[];
  readonly query: z.ZodObject | null;
  readonly body: z.ZodObject | null;
  readonly answer: Answer;
  /** why it may refuse, besides what every operation may (`reasonsOf`) */
  readonly refuses: readonly PortalReason[];
};

export const json = <S extends z.ZodType>(schema: S) => ({ status: 200, type: 'application/json', schema }) as const;
export const created = <S extends z.ZodType>(schema: S) => ({ ...json(schema), status: 201 }) as const;
export const NOTHING = { status: 204, type: null, schema: null } as const;

type Said = Pick<Endpoint, 'name' | 'path' | 'tag' | 'says'> & Partial<Pick<Endpoint, 'rights' | 'refuses'>>;

/** An operation that only reads. */
export const reads = <A extends Answer, Q extends z.ZodObject | null = null>(
  said: Said & { readonly answer: A; readonly query?: Q },
) => ({
  rights: [],
  refuses: [],
  ...said,
  method: 'GET' as const,
  query: (said.query ?? null) as Q,
  body: null,
});

/** An operation that changes something. */
export const changes = <A extends Answer, B extends z.ZodObject>(
  said: Said & { readonly answer: A; readonly body: B },
) => ({ rights: [], refuses: [], ...said, method: 'POST' as const, query: null });

/** Ids in a path; anything else is as unknown as an id that nobody has. Passkeys' ids are the longest. */
export const PATH_ID = /^[A-Za-z0-9_-]{1,1364}$/;

export const paramsOf = (path: string): readonly string[] =>
  [...path.matchAll(/:([a-z]+)/g)].map(([, name = '']) => name);

const ANY: readonly PortalReason[] = [
  'session.missing',
  'session.expired',
  'session.revoked',
  'request.ambiguous',
  'request.malformed',
  // shown inside another page
  'forbidden',
  'state.unavailable',
  'gateway.failed',
];
const CHANGES: readonly PortalReason[] = ['csrf', 'body.unreadable', 'body.too_large'];

/** Every reason with which this operation may be refused. */
export function reasonsOf({ method, path, query, body, refuses }: Endpoint): readonly PortalReason[] {
  const all = new Set<PortalReason>([...ANY, ...refuses]);
  if (method === 'POST') for (const reason of CHANGES) all.add(reason);
  if (query !== null || body !== null) all.add('input.invalid');
  if (paramsOf(path).length > 0) all.add('not.found');
  return [...all].sort();
}
