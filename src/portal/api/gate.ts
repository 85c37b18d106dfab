// Stands before every route of the API: only operations of the table pass, their caller has the right, what came in fits
// its schema, and what goes out holds no member that its schema does not know. A route cannot forget any of it.
import type { Request, RequestHandler } from 'express';
import type { z } from 'zod';
import { type May, sessionOf } from '../authenticate.ts';
import { PortalProblem, parseInput } from '../problem.ts';
import type { Viewing } from '../viewing.ts';
import { type Endpoint, PATH_ID } from './endpoint.ts';

/** What the gate has found out about a request. */
export type Passed = {
  readonly endpoint: Endpoint;
  readonly params: { readonly [name: string]: string };
  readonly query: unknown;
  readonly body: unknown;
};
const passed = new WeakMap<Request, Passed>();

/** @throws PortalProblem not.found when this request did not come through the gate as this operation */
export function passedAs(req: Request, endpoint: Endpoint): Passed {
  const found = passed.get(req);
  if (found?.endpoint !== endpoint) throw new PortalProblem('not.found');
  return found;
}

type Matcher = { readonly endpoint: Endpoint; readonly pattern: RegExp; readonly names: readonly string[] };

function matcherOf(endpoint: Endpoint): Matcher {
  const names: string[] = [];
  const source = endpoint.path.replaceAll('.', '\\.').replace(/:([a-z]+)/g, (_all, name: string) => {
    names.push(name);
    return '([^/]+)';
  });
  return { endpoint, pattern: new RegExp(`^${source}$`), names };
}

/** What looking at recordings may need besides the right. */
export type GateViewing = Pick<Viewing, 'byGrant' | 'reasoned'>;

/** @throws at start when two operations share method and path, or a name */
export function createGate(endpoints: readonly Endpoint[], may: May, viewing?: GateViewing): RequestHandler {
  const shapes = endpoints.flatMap(({ name, method, path }) => [name, `${method} ${path.replace(/:[a-z]+/g, ':')}`]);
  if (new Set(shapes).size !== shapes.length) throw new Error('two operations of the API have one name or one path');
  // Fixed paths first: /api/grants/rule is not the grant with the id "rule".
  const matchers = endpoints.map(matcherOf).sort((a, b) => a.names.length - b.names.length);

  const find = (method: string, path: string) => {
    for (const { endpoint, pattern, names } of matchers) {
      if (endpoint.method !== method) continue;
      const values = pattern.exec(path);
      if (values) return { endpoint, params: Object.fromEntries(names.map((name, i) => [name, values[i + 1] ?? ''])) };
    }
    return null;
  };

  return async (req, res, next) => {
    const found = find(req.method === 'HEAD' ? 'GET' : req.method, req.baseUrl + req.path);
    if (found === null) throw new PortalProblem('not.found');
    const { endpoint, params } = found;
    const session = sessionOf(req);
    const { rights } = endpoint;
    const wellFormed = Object.values(params).every((value) => PATH_ID.test(value));
    const viewed = endpoint.path.startsWith('/api/sessions/:id') && wellFormed ? (params.id ?? null) : null;
    if (rights.length > 0 && !rights.some((right) => may(session.principal, right))) {
      // One right, or nobody could say which of them a grant would have to give.
      const [right, ...others] = rights;
      if (viewing === undefined || right !== 'recording.view' || others.length > 0)
        throw new PortalProblem('forbidden');
      await viewing.byGrant(session, right, viewed);
    }
    if (!wellFormed) throw new PortalProblem('not.found');
    if (viewed !== null) await viewing?.reasoned(session, endpoint, viewed);
    const query = endpoint.query === null ? null : parseInput(endpoint.query, req.query);
    const body = endpoint.body === null ? null : parseInput(endpoint.body, req.body);
    passed.set(req, { endpoint, params, query, body });
    const { schema } = endpoint.answer;
    const send = res.json.bind(res);
    res.json = (content: unknown) => {
      if (res.statusCode !== endpoint.answer.status) throw new Error(`${endpoint.name} answers ${res.statusCode}`);
      return send(schema === null ? refuseToAnswer(endpoint) : fitting(schema, content, endpoint.name));
    };
    next();
  };
}

const refuseToAnswer = ({ name }: Endpoint): never => {
  throw new Error(`${name} has no JSON answer`);
};

/** Says where it does not fit, and never what stands there: the log is not the place for people's data. */
function fitting(schema: z.ZodType, content: unknown, name: string): unknown {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.slice(0, 5).map(({ path, code }) => `${path.map(String).join('.')}: ${code}`);
  throw new Error(`the answer of ${name} is not what its schema says: ${where.join('; ')}`);
}
