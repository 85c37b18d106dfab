// Where JSON says the name of a secret in one place and its value in another: {"name": "password", "value": "x"}, and tables with a
// list of columns beside their rows.

/** Members that say what a neighbour holds. */
const NAMES =
  /^(?:(?:field|setting|property|attribute|parameter|param|variable|header|display|column|option|custom|oma)?[_-]?(?:name|key|id|label)|field|setting|property|attribute|parameter|param|variable|header|column|option|type|title|kind|k|n)$/i;
/** Members that hold it, whatever they are; and those that do when they are a text or a number. */
const VALUES = /^(?:[\w-]*values?|val|v)$/i;
const TEXTS = /^(?:data|contents?|text|default|string|plain|plain_?text|answer|result|body)$/i;
const LONGEST = 64;

/** Whether a text, not a member, is the name of a secret. */
export const namesSecret = (text: string, isSecret: IsSecret): boolean => text.length <= LONGEST && isSecret(text);

type IsSecret = (name: string) => boolean;
type Roles = { readonly name: boolean; readonly value: boolean; readonly text: boolean };

const roles = new Map<string, Roles>();
function roleOf(member: string): Roles {
  const known = roles.get(member);
  if (known !== undefined) return known;
  const role = { name: NAMES.test(member), value: VALUES.test(member), text: TEXTS.test(member) };
  if (member.length > LONGEST) return role;
  if (roles.size >= 2_000) roles.clear();
  roles.set(member, role);
  return role;
}

const NONE: ReadonlySet<string> = new Set();

/** Which members of an object hold what another one names as a secret, and which columns of its rows do. */
export function namesSecretBeside(
  value: object,
  isSecret: IsSecret,
): { readonly values: ReadonlySet<string>; readonly columns: ReadonlySet<number> | null } {
  let named = false;
  let values: Set<string> | null = null;
  let rows = false;
  for (const [member, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && roleOf(member).name && namesSecret(inner, isSecret)) named = true;
    const { value: always, text } = roleOf(member);
    if (always || (text && (inner === null || typeof inner !== 'object'))) {
      values ??= new Set();
      values.add(member);
    }
    if (Array.isArray(inner) && Array.isArray(inner[0])) rows = true;
  }
  let columns: Set<number> | null = null;
  if (rows) {
    const found = Object.values(value).flatMap((inner) => (Array.isArray(inner) ? namedIn(inner, isSecret) : []));
    if (found.length > 0) columns = new Set(found);
  }
  return { values: named && values !== null ? values : NONE, columns };
}

/** A list of lists whose first one names a secret: which places of the others hold it; null: it is no such table. */
export function secretColumns(list: readonly unknown[], isSecret: IsSecret): ReadonlySet<number> | null {
  const [head, first] = list;
  if (!Array.isArray(head) || !Array.isArray(first)) return null;
  const columns = new Set(namedIn(head, isSecret));
  return columns.size === 0 ? null : columns;
}

/** Places of a list of columns, as texts or as objects with a name, that name a secret. */
function namedIn(list: readonly unknown[], isSecret: IsSecret): number[] {
  return list.flatMap((one, at) => {
    const names: unknown[] =
      one !== null && typeof one === 'object' && !Array.isArray(one)
        ? Object.entries(one).flatMap(([member, inner]) => (roleOf(member).name ? [inner] : []))
        : [one];
    return names.some((name) => typeof name === 'string' && namesSecret(name, isSecret)) ? [at] : [];
  });
}
