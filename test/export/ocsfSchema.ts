// Checks an event against the published OCSF schema (ocsf-1.5.0.json says where it comes from): class, required members, types,
// enumerations, profiles, constraints, and that nothing stands there that the schema does not know.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Attribute = {
  readonly type: string;
  readonly is_array?: boolean;
  readonly required?: boolean;
  readonly profile?: string;
  readonly enum?: { readonly [value: string]: string };
};
type Shape = {
  readonly caption?: string;
  readonly category_uid?: number;
  readonly category_name?: string;
  readonly constraints: { readonly at_least_one?: readonly string[]; readonly just_one?: readonly string[] };
  readonly attributes: { readonly [name: string]: Attribute };
};
type Type = {
  readonly type?: string;
  readonly regex?: string;
  readonly range?: readonly [number, number];
  readonly max_len?: number;
};
type Schema = {
  readonly version: string;
  readonly classes: { readonly [uid: string]: Shape };
  readonly objects: { readonly [name: string]: Shape };
  readonly types: { readonly [name: string]: Type };
};

const SCHEMA = JSON.parse(readFileSync(join(import.meta.dirname, 'ocsf-1.5.0.json'), 'utf8')) as Schema;
type Members = { readonly [member: string]: unknown };

/** What is wrong with it; empty: it is an event of the schema. */
export function ocsfFaults(event: Members): string[] {
  const shape = SCHEMA.classes[String(event.class_uid)];
  if (!shape) return [`no class ${String(event.class_uid)}`];
  const metadata = (event.metadata ?? {}) as { profiles?: string[]; version?: string };
  const faults = checkMembers(event, shape, '', metadata.profiles ?? []);
  const say = (at: string, is: unknown, must: unknown): void => {
    if (is !== must) faults.push(`${at}: ${String(is)} instead of ${String(must)}`);
  };
  say('metadata.version', metadata.version, SCHEMA.version);
  say('class_name', event.class_name, shape.caption);
  say('category_uid', event.category_uid, shape.category_uid);
  say('category_name', event.category_name, shape.category_name);
  say('type_uid', event.type_uid, Number(event.class_uid) * 100 + Number(event.activity_id));
  const activity = shape.attributes.activity_id?.enum?.[String(event.activity_id)];
  say('type_name', event.type_name, `${shape.caption}: ${activity}`);
  if (event.activity_id !== 99) say('activity_name', event.activity_name, activity);
  for (const name of ['severity', 'status'])
    say(name, event[name], shape.attributes[`${name}_id`]?.enum?.[String(event[`${name}_id`])]);
  return faults;
}

function checkMembers(members: Members, shape: Shape, path: string, profiles: readonly string[]): string[] {
  const faults: string[] = [];
  for (const [name, value] of Object.entries(members)) {
    const attribute = shape.attributes[name];
    const at = `${path}${name}`;
    if (!attribute) faults.push(`${at}: not in the schema`);
    else if (attribute.profile !== undefined && !profiles.includes(attribute.profile))
      faults.push(`${at}: only with the profile ${attribute.profile}`);
    else faults.push(...checkValue(value, attribute, at, profiles));
  }
  for (const [name, { required }] of Object.entries(shape.attributes))
    if (required && members[name] === undefined) faults.push(`${path}${name}: is required`);
  const { at_least_one: some, just_one: one } = shape.constraints;
  const has = (name: string): boolean => members[name] !== undefined;
  if (some && !some.some(has)) faults.push(`${path}: none of ${some.join(', ')}`);
  if (one && one.filter(has).length !== 1) faults.push(`${path}: not just one of ${one.join(', ')}`);
  return faults;
}

function checkValue(value: unknown, attribute: Attribute, at: string, profiles: readonly string[]): string[] {
  if (attribute.is_array) {
    if (!Array.isArray(value)) return [`${at}: no list`];
    return value.flatMap((one, index) =>
      checkValue(one, { ...attribute, is_array: false }, `${at}.${index}`, profiles),
    );
  }
  const { type } = attribute;
  if (attribute.enum && !(String(value) in attribute.enum))
    return [`${at}: ${String(value)} is none of the enumeration`];
  const known = SCHEMA.types[type];
  if (known) return fits(value, type) ? [] : [`${at}: ${JSON.stringify(value)} is no ${type}`];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at}: no object`];
  if (type === 'object') return [];
  const shape = SCHEMA.objects[type];
  return shape
    ? checkMembers(value as Members, shape, `${at}.`, profiles)
    : [`${at}: the test knows no object ${type}`];
}

function fits(value: unknown, name: string): boolean {
  const { type, regex, range, max_len: most } = SCHEMA.types[name] ?? {};
  const base = type ?? name;
  if (base === 'json_t') return true;
  if (base === 'boolean_t') return typeof value === 'boolean';
  if (base === 'integer_t' || base === 'long_t') {
    return Number.isSafeInteger(value) && (!range || (Number(value) >= range[0] && Number(value) <= range[1]));
  }
  if (base === 'float_t') return typeof value === 'number';
  return (
    typeof value === 'string' &&
    (!regex || new RegExp(regex).test(value)) &&
    (most === undefined || value.length <= most)
  );
}
