// The description of the portal's API (OpenAPI 3.1), made from the very table that the gate checks by.
import { z } from 'zod';
import * as evidence from '../contract/evidence.ts';
import * as exporting from '../contract/export.ts';
import * as freezes from '../contract/freezes.ts';
import * as grants from '../contract/grants.ts';
import * as holds from '../contract/holds.ts';
import * as me from '../contract/me.ts';
import * as nouns from '../contract/nouns.ts';
import * as operate from '../contract/operate.ts';
import * as passkeys from '../contract/passkeys.ts';
import * as replay from '../contract/replay.ts';
import * as reports from '../contract/reports.ts';
import * as review from '../contract/review.ts';
import * as sessions from '../contract/sessions.ts';
import { type PortalReason, reasonText } from '../problem.ts';
import { type Endpoint, PATH_ID, paramsOf, reasonsOf } from './endpoint.ts';

type Json = { readonly [name: string]: unknown };
export type OpenApi = Json & { readonly openapi: string; readonly paths: { readonly [path: string]: Json } };

/** @param version of the product */
export function openApiOf(endpoints: readonly Endpoint[], version: string): OpenApi {
  const { schemas, reference } = namedSchemas(endpoints);
  const responses = new Map<string, Json>();
  const paths: { [path: string]: { [method: string]: Json } } = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:([a-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint, { reference, responses }) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sallyport portal',
      version,
      summary: 'Ask for access to MDM consoles, answer, review and operate it.',
      description:
        'All times are milliseconds since the Unix epoch. Changes are POST with JSON, the Origin of the portal and the token of ' +
        '`GET /api/me` as `X-Sallyport-Csrf`. Refusals are RFC 9457 problem JSON; `reason` says which, also in `X-Sallyport-Refused`. ' +
        'Approvals and signatures are WebAuthn ceremonies on the origin of the portal: nothing here approves without a passkey.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ session: [] }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      responses: Object.fromEntries([...responses].sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-sallyport', description: 'The session of the portal.' },
        csrf: { type: 'apiKey', in: 'header', name: 'X-Sallyport-Csrf', description: '`csrf` of `GET /api/me`.' },
      },
    },
  };
}

type Reference = (schema: z.ZodType, io: 'input' | 'output') => Json;

type Parts = { readonly reference: Reference; readonly responses: Map<string, Json> };

function operationOf(endpoint: Endpoint, parts: Parts): Json {
  const { reference } = parts;
  const { name, method, path, tag, says, rights, query, body, answer } = endpoint;
  const content = answer.type === null ? {} : { content: { [answer.type]: { schema: contentOf(answer, reference) } } };
  const headers =
    answer.file === undefined ? {} : { headers: { 'Content-Disposition': { schema: { type: 'string' } } } };
  return {
    operationId: name,
    tags: [tag],
    summary: says,
    ...(method === 'POST' ? { security: [{ session: [], csrf: [] }] } : {}),
    ...(rights.length > 0 ? { 'x-sallyport-rights': [...rights] } : {}),
    parameters: [...paramsOf(path).map(pathParameter), ...(query === null ? [] : queryParameters(query))],
    ...(body === null
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: reference(body, 'input') } } } }),
    responses: {
      [answer.status]: { description: answer.status === 204 ? 'Done.' : 'The answer.', ...headers, ...content },
      ...problems(reasonsOf(endpoint), parts.responses),
    },
  };
}

const contentOf = ({ schema }: Endpoint['answer'], reference: Reference): Json =>
  schema === null ? { type: 'string' } : reference(schema, 'output');

const pathParameter = (name: string): Json => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: PATH_ID.source },
});

function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = plain(query, 'input') as {
    properties?: { [name: string]: Json };
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

/** One response for each status, with the reasons that it may have; equal ones are written once. */
function problems(reasons: readonly PortalReason[], responses: Map<string, Json>): Json {
  const byStatus = new Map<number, PortalReason[]>();
  for (const reason of reasons) {
    const { status } = reasonText(reason);
    byStatus.set(status, [...(byStatus.get(status) ?? []), reason]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => {
      const name = [status, ...those].join('.');
      responses.set(name, problemResponse(those));
      return [status, { $ref: `#/components/responses/${name}` }];
    }),
  );
}

const problemResponse = (reasons: readonly PortalReason[]): Json => ({
  description: reasons.map((reason) => `${reason}: ${reasonText(reason).title}.`).join(' '),
  headers: { 'X-Sallyport-Refused': { schema: { type: 'string', enum: reasons } } },
  content: {
    'application/problem+json': {
      schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { reason: { enum: reasons } } }] },
    },
  },
});

/** JSON Schema 2020-12, complete in itself. */
function plain(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline' });
  return rest;
}

/** What the contract exports under a name gets that name; the rest stands where it is used. */
function namedSchemas(endpoints: readonly Endpoint[]): { schemas: Json; reference: Reference } {
  const bodies = new Set(endpoints.map(({ body }) => body));
  const registries = { input: z.registry<{ id: string }>(), output: z.registry<{ id: string }>() };
  const names = new Map<z.ZodType, string>();
  for (const group of [
    evidence,
    exporting,
    reports,
    nouns,
    me,
    passkeys,
    grants,
    holds,
    freezes,
    review,
    sessions,
    replay,
    operate,
  ])
    for (const [id, schema] of Object.entries(group)) {
      if (!(schema instanceof z.ZodType) || !/^[A-Z]/.test(id)) continue;
      names.set(schema, id);
      registries[bodies.has(schema as z.ZodObject) ? 'input' : 'output'].add(schema, { id });
    }
  const uri = (id: string): string => `#/components/schemas/${id}`;
  const schemas = (['input', 'output'] as const).flatMap((io) =>
    Object.entries(z.toJSONSchema(registries[io], { io, uri }).schemas).map(([id, schema]) => {
      const { $schema: _dialect, $id: _address, ...rest } = schema;
      return [id, rest] as const;
    }),
  );
  const reference: Reference = (schema, io) => {
    const id = names.get(schema);
    return id === undefined ? plain(schema, io) : { $ref: uri(id) };
  };
  // In one order, whichever file it comes from.
  return { schemas: Object.fromEntries(schemas.sort(([a], [b]) => (a < b ? -1 : 1))), reference };
}
