// A path template of a pack, read once at load: `/api/devices/{device}/wipe`, `/files/{file}.zip`, `/assets/**`.

/** One segment: a literal, or `before{name:kind}after`. */
export type TemplateSegment =
  | { readonly literal: string }
  | { readonly name: string; readonly kind: string; readonly before: string; readonly after: string };

export type Template = {
  readonly methods: readonly string[];
  readonly path: string;
  readonly segments: readonly TemplateSegment[];
  /** true: ends in `/**`, one or more further segments */
  readonly tail: boolean;
};

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const LITERAL = /^[A-Za-z0-9._~!$&'()*+,=:@ -]*$/;
const CAPTURE = /^([^{}]*)\{([a-z][a-z_0-9]*)(?::([a-z][a-z_]*))?\}([^{}]*)$/;

/** `POST /a/{b}` or `GET,POST /a`. Returns what is wrong as a sentence. HEAD is never written: it is judged as GET. */
export function parseRequest(text: string): Template | string {
  const [methodList = '', path = '', ...rest] = text.split(' ').filter((part) => part !== '');
  if (rest.length > 0 || path === '')
    return 'write the methods, one blank, and the path: POST /api/devices/{device}/wipe';
  const methods = methodList.split(',');
  const wrong = methods.find((method) => !METHODS.has(method));
  if (wrong !== undefined) return `"${wrong}" is not one of ${[...METHODS].join(', ')}`;
  if (!path.startsWith('/')) return 'the path must start with /';
  const parts = path === '/' ? [] : path.slice(1).split('/');
  const tail = parts.at(-1) === '**';
  if (tail) parts.pop();
  const segments: TemplateSegment[] = [];
  const names = new Set<string>();
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') return 'the path has an empty or a dot segment';
    const capture = CAPTURE.exec(part);
    if (capture === null) {
      if (!LITERAL.test(part)) return `"${part}" is neither a plain segment nor one with a single {name}`;
      segments.push({ literal: part });
      continue;
    }
    const [, before = '', name = '', kind = name, after = ''] = capture;
    if (!LITERAL.test(before) || !LITERAL.test(after)) return `"${part}" has characters that a path cannot have`;
    if (names.has(name)) return `{${name}} stands there twice; write {other:${kind}}`;
    names.add(name);
    segments.push({ name, kind, before, after });
  }
  return { methods, path, segments, tail };
}
