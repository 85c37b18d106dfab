// Whether an answer is one that the API's description allows: with ajv, and with path matching of its own, so that nothing
// of the product's judgement is used twice.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Content = { readonly [type: string]: { readonly schema: object } };
type Response = {
  readonly description: string;
  readonly headers?: { readonly [name: string]: unknown };
  readonly content?: Content;
};
export type Operation = {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: 'path' | 'query'; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: { readonly [status: string]: Response | { readonly $ref: string } };
};
export type Document = {
  readonly openapi: string;
  readonly paths: { readonly [path: string]: { readonly get?: Operation; readonly post?: Operation } };
  readonly components: {
    readonly schemas: { readonly [name: string]: object };
    readonly responses: { readonly [name: string]: Response };
  };
};

export type Answered = {
  readonly method: string;
  /** path and query */
  readonly target: string;
  readonly status: number;
  readonly contentType: string | undefined;
  /** `X-Sallyport-Refused` */
  readonly refused: string | undefined;
  readonly text: string;
};

export type Conformance = {
  /** What is wrong with an answer; null: it is as described. */
  fault(answered: Answered): string | null;
  /** `operationId status` of every answer that was looked at */
  readonly seen: ReadonlySet<string>;
  readonly operations: readonly {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly operation: Operation;
  }[];
};

export function createConformance(document: Document): Conformance {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  // Each schema stands under a name of its own: the rest of the document is no JSON Schema.
  const standing = (schema: object): object =>
    JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/components/schemas/', '"$ref":"schema:')) as object;
  for (const [name, schema] of Object.entries(document.components.schemas))
    ajv.addSchema(standing(schema), `schema:${name}`);
  const compiled = new Map<object, ValidateFunction>();
  const operations = Object.entries(document.paths).flatMap(([path, { get, post }]) => [
    ...(get ? [{ method: 'GET' as const, path, operation: get }] : []),
    ...(post ? [{ method: 'POST' as const, path, operation: post }] : []),
  ]);
  const seen = new Set<string>();

  const validatorOf = (schema: object): ValidateFunction => {
    const known = compiled.get(schema);
    if (known) return known;
    const validate = ajv.compile(standing(schema));
    compiled.set(schema, validate);
    return validate;
  };
  const find = (method: string, target: string) => {
    const segments = (target.split('?')[0] ?? '').split('/');
    const fitting = operations.filter(({ method: own, path }) => {
      const parts = path.split('/');
      return (
        own === method &&
        parts.length === segments.length &&
        parts.every((part, i) => /^\{/.test(part) || part === segments[i])
      );
    });
    return fitting.find(({ path }) => !path.includes('{')) ?? fitting[0];
  };
  const responseOf = ({ responses }: Operation, status: number): Response | undefined => {
    const found = responses[status];
    return found && '$ref' in found ? document.components.responses[found.$ref.split('/').at(-1) ?? ''] : found;
  };

  return {
    seen,
    operations,
    fault({ method, target, status, contentType, refused, text }) {
      const found = find(method === 'HEAD' ? 'GET' : method, target);
      const problemOnly = { status, reason: refused };
      if (!found)
        return status === 404 || refused === 'csrf' ? null : `undocumented, and answers ${JSON.stringify(problemOnly)}`;
      const { operation } = found;
      const what = `${operation.operationId} ${status} ${refused ?? ''}`;
      const response = responseOf(operation, status);
      if (!response) return `${what}: this status is not documented`;
      seen.add(`${operation.operationId} ${status}`);
      if (response.content === undefined) return text === '' ? null : `${what}: a body where none is documented`;
      const type = (contentType ?? '').split(';')[0] ?? '';
      const media = response.content[type];
      if (!media) return `${what}: content type ${contentType} is not documented`;
      if (!/json$/.test(type)) return null;
      let body: unknown;
      try {
        body = JSON.parse(text);
      } catch {
        return `${what}: not JSON`;
      }
      const validate = validatorOf(media.schema);
      if (!validate(body)) return `${what}: ${ajv.errorsText(validate.errors)}`;
      if (status >= 400 && (body as { reason?: unknown }).reason !== refused) return `${what}: header and body differ`;
      return null;
    },
  };
}
