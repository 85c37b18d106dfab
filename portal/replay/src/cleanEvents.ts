// Recorded events as they may be played: from lines of JSON, copied member by member where they build something, in order of time.
// What is no event, or of a kind that has no place in a look (canvas, media, fonts, logs, plugins), is left out.
import { type Budget, cleanAttribute, cleanNode } from './cleanNode.ts';
import { cleanStep, isPlain, list, text } from './cleanStep.ts';

export type CleanEvent = { readonly type: number; readonly data: unknown; readonly timestamp: number };
export type Cleaned = { readonly events: CleanEvent[]; readonly cut: boolean };

type Plain = { readonly [member: string]: unknown };

const WHOLE = 2;
const STEP = 3;
const META = 4;

const MUTATION = 0;
const RESIZE = 4;
const LARGEST = 20_000;
/** Changes of nodes that are there, up to the next whole look: what a busy page makes in hours. */
const MOST_CHANGES = 1_000_000;
/** No calendar knows what is later, ms. */
const LATEST = 8.64e15;
/** ms that may be worked at a time: what the viewer does waits no longer. */
const SLICE = 20;

/**
 * @param breathe resolves when whatever waits was done; false: nobody wants it any more
 * @returns null when nobody wants it
 * @throws TooLarge
 */
export async function cleanEvents(
  lines: string,
  breathe: () => Promise<boolean>,
  now: () => number,
): Promise<Cleaned | null> {
  const budget: Bounds = { nodes: 0, cut: false, changes: 0 };
  const events: CleanEvent[] = [];
  let cut = false;
  let since = now();
  for (let from = 0; from < lines.length; ) {
    const feed = lines.indexOf('\n', from);
    const end = feed < 0 ? lines.length : feed;
    const line = lines.slice(from, end);
    from = end + 1;
    if (line === '') continue;
    const event = eventOf(line, budget);
    if (event === null) cut = true;
    else if (event !== 'unwanted') events.push(event);
    // Each snapshot replaces the one before: the bounds are for one page, not for all that was loaded.
    if (event !== null && event !== 'unwanted' && event.type === WHOLE) Object.assign(budget, { nodes: 0, changes: 0 });
    if (now() - since < SLICE) continue;
    if (!(await breathe())) return null;
    since = now();
  }
  return { events, cut: cut || budget.cut };
}

type Bounds = Budget & { changes: number };

function eventOf(line: string, budget: Bounds): CleanEvent | 'unwanted' | null {
  let read: { at?: unknown; event?: unknown };
  try {
    read = JSON.parse(line) as typeof read;
  } catch {
    return null;
  }
  if (typeof read?.at !== 'number' || !(Math.abs(read.at) <= LATEST) || !isPlain(read.event)) return null;
  const { type, data } = read.event;
  const timestamp = read.at;
  if (type === META && isPlain(data))
    return { type, timestamp, data: { href: '', width: side(data.width, 1280), height: side(data.height, 800) } };
  if (type === WHOLE && isPlain(data)) {
    const node = cleanNode(data.node, budget);
    return node === null ? null : { type, timestamp, data: { node, initialOffset: offset(data.initialOffset) } };
  }
  if (type !== STEP) return 'unwanted';
  if (!isPlain(data)) return null;
  if (data.source === MUTATION) return { type, timestamp, data: mutation(data, budget) };
  if (data.source === RESIZE)
    return { type, timestamp, data: { source: RESIZE, width: side(data.width, 1280), height: side(data.height, 800) } };
  const step = cleanStep(data);
  return step === undefined ? 'unwanted' : { type, timestamp, data: step };
}

const side = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && value >= 1 && value <= LARGEST ? value : otherwise;
const offset = (value: unknown) => {
  const { top, left } = isPlain(value) ? value : { top: 0, left: 0 };
  return { top: typeof top === 'number' ? top : 0, left: typeof left === 'number' ? left : 0 };
};

function mutation(data: Plain, budget: Bounds): Plain {
  const bounded = (value: unknown): readonly Plain[] => {
    const all = list(value);
    const kept = all.slice(0, Math.max(0, MOST_CHANGES - budget.changes));
    budget.changes += kept.length;
    if (kept.length < all.length) budget.cut = true;
    return kept;
  };
  return {
    source: MUTATION,
    texts: bounded(data.texts).map(({ id, value }) => ({ id, value: typeof value === 'string' ? text(value) : null })),
    removes: bounded(data.removes).map(({ parentId, id, isShadow }) => ({ parentId, id, isShadow: isShadow === true })),
    adds: list(data.adds).flatMap(({ parentId, previousId, nextId, node }) => {
      const clean = cleanNode(node, budget);
      return clean === null ? [] : [{ parentId, previousId: previousId ?? null, nextId: nextId ?? null, node: clean }];
    }),
    attributes: bounded(data.attributes).map(({ id, attributes }) => ({ id, attributes: changed(attributes) })),
  };
}

/** Which element it is about is not said, so what is right for any of them: an address is a picture, or leads nowhere. */
function changed(attributes: unknown): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  if (!isPlain(attributes)) return clean;
  for (const [name, value] of Object.entries(attributes)) {
    const kept = cleanAttribute('', name, value);
    if (kept !== undefined) clean[name] = kept;
  }
  return clean;
}
