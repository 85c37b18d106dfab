// Recorded events as they may be played: from lines of JSON, copied member by member where they build something, in order of time.
// What is no event, or of a kind that has no place in a look (canvas, media, fonts, logs, plugins), is left out.
import { type Budget, cleanAttribute, cleanNode } from './cleanNode.ts';

export type CleanEvent = { readonly type: number; readonly data: unknown; readonly timestamp: number };
export type Cleaned = { readonly events: CleanEvent[]; readonly cut: boolean };

type Plain = { readonly [member: string]: unknown };

const WHOLE = 2;
const STEP = 3;
const META = 4;

const MUTATION = 0;
/** pointer, interaction, scroll, resize, input, touch, style rules, drag, declarations, selection, adopted sheets */
const PLAIN_SOURCES = new Set([1, 2, 3, 4, 5, 6, 8, 12, 13, 14, 15]);
const LARGEST = 20_000;

/** @throws TooLarge */
export function cleanEvents(lines: string): Cleaned {
  const budget: Budget = { nodes: 0, cut: false };
  const events: CleanEvent[] = [];
  let cut = false;
  for (const line of lines.split('\n')) {
    if (line === '') continue;
    const event = eventOf(line, budget);
    if (event === null) cut = true;
    else if (event !== 'unwanted') events.push(event);
    // Each snapshot replaces the one before: the bound is for one page, not for all that was loaded.
    if (event !== null && event !== 'unwanted' && event.type === WHOLE) budget.nodes = 0;
  }
  return { events, cut: cut || budget.cut };
}

function eventOf(line: string, budget: Budget): CleanEvent | 'unwanted' | null {
  let read: { at?: unknown; event?: unknown };
  try {
    read = JSON.parse(line) as typeof read;
  } catch {
    return null;
  }
  if (typeof read?.at !== 'number' || !isPlain(read.event)) return null;
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
  if (!PLAIN_SOURCES.has(data.source as number)) return 'unwanted';
  if (data.source === 4) {
    return { type, timestamp, data: { source: 4, width: side(data.width, 1280), height: side(data.height, 800) } };
  }
  return { type, timestamp, data };
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const side = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && value >= 1 && value <= LARGEST ? value : otherwise;
const offset = (value: unknown) => {
  const { top, left } = isPlain(value) ? value : { top: 0, left: 0 };
  return { top: typeof top === 'number' ? top : 0, left: typeof left === 'number' ? left : 0 };
};
const list = (value: unknown): readonly Plain[] => (Array.isArray(value) ? value.filter(isPlain) : []);

function mutation(data: Plain, budget: Budget): Plain {
  return {
    source: MUTATION,
    texts: list(data.texts).map(({ id, value }) => ({ id, value: typeof value === 'string' ? value : null })),
    removes: list(data.removes).map(({ parentId, id, isShadow }) => ({ parentId, id, isShadow: isShadow === true })),
    adds: list(data.adds).flatMap(({ parentId, previousId, nextId, node }) => {
      const clean = cleanNode(node, budget);
      return clean === null ? [] : [{ parentId, previousId: previousId ?? null, nextId: nextId ?? null, node: clean }];
    }),
    attributes: list(data.attributes).map(({ id, attributes }) => ({ id, attributes: changed(attributes) })),
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
