// Registers one operation of the table with what answers it. Input and answer have the types of its schemas.
import type { Request, Response, Router } from 'express';
import type { z } from 'zod';
import type { Principal } from '../../kernel/principal.ts';
import type { Session } from '../../kernel/session.ts';
import { sessionOf } from '../authenticate.ts';
import type { Endpoint } from './endpoint.ts';
import { passedAs } from './gate.ts';

type Parsed<S> = S extends z.ZodType ? z.output<S> : null;
type Answered<S> = S extends z.ZodType ? DeepReadonly<z.input<S>> : never;
/** Records of the kernel are read-only; an answer may be made of them. */
type DeepReadonly<T> = T extends readonly (infer I)[]
  ? readonly DeepReadonly<I>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

export type Call<E extends Endpoint> = {
  readonly session: Session;
  readonly principal: Principal;
  readonly query: Parsed<E['query']>;
  readonly body: Parsed<E['body']>;
  /** of the path; the gate has checked its form */
  readonly params: { readonly id: string; readonly exchange: string; readonly page: string };
  readonly req: Request;
  readonly res: Response;
};

const callOf = <E extends Endpoint>(req: Request, res: Response, endpoint: E): Call<E> => {
  const { query, body, params } = passedAs(req, endpoint);
  const session = sessionOf(req);
  return {
    session,
    principal: session.principal,
    query: query as Parsed<E['query']>,
    body: body as Parsed<E['body']>,
    params: { id: params.id ?? '', exchange: params.exchange ?? '', page: params.page ?? '' },
    req,
    res,
  };
};

/** An operation that answers with JSON. What `answer` throws is answered by the app. */
export function serve<E extends Endpoint>(
  router: Router,
  endpoint: E,
  answer: (call: Call<E>) => Answered<E['answer']['schema']> | Promise<Answered<E['answer']['schema']>>,
): void {
  register(router, endpoint, async (req, res) => {
    const content = await answer(callOf(req, res, endpoint));
    res.status(endpoint.answer.status).json(content);
  });
}

/** An operation that answers with nothing but that it is done. */
export function serveDone<E extends Endpoint>(
  router: Router,
  endpoint: E,
  deed: (call: Call<E>) => Promise<void>,
): void {
  register(router, endpoint, async (req, res) => {
    await deed(callOf(req, res, endpoint));
    res.status(endpoint.answer.status).end();
  });
}

/** An operation that writes its answer itself: downloads and event streams. */
export function serveStream<E extends Endpoint>(
  router: Router,
  endpoint: E,
  answer: (call: Call<E>) => void | Promise<void>,
): void {
  register(router, endpoint, (req, res) => answer(callOf(req, res, endpoint)));
}

function register(router: Router, { method, path }: Endpoint, handler: (req: Request, res: Response) => unknown): void {
  if (method === 'GET') router.get(path, handler);
  else router.post(path, handler);
}
