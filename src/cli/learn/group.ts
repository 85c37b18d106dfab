// Unknown requests that one entry could describe: the same method, path shape, type of body and word in the action field.
import { ASSET } from './assets.ts';
import { type BodyType, readSeenBody, type SeenBody, toldBy } from './bodies.ts';
import { doesSomething } from './guessAction.ts';
import { foldVarying, ID, shapeOf } from './shapes.ts';
import type { Unknown } from './unknown.ts';

export type Member = { readonly unknown: Unknown; readonly body: SeenBody };
export type Group = {
  readonly method: string;
  readonly upgrade: boolean;
  readonly shape: readonly string[];
  /** the folder of things that pages are made of; null: it is none */
  readonly folder: readonly string[] | null;
  readonly of: string | null;
  readonly type: BodyType;
  readonly toldByQuery: SeenBody['told'];
  readonly toldByBody: SeenBody['told'];
  readonly members: Member[];
  /** requests like these that came without a body */
  readonly mayBeEmpty: boolean;
};

export function groupUnknown(unknown: readonly Unknown[]): readonly Group[] {
  const folded = foldVarying(
    unknown.filter((one) => folderOf(one) === null).map(({ segments }) => shapeOf(segments)),
    doesSomething,
  );
  const groups = new Map<string, Group>();
  for (const one of unknown) {
    const body = readSeenBody(one.seen.body, one.seen.contentType);
    const plain = shapeOf(one.segments);
    const shape = one.of === null ? (folded.get(plain.join('/')) ?? plain) : [];
    const folder = folderOf(one);
    const toldByQuery = toldBy(one.query.map(([name, value]) => ({ place: name, name, value })));
    const { told: toldByBody } = body;
    const upgrade = one.seen.door === 'upgrade';
    const parts = [one.method, upgrade, one.of, (folder ?? shape).join('/'), folder !== null];
    const key = JSON.stringify([...parts, toldByQuery, body.type, body.media, toldByBody]);
    const group = groups.get(key) ?? {
      ...{ method: one.method, upgrade, shape, folder, of: one.of, type: body.type },
      ...{ toldByQuery, toldByBody, members: [], mayBeEmpty: false },
    };
    group.members.push({ unknown: one, body });
    groups.set(key, group);
  }
  return withEmpty([...groups.values()]);
}

/** Requests without a body join those with one, when there is only one kind of these and nothing in it says what to do. */
function withEmpty(groups: readonly Group[]): Group[] {
  const same = (a: Group, b: Group): boolean =>
    a.method === b.method &&
    a.shape.join('/') === b.shape.join('/') &&
    a.of === b.of &&
    a.upgrade === b.upgrade &&
    JSON.stringify(a.toldByQuery) === JSON.stringify(b.toldByQuery);
  const gone = new Set<Group>();
  const joined = new Map<Group, Group>();
  for (const empty of groups) {
    if (empty.type !== 'none' || empty.method === 'GET') continue;
    const [one, ...more] = groups.filter((other) => other.type !== 'none' && same(empty, other));
    if (
      one === undefined ||
      more.length > 0 ||
      one.toldByBody !== null ||
      one.type === 'bytes' ||
      one.type === 'multipart'
    )
      continue;
    gone.add(empty);
    joined.set(one, { ...one, members: [...one.members, ...empty.members], mayBeEmpty: true });
  }
  return groups.filter((group) => !gone.has(group)).map((group) => joined.get(group) ?? group);
}

/** Scripts, styles, pictures: one entry a folder. */
function folderOf({ method, segments, write, seen }: Unknown): readonly string[] | null {
  const last = segments.at(-1) ?? '';
  if (method !== 'GET' || write || seen.door === 'upgrade' || segments.length < 2 || !ASSET.test(last)) return null;
  const folder = segments.slice(0, -1);
  const ids = shapeOf(folder).indexOf(ID);
  return ids < 0 ? folder : ids === 0 ? null : folder.slice(0, ids);
}
