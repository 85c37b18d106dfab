// The paths of a pack's entries, read once at load: `/api/devices/{device}/wipe`, `/files[.json|.xml]?`, `/assets/**`.

export type Encoding = 'encoded-slash' | 'double-encoded';

/** One segment: a literal, or `before{name:kind}after`. `list`: ids with commas between them. */
export type TemplateSegment =
  | { readonly literal: string }
  | {
      readonly name: string;
      readonly kind: string;
      readonly before: string;
      readonly after: string;
      readonly list: boolean;
      readonly encoded: Encoding | null;
    };

export type Capture = Extract<TemplateSegment, { kind: string }>;

export type Template = {
  readonly methods: readonly string[];
  readonly path: string;
  readonly segments: readonly TemplateSegment[];
  /** true: ends in `/**`, one or more further segments */
  readonly tail: boolean;
};

export type TemplateContext = {
  readonly base?: string | undefined;
  readonly roots?: Readonly<Record<string, string>>;
  readonly allow?: Readonly<Record<string, Encoding>>;
};

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const LITERAL = /^[A-Za-z0-9._~!$&'()*+,=:@ -]*$/;
const CAPTURE = /^([^{}]*)\{([a-z][a-z_0-9]*)(?::([a-z][a-z_]*))?(?::([a-z]+))?\}([^{}]*)$/;
/** `[a|b]`, `[a|b]?` */
const CHOICE = /\[([^[\]]*)\](\??)/;
const MOST_PATHS = 64;

/**
 * `POST /a/{b}` or `GET,POST /a[/b]?`: every path that is meant, or what is wrong as a sentence. HEAD is never written: it
 * is judged as GET.
 */
export function parseRequest(text: string, context: TemplateContext = {}): readonly Template[] | string {
  const [methodList = '', written = '', ...rest] = text.split(' ').filter((part) => part !== '');
  if (rest.length > 0 || written === '')
    return 'write the methods, one blank, and the path: POST /api/devices/{device}/wipe';
  const methods = methodList === 'ANY' ? METHODS : methodList.split(',');
  const wrong = methods.find((method) => !METHODS.includes(method));
  if (wrong !== undefined) return `"${wrong}" is not one of ${METHODS.join(', ')}`;
  const rooted = withRoot(written, context.roots ?? {});
  if (rooted === null) return `"${written}" begins with a root that the pack does not have`;
  if (!rooted.startsWith('/') && !rooted.startsWith('[')) return 'the path must start with /';
  const paths = expand(`${context.base ?? ''}${rooted}`);
  if (typeof paths === 'string') return paths;
  const templates: Template[] = [];
  for (const path of new Set(paths)) {
    const template = parsePath(methods, path, context.allow ?? {});
    if (typeof template === 'string') return template;
    templates.push(template);
  }
  return templates;
}

function withRoot(path: string, roots: Readonly<Record<string, string>>): string | null {
  const [, name, rest = ''] = /^<([a-z][a-z0-9-]*)>(.*)$/.exec(path) ?? [];
  if (name === undefined) return path;
  const root = roots[name];
  return root === undefined ? null : `${root}${rest}`;
}

/** All paths that a path with choices stands for; a sentence when there are too many or a bracket is lonely. */
function expand(path: string): readonly string[] | string {
  const open = [path];
  const done: string[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const found = CHOICE.exec(next);
    if (found === null) {
      if (/[[\]?]/.test(next)) return 'the path has a bracket or question mark that belongs to no choice';
      done.push(next);
      continue;
    }
    const before = next.slice(0, found.index);
    const after = next.slice(found.index + found[0].length);
    for (const one of [...(found[1] ?? '').split('|'), ...(found[2] === '?' ? [''] : [])])
      open.push(`${before}${one}${after}`);
    if (open.length + done.length > MOST_PATHS) return `stands for more than ${MOST_PATHS} paths`;
  }
  return done.reverse();
}

function parsePath(
  methods: readonly string[],
  path: string,
  allow: Readonly<Record<string, Encoding>>,
): Template | string {
  if (!path.startsWith('/')) return 'the path must start with /';
  const parts = path === '/' ? [] : path.slice(1).split('/');
  const tail = parts.at(-1) === '**';
  if (tail) parts.pop();
  const segments: TemplateSegment[] = [];
  const names = new Set<string>();
  for (const [index, part] of parts.entries()) {
    const atEnd = index === parts.length - 1 && index > 0 && !tail;
    if ((part === '' && !atEnd) || part === '.' || part === '..') return 'the path has an empty or a dot segment';
    const capture = CAPTURE.exec(part);
    if (capture === null) {
      if (!LITERAL.test(part)) return `"${part}" is neither a plain segment nor one with a single {name}`;
      segments.push({ literal: part });
      continue;
    }
    const [, before = '', name = '', second, third, after = ''] = capture;
    if (!LITERAL.test(before) || !LITERAL.test(after)) return `"${part}" has characters that a path cannot have`;
    if (third !== undefined && third !== 'list') return `"${part}": only {name:kind:list} may follow a kind`;
    const list = third === 'list' || second === 'list';
    const kind = second === undefined || second === 'list' ? name : second;
    if (names.has(name)) return `{${name}} stands there twice; write {other:${kind}}`;
    names.add(name);
    segments.push({ name, kind, before, after, list, encoded: allow[name] ?? null });
  }
  return { methods, path, segments, tail };
}

/** The names of the captured places, in order. */
export const namesOf = (template: Template): readonly string[] =>
  template.segments.flatMap((segment) => ('name' in segment ? [segment.name] : []));
