// The shape of pack.yaml and vocabulary.yaml, as it is written by people; docs/pack-format.md explains each member.
// Closed objects everywhere: a misspelt member is a fault and never a condition that is silently not checked.

import { z } from 'zod';

const word = z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and hyphens');
const kindName = z.string().regex(/^[a-z][a-z_]*$/, 'use lower-case letters and underscores');
const actionName = z.string().regex(/^[a-z]+(\.[a-z_]+)+$/, 'write an action such as device.wipe');
const risk = z.enum(['read', 'low', 'high', 'destructive']);
const line = z.string().min(1).max(200);
const scalar = z.union([z.string(), z.number().int(), z.boolean(), z.null()]);
const oneOf = z.union([scalar, z.array(scalar).min(1)]);

export const ID_CLASSES = ['digits', 'hex', 'uuid', 'word', 'id', 'text'] as const;

/** What an id of a kind looks like. A path segment that does not look so does not match; an id in a body is refused. */
export const KindFormat = z.strictObject({
  one: line.optional(),
  many: line.optional(),
  id: z.enum(ID_CLASSES),
  prefix: z.string().max(20).default(''),
  min: z.int().min(1).default(1),
  max: z.int().min(1).max(200).default(64),
  /** closed list of ids; nothing else is one */
  values: z.array(z.string().min(1)).min(1).optional(),
  /** words that are never an id of this kind, such as `new` */
  not: z.array(z.string().min(1)).default([]),
  /** several ids in one place, with this between them */
  separator: z.enum([',', ';', '|']).optional(),
  /** true: in JSON the id may also be a whole number */
  numbers: z.boolean().default(false),
});

const TargetFormat = z
  .strictObject({
    kind: kindName.optional(),
    path: z.string().min(1).optional(),
    query: z.string().min(1).optional(),
    json: z.string().startsWith('/').optional(),
    form: z.string().min(1).optional(),
    /** true: the target may be left out */
    optional: z.boolean().default(false),
  })
  .refine(
    (target) => [target.path, target.query, target.json, target.form].filter((one) => one !== undefined).length === 1,
    'name exactly one place: path, query, json or form',
  )
  .refine((target) => target.kind !== undefined || target.path !== undefined, 'needs a kind');

const size = z.string().regex(/^[1-9][0-9]{0,3}(KiB|MiB|GiB)$/, 'write a size such as 64KiB');

const BodyFormat = z.strictObject({
  /** judged: held and understood before anything is sent. opaque: streamed, nobody looks inside. */
  mode: z.enum(['judged', 'opaque']).default('judged'),
  type: z.enum(['json', 'form', 'multipart', 'bytes']),
  limit: size.optional(),
  /** true: the request may come without a body */
  empty: z.boolean().default(false),
  /** place -> the value, or one of the values, that it must have */
  where: z.record(z.string().min(1), oneOf).default({}),
  has: z.array(z.string().min(1)).default([]),
  lacks: z.array(z.string().min(1)).default([]),
  /** further members that may be there; anything not named in this entry makes the request unknown */
  fields: z.union([z.literal('any'), z.array(z.string().min(1))]).default([]),
});

const QueryFormat = z.strictObject({
  required: z.record(z.string().min(1), z.union([z.string(), z.array(z.string()).min(1)])).default({}),
  allowed: z.array(z.string().min(1)).optional(),
  forbidden: z.array(z.string().min(1)).default([]),
});

export const EntryFormat = z.strictObject({
  id: word,
  request: z.string().min(1),
  action: actionName,
  risk: risk.optional(),
  upgrade: z.boolean().default(false),
  query: QueryFormat.prefault({}),
  body: BodyFormat.optional(),
  targets: z.array(TargetFormat).default([]),
  title: line.optional(),
  effect: line.optional(),
  redact: z.array(z.string().min(1)).default([]),
  /** members that change from one try to the next, such as CSRF tokens */
  volatile: z.array(z.string().min(1)).default([]),
});

const Words = z.strictObject({ title: line.optional(), effect: line.optional() });

/** The pack without its entries: those are checked one by one, so that one bad entry does not hide the others. */
export const PackFormat = z.strictObject({
  format: z.literal(1),
  pack: word,
  name: line,
  kinds: z.record(kindName, KindFormat),
  words: z.record(actionName, Words).default({}),
  entries: z.array(z.unknown()).min(1),
});

export const VocabularyFormat = z.strictObject({
  kinds: z.record(kindName, z.strictObject({ one: line, many: line })),
  actions: z.record(actionName, z.strictObject({ risk, title: line, effect: line })),
});

export type KindFormat = z.infer<typeof KindFormat>;
export type EntryFormat = z.infer<typeof EntryFormat>;
export type TargetFormat = z.infer<typeof TargetFormat>;
export type PackFormat = z.infer<typeof PackFormat>;
export type Vocabulary = z.infer<typeof VocabularyFormat>;
