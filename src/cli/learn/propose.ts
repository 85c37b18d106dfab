// From a group of unknown requests to an entry that could describe them. Everything in it is a guess; what cannot be counted
// counts as all, and members that were not seen stay unknown.
import { isSecretName } from '../../audit/recording/secretNames.ts';
import type { Risk } from '../../kernel/action.ts';
import { idsIn } from '../../proxy/recognise/kinds.ts';
import { KindFormat, type PackFormat, type Vocabulary } from '../../proxy/recognise/packFormat.ts';
import { idField } from './bodies.ts';
import type { Group } from './group.ts';
import { type Guess, guessAction } from './guessAction.ts';
import { classOf, ID, isWord, looksLikeId, nameFrom, singular, wordsIn } from './shapes.ts';

export type Target = Readonly<Record<string, string>>;
export type Proposal = {
  readonly id: string;
  readonly group: Group;
  readonly request: string | null;
  readonly guess: Guess;
  readonly risk: Risk;
  readonly query: Readonly<Record<string, unknown>> | null;
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly targets: readonly Target[];
  readonly redact: readonly string[];
  readonly volatile: readonly string[];
  readonly title: string | null;
  /** sentences on what to look at */
  readonly notes: readonly string[];
};

/** Kinds of the pack, with those that the proposals add. */
export type Kinds = {
  readonly added: Map<string, Record<string, unknown>>;
  /** the name of a kind that all these ids are of */
  kindFor(wanted: string, ids: readonly string[], numbers: boolean, beside: readonly string[]): string;
};

/** @param raw the pack as it is written */
export function createKinds(raw: PackFormat, vocabulary: Vocabulary): Kinds {
  const added = new Map<string, Record<string, unknown>>();
  const fits = (format: KindFormat, ids: readonly string[], numbers: boolean): boolean =>
    (!numbers || format.numbers) && ids.every((id) => idsIn(format, id) !== null);
  const formatOf = (name: string): KindFormat | undefined => {
    const own = added.get(name);
    return own === undefined ? raw.kinds[name] : KindFormat.parse(own);
  };
  const SYNONYMS = new Set(
    'computer host endpoint machine node phone tablet mac mobile_device managed_device udid serial'.split(' '),
  );
  return {
    added,
    kindFor(name, ids, numbers, beside) {
      const isKnown = raw.kinds[name] !== undefined || vocabulary.kinds[name] !== undefined;
      const wanted = !isKnown && SYNONYMS.has(name) ? 'device' : name;
      const id = classOf(ids);
      // Only a kind whose words say the same may stand in for it.
      for (const one of [wanted, `${wanted}_${id}`, `${wanted}_${id}_number`]) {
        const format = formatOf(one);
        if (format !== undefined && fits(format, ids, numbers)) return one;
        if (format !== undefined) continue;
        const words = raw.kinds[wanted] ?? vocabulary.kinds[wanted];
        const called = wanted.replaceAll('_', ' ');
        const not = id === 'word' || id === 'id' || id === 'text' ? [...new Set(beside)] : [];
        added.set(one, {
          one: words?.one ?? called,
          many: words?.many ?? (called.endsWith('s') ? called : `${called}s`),
          id,
          ...(ids.some((text) => text.length > 64) ? { max: 200 } : {}),
          ...(numbers ? { numbers } : {}),
          ...(not.length > 0 ? { not } : {}),
        });
        return one;
      }
      return wanted;
    },
  };
}

/**
 * @param base stands in front of every path of the pack
 * @param wordsAt the literals that are known to stand in a place of such paths
 * @param taken ids of entries; the new one is added
 */
export function propose(
  group: Group,
  parts: {
    readonly vocabulary: Vocabulary;
    readonly raw: PackFormat;
    readonly kinds: Kinds;
    readonly wordsAt: (shape: readonly string[], place: number) => readonly string[];
    readonly taken: Set<string>;
  },
): Proposal {
  const { vocabulary, raw, kinds, wordsAt, taken } = parts;
  const { method, shape, folder, members, toldByQuery, toldByBody, type } = group;
  const notes: string[] = [];
  const told = toldByBody ?? toldByQuery;
  const guess: Guess =
    folder !== null
      ? { action: 'console.read', risk: 'read', because: 'what pages are made of' }
      : guessAction(
          {
            method,
            field: told?.value ?? null,
            shape,
            upload: type === 'multipart' || type === 'bytes',
            socket: group.upgrade && group.of === null,
          },
          vocabulary,
        );
  let risk = guess.risk;
  if (method === 'GET' && (members.some(({ unknown }) => unknown.write) || group.upgrade) && risk === 'read')
    risk = 'high';
  if (group.upgrade && group.of === null) notes.push('messages over this connection are not looked at; see "Messages"');
  if (method === 'GET' && !group.upgrade && risk !== 'read')
    notes.push('a GET that may do something, or stands beside one that does');
  if (guess.looks) notes.push('if you are sure that it changes nothing: reads: true, and no risk');
  const act = risk !== 'read';

  const captures = capturesOf(group, kinds, wordsAt);
  const targets: Target[] = captures.map(({ name }) => ({ path: name }));
  const kindsHit = new Set(captures.map(({ kind }) => kind));
  const path = pathOf(group, captures, raw.base ?? '', notes);
  const main = [...captures].pop()?.kind ?? kindOfPath(shape) ?? 'object';

  const looked = new Set<string>(told === null ? [] : [told.place]);
  const ids = members.flatMap(({ body }) => body.ids);
  for (const place of new Set(ids.map((one) => one.place))) {
    const found = ids.filter((one) => one.place === place);
    const wanted =
      found.find(({ of }) => of !== null)?.of ?? (act ? kindOfAction(guess.action, vocabulary) : null) ?? main;
    const all = [...new Set(found.flatMap((one) => one.ids))];
    const kind = kinds.kindFor(
      wanted,
      all,
      found.some(({ numbers }) => numbers),
      [],
    );
    const list = found.some((one) => one.list);
    targets.push({ kind, [type === 'form' ? 'form' : 'json']: place, ...(list ? { list: ',' } : {}) });
    kindsHit.add(kind);
    looked.add(place);
    if (found.length < members.length)
      notes.push(`${place} was not in all of these requests; without it they are refused`);
  }
  const query = queryOf(
    group,
    act,
    (key, values) => {
      const called = idField(key);
      if (called === null || !act) return false;
      const kind = kinds.kindFor(
        called === '' ? (kindOfAction(guess.action, vocabulary) ?? main) : called,
        values,
        false,
        [],
      );
      targets.push({ kind, query: key });
      kindsHit.add(kind);
      return true;
    },
    notes,
  );

  const title = vocabulary.actions[guess.action]?.title ?? '';
  for (const [, kind = ''] of title.matchAll(/\{count ([a-z_]+)\}/g)) {
    if ([...kindsHit].some((one) => one === kind || one.startsWith(`${kind}_`))) continue;
    if (raw.kinds[kind] === undefined && !kinds.added.has(kind))
      kinds.added.set(kind, { ...vocabulary.kinds[kind], id: 'word' });
    targets.push({ all: kind });
    notes.push(`no ${kind} was found in it, so it counts as all of them`);
  }
  // A title that counts one kind while the ids are of a kind beside it.
  const beside = [...title.matchAll(/\{(?:count|list) ([a-z_]+)\}/g)]
    .map(([, kind = '']) => kind)
    .find((kind) => !kindsHit.has(kind) && !targets.some(({ all }) => all === kind));
  const ownKind = beside === undefined ? undefined : [...kindsHit].find((kind) => kind.startsWith(`${beside}_`));
  return {
    id: idFor(group, told?.value ?? null, taken),
    group,
    request: group.of === null ? `${method} ${path}` : null,
    guess,
    risk,
    query,
    ...bodyOf(group, looked, notes),
    targets,
    title:
      ownKind === undefined
        ? null
        : title.replaceAll(new RegExp(`\\{(count|list) ${beside}\\}`, 'g'), `{$1 ${ownKind}}`),
    notes,
  };
}

type Capture = { readonly place: number; readonly name: string; readonly kind: string };

function capturesOf(
  { shape, members, of }: Group,
  kinds: Kinds,
  wordsAt: (shape: readonly string[], place: number) => readonly string[],
): Capture[] {
  const captures: Capture[] = [];
  if (of !== null) return captures;
  for (const [place, segment] of shape.entries()) {
    if (segment !== ID) continue;
    const ids = [...new Set(members.map(({ unknown }) => unknown.segments[place] ?? ''))];
    const wanted = nameBefore(shape, place);
    const kind = kinds.kindFor(wanted, ids, false, wordsAt(shape, place));
    let name = wanted;
    for (let next = 2; captures.some((one) => one.name === name); next += 1) name = `${wanted}_${next}`;
    captures.push({ place, name, kind });
  }
  return captures;
}

/** `/devices/{}`, `/computers/id/{}`: the word before that says of what. */
function nameBefore(shape: readonly string[], place: number): string {
  for (let at = place - 1; at >= 0; at -= 1) {
    const segment = shape[at] ?? '';
    if (segment === ID) return 'object';
    if (!/^(ids?|udid|uuid|guid|serial(number)?|name|by-.*|v\d.*)$/i.test(segment)) return nameFrom(segment);
  }
  return 'object';
}

const kindOfPath = (shape: readonly string[]): string | null => {
  const plural = shape.findLast((segment) => segment !== ID && singular(wordsIn(segment)) !== wordsIn(segment));
  return plural === undefined ? null : nameFrom(plural);
};

function kindOfAction(action: string, vocabulary: Vocabulary): string | null {
  return /\{count ([a-z_]+)\}/.exec(vocabulary.actions[action]?.title ?? '')?.[1] ?? null;
}

function pathOf({ shape, folder }: Group, captures: readonly Capture[], base: string, notes: string[]): string {
  const written =
    folder !== null
      ? [...folder, '**']
      : shape.map((segment, place) => {
          const capture = captures.find((one) => one.place === place);
          if (capture === undefined) return segment;
          return capture.name === capture.kind ? `{${capture.name}}` : `{${capture.name}:${capture.kind}}`;
        });
  const path = `/${written.join('/')}`;
  if (base === '') return path;
  if (path === base || path.startsWith(`${base}/`)) return path.slice(base.length) || '/';
  notes.push(`it lies outside ${base}, in which all paths of this pack lie`);
  return path;
}

/** For acts every key must be named; for reads only the one that says what to do. */
function queryOf(
  { members, toldByQuery }: Group,
  act: boolean,
  isTarget: (key: string, values: readonly string[]) => boolean,
  notes: string[],
): Proposal['query'] {
  const values = new Map<string, string[]>();
  for (const { unknown } of members)
    for (const [key, value] of unknown.query) values.set(key, [...(values.get(key) ?? []), value]);
  const allowed: string[] = [];
  for (const [key, given] of values) {
    if (key === toldByQuery?.place) continue;
    if (!isWord(key)) {
      if (act) notes.push('a query key is left out that looks like an id');
    } else if (given.length < members.length || given.some((value) => value === '') || !isTarget(key, given)) {
      if (act) allowed.push(key);
    }
  }
  if (toldByQuery === null && allowed.length === 0) return null;
  return {
    ...(toldByQuery === null ? {} : { required: { [toldByQuery.place]: toldByQuery.value } }),
    ...(allowed.length === 0 ? {} : { allowed }),
  };
}

const CHANGING = /csrf|xsrf|nonce/i;

function bodyOf(
  group: Group,
  looked: ReadonlySet<string>,
  notes: string[],
): Pick<Proposal, 'body' | 'redact' | 'volatile'> {
  const { type, members, mayBeEmpty, toldByBody } = group;
  const secrets = { redact: [] as string[], volatile: [] as string[] };
  if (type === 'none') return { body: null, ...secrets };
  const bodied = members.filter(({ body }) => body.type !== 'none');
  if (type === 'multipart' || type === 'bytes') {
    notes.push('an upload that nobody looks into; describe its fields when it carries more than a file');
    return { body: { mode: 'opaque', type }, ...secrets };
  }
  const media = bodied[0]?.body.media;
  const pointed = type === 'json';
  const names = new Set<string>();
  let odd = false;
  let all = type === 'xml' || type === 'plist';
  if (all) notes.push('every member is taken; name those that matter');
  for (const { body } of bodied) {
    if (body.names === null && !all && (type === 'json' || type === 'form')) {
      all = true;
      notes.push('its fields are not known; any are taken');
    }
    if (body.oddNames === true) odd = true;
    for (const name of body.names ?? []) names.add(name);
  }
  if (odd) notes.push('fields whose names look like ids are left out: with them it stays unknown');
  const topOf = (place: string): string => (pointed ? (place.split('/')[1] ?? '') : place);
  const tops = new Set([...looked].map(topOf));
  const placeOf = (name: string): string => (pointed ? `/${name}` : name);
  for (const name of names) {
    if (!isSecretName(name) || looked.has(placeOf(name))) continue;
    secrets.redact.push(placeOf(name));
    if (CHANGING.test(name) && (type === 'form' || type === 'json')) secrets.volatile.push(placeOf(name));
  }
  const named = new Set([...tops, ...secrets.redact.map(topOf)]);
  const fields = [...names].filter((name) => !named.has(name));
  const large = bodied.some(({ body }) => body.size > 64 * 1024);
  return {
    body: {
      type,
      ...(media === null || media === undefined ? {} : { media: [media] }),
      ...(large ? { limit: '1MiB' } : {}),
      ...(mayBeEmpty ? { empty: true } : {}),
      ...(toldByBody === null ? {} : { where: { [toldByBody.place]: toldByBody.value } }),
      ...(all ? { fields: 'any' } : fields.length > 0 && type !== 'csv' && type !== 'text' ? { fields } : {}),
    },
    ...secrets,
  };
}

function idFor({ method, shape, folder, of }: Group, value: string | null, taken: Set<string>): string {
  const plain = (text: string): string => wordsIn(text).replaceAll(' ', '-');
  const literals = (folder ?? shape).filter(
    (segment) => segment !== ID && !/^(api|rest|v\d.*)$/i.test(segment) && !looksLikeId(segment),
  );
  const words = [
    ...(of === null ? [] : [of]),
    ...literals.slice(-3).map(plain),
    ...(value === null ? [] : [plain(value)]),
  ];
  const base =
    `${words.filter((word) => word !== '').join('-') || 'root'}`
      .replace(/^[^a-z]+/, '')
      .slice(0, 60)
      .replace(/-+$/, '') || 'unnamed';
  const ends = shape.at(-1) === ID ? 'one' : '';
  const tries = [
    base,
    [base, ends].filter(Boolean).join('-'),
    [base, ends, method.toLowerCase()].filter(Boolean).join('-'),
  ];
  let id = tries.find((one) => !taken.has(one));
  for (let next = 2; id === undefined; next += 1) if (!taken.has(`${tries[2]}-${next}`)) id = `${tries[2]}-${next}`;
  taken.add(id);
  return id;
}
