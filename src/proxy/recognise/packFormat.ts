// The shape of pack.yaml and vocabulary.yaml, as it is written by people; docs/pack-format.md explains each member.
// Closed objects everywhere: a misspelt member is a fault and never a condition that is silently not checked.

import { z } from 'zod';

const word = z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and hyphens');
const kindName = z.string().regex(/^[a-z][a-z_]*$/, 'use lower-case letters and underscores');
const actionName = z.string().regex(/^[a-z]+(\.[a-z_]+)+$/, 'write an action such as device.wipe');
const headerName = z.string().regex(/^[a-z0-9-]+$/, 'write the name in lower case');
const risk = z.enum(['read', 'low', 'high', 'destructive']);
const line = z.string().min(1).max(200);
const texts = z.union([z.string(), z.array(z.string()).min(1)]);
const scalar = z.union([z.string(), z.number().int(), z.boolean(), z.null()]);
const oneOf = z.union([scalar, z.array(scalar).min(1)]);

export const ID_CLASSES = ['digits', 'hex', 'uuid', 'word', 'id', 'text', 'path', 'name'] as const;

export const TARGET_PLACES = ['path', 'query', 'json', 'form', 'xml', 'csv', 'all'] as const;

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
  /** true: ids that differ only in case are one; they are kept in lower case */
  caseless: z.boolean().default(false),
  /** true: it holds devices, and an act on it hits them all. The vocabulary says so for its own kinds. */
  devices: z.boolean().default(false),
});

const TargetFormat = z
  .strictObject({
    kind: kindName.optional(),
    path: z.string().min(1).optional(),
    query: z.string().min(1).optional(),
    json: z.string().startsWith('/').optional(),
    form: z.string().min(1).optional(),
    xml: z.string().startsWith('/').optional(),
    /** the head of a column, or the number of one in a table without a head */
    csv: z.union([z.string().min(1), z.int().min(1).max(200)]).optional(),
    /** with csv: the field of a multipart body that holds the file */
    file: z.string().min(1).optional(),
    /** every one of this kind */
    all: kindName.optional(),
    /** what stands between several ids in one value; `&`: the query key is repeated */
    list: z.enum([',', ';', '|', ' ', '\n', '&']).optional(),
    /** stands in front of every id found here: products number different things from 1 */
    as: z
      .string()
      .regex(/^[a-z][a-z0-9_-]*[-_:]$/, 'write a beginning such as computer-')
      .optional(),
    /** true: the target may be left out */
    optional: z.boolean().default(false),
  })
  .refine(
    (target) => TARGET_PLACES.filter((place) => target[place] !== undefined).length === 1,
    'name exactly one place: path, query, json, form, xml, csv or all',
  )
  .refine(
    (target) => target.kind !== undefined || target.path !== undefined || target.all !== undefined,
    'needs a kind',
  )
  .refine((target) => target.as === undefined || target.all === undefined, 'all has no ids')
  .refine((target) => target.file === undefined || target.csv !== undefined, 'file is only for csv');

const size = z.string().regex(/^[1-9][0-9]{0,3}(KiB|MiB|GiB)$/, 'write a size such as 64KiB');

const BodyFormat = z.strictObject({
  /** judged: held and understood before anything is sent. opaque: streamed, nobody looks inside. */
  mode: z.enum(['judged', 'opaque']).default('judged'),
  type: z.enum(['json', 'form', 'multipart', 'xml', 'plist', 'csv', 'text', 'bytes']),
  /** content types other than the usual one; none: there is no such header */
  media: z.array(z.string().regex(/^(none|[a-z0-9.+-]+\/[a-z0-9.+-]+)$/, 'write a type such as text/xml')).default([]),
  limit: size.optional(),
  /** true: the request may come without a body */
  empty: z.boolean().default(false),
  /** place -> the value, or one of the values, that it must have */
  where: z.record(z.string().min(1), oneOf).default({}),
  /** the same for members that may be left out */
  may: z.record(z.string().min(1), oneOf).default({}),
  has: z.array(z.string().min(1)).default([]),
  lacks: z.array(z.string().min(1)).default([]),
  /** further members that may be there; anything not named in this entry makes the request unknown */
  fields: z.union([z.literal('any'), z.array(z.string().min(1))]).default([]),
  /** true: the console reads keys without case here */
  caseless: z.boolean().default(false),
  /** a document inside a string of a JSON body */
  decode: z.record(z.string().startsWith('/'), z.enum(['base64-plist', 'plist', 'base64-json', 'json'])).default({}),
});

const HeadersFormat = z.strictObject({
  required: z.record(headerName, texts).default({}),
  present: z.array(headerName).default([]),
  forbidden: z.array(headerName).default([]),
});

const BatchFormat = z
  .strictObject({
    /** the list of requests, each judged by the same pack */
    requests: z.string().startsWith('/').endsWith('/*').optional(),
    /** stands in front of each url */
    under: z
      .string()
      .regex(/^(\/[A-Za-z0-9._~{}-]+)*$/, 'write a path such as /{ver}')
      .default(''),
    /** the list of operations, each told by an entry that says `of` */
    items: z.string().startsWith('/').endsWith('/*').optional(),
    most: z.int().min(1).max(1000).default(20),
  })
  .refine((batch) => (batch.requests === undefined) !== (batch.items === undefined), 'write either requests or items');

const MessagesFormat = z.strictObject({
  unknown: z.enum(['refuse', 'read']).default('refuse'),
  binary: z.enum(['refuse', 'pass']).default('refuse'),
  /** whole messages that are no JSON and mean nothing */
  plain: z.array(z.string().max(100)).default([]),
});

const QueryFormat = z.strictObject({
  required: z.record(z.string().min(1), texts).default({}),
  present: z.array(z.string().min(1)).default([]),
  may: z.record(z.string().min(1), texts).default({}),
  allowed: z.union([z.literal('any'), z.array(z.string().min(1))]).optional(),
  forbidden: z.array(z.string().min(1)).default([]),
});

export const EntryFormat = z
  .strictObject({
    id: word,
    request: z.string().min(1).optional(),
    /** the entry whose messages or operations this one tells of */
    of: word.optional(),
    action: actionName.optional(),
    risk: risk.optional(),
    /** needed for a POST, PUT, PATCH or DELETE that changes nothing */
    reads: z.boolean().default(false),
    upgrade: z.boolean().default(false),
    /** true: counts only when no other entry matches */
    otherwise: z.boolean().default(false),
    /** device: a path of devices, which admins are refused */
    lane: z.enum(['admin', 'device']).default('admin'),
    version: texts.optional(),
    headers: HeadersFormat.prefault({}),
    query: QueryFormat.prefault({}),
    body: BodyFormat.optional(),
    targets: z.array(TargetFormat).default([]),
    batch: BatchFormat.optional(),
    messages: MessagesFormat.optional(),
    /** place in the path -> how it may be encoded there */
    allow: z.record(z.string().min(1), z.enum(['encoded-slash', 'double-encoded'])).default({}),
    title: line.optional(),
    effect: line.optional(),
    redact: z.array(z.string().min(1)).default([]),
    /** members that change from one try to the next, such as CSRF tokens */
    volatile: z.array(z.string().min(1)).default([]),
  })
  .refine((entry) => entry.action !== undefined || entry.lane === 'device', 'action is missing')
  .refine((entry) => entry.request === undefined || entry.of === undefined, 'write either request or of');

const pointer = z.string().regex(/^(\/[^/\s]{1,80}){1,8}$/, 'write a place in the answer such as /device/name');
const question = {
  /** for ids that begin so (`as` of targets); asked without that beginning */
  as: z.string().min(1).max(20).optional(),
  /** a read of this pack, with {id} where the id stands */
  get: z.string().regex(/^[/<]\S{1,300}$/, 'write a path such as /api/devices/{id}'),
  /** what the console needs in Accept; else application/json */
  accept: z
    .string()
    .regex(/^[a-z0-9.+;=/-]{1,100}$/, 'write a type such as application/json')
    .optional(),
};
const NameQuestion = z.strictObject({
  ...question,
  /** where the name stands in the JSON that comes back; of several, the first that is there */
  name: z.union([pointer, z.array(pointer).min(1).max(5)]),
  /** where it stands when the device was last seen */
  seen: pointer.optional(),
});
const CountQuestion = z
  .strictObject({
    ...question,
    /** a number of devices */
    number: pointer.optional(),
    /** a list with one element a device */
    list: z.union([pointer, z.literal('')]).optional(),
    /** a list of this length or more may go on elsewhere: it counts as the whole fleet */
    most: z.int().min(1).max(100_000).default(100),
  })
  .refine((one) => (one.number === undefined) !== (one.list === undefined), 'write either number or list');
const oneOrMore = <Shape extends z.ZodType>(shape: Shape) => z.union([shape, z.array(shape).min(1).max(5)]);

const Words = z.strictObject({ title: line.optional(), effect: line.optional() });

/** The pack without its entries: those are checked one by one, so that one bad entry does not hide the others. */
export const PackFormat = z.strictObject({
  format: z.literal(1),
  pack: word,
  name: line,
  /** of the product that it was taken from */
  version: z.string().max(80).optional(),
  /** stands in front of every path */
  base: z.string().startsWith('/').optional(),
  /** short names for the beginnings of paths: `GET <api>/devices` */
  roots: z.record(word, z.string().startsWith('/')).default({}),
  /** what this product reads without case */
  caseless: z.array(z.enum(['path', 'query', 'keys', 'values'])).default([]),
  /** where this product lets a POST name another method */
  override: z.strictObject({ form: z.string().min(1).optional(), query: z.string().min(1).optional() }).default({}),
  /** the version of its API, as a parameter of the media types in Accept */
  versions: z.strictObject({ parameter: z.string().min(1), default: z.string().min(1) }).optional(),
  everywhere: z.strictObject({ query: z.array(z.string().min(1)).default([]) }).prefault({}),
  /** what a GET is that nothing describes */
  unknown_get: z.enum(['read', 'write']).default('read'),
  /** unknown: this product does something else on HEAD, or nobody needs it */
  head: z.enum(['get', 'unknown']).default('get'),
  /** what of its answers is recorded: JSON that is no longer than this, without secrets */
  record: z
    .strictObject({
      answers: z.enum(['all', 'acts']).default('all'),
      limit: z
        .string()
        .regex(/^[1-9][0-9]{0,2}KiB$/, 'write a size such as 64KiB')
        .default('64KiB'),
    })
    .prefault({}),
  kinds: z.record(kindName, KindFormat),
  /** kind -> how to ask the console what it calls one of them */
  names: z.record(kindName, oneOrMore(NameQuestion)).default({}),
  /** kind, or `all device` -> how to ask the console how many devices that is */
  counts: z.record(z.string().regex(/^(all )?[a-z][a-z_]*$/), oneOrMore(CountQuestion)).default({}),
  words: z.record(actionName, Words).default({}),
  entries: z.array(z.unknown()).min(1),
});

export const VocabularyFormat = z.strictObject({
  kinds: z.record(kindName, z.strictObject({ one: line, many: line, devices: z.boolean().default(false) })),
  actions: z.record(
    actionName,
    z.strictObject({
      risk,
      title: line,
      effect: line,
      /** true: the groups it names are where its devices go or come from, not what it hits */
      into: z.boolean().default(false),
    }),
  ),
});

export type KindFormat = z.infer<typeof KindFormat>;
export type EntryFormat = z.infer<typeof EntryFormat>;
export type BodyFormat = z.infer<typeof BodyFormat>;
export type TargetFormat = z.infer<typeof TargetFormat>;
export type NameQuestion = z.infer<typeof NameQuestion>;
export type CountQuestion = z.infer<typeof CountQuestion>;
export type PackFormat = z.infer<typeof PackFormat>;
export type Vocabulary = z.infer<typeof VocabularyFormat>;
