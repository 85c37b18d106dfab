// What happened in a recorded page besides changes of its nodes: pointer, clicks, scrolling, inputs, selections, style rules. Copied
// member by member, each with the type and size that the rebuilding takes for granted. It reckons with times of pointers before
// anything guards it, so that one absurd number there would stop all that follows.

type Plain = { readonly [member: string]: unknown };

/** As the recorder gathers pointer moves: half a second; more is no pointer's. ms */
const OLDEST_MOVE = 10_000;
const MOST_LISTED = 20_000;
const MOST_TEXT = 4_000_000;
const LARGEST = 10_000_000;

export const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const list = (value: unknown): readonly Plain[] => (Array.isArray(value) ? value.filter(isPlain) : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MOST_TEXT) : '');
const few = (value: unknown): readonly Plain[] => list(value).slice(0, MOST_LISTED);
const number = (value: unknown): number =>
  typeof value === 'number' ? Math.min(LARGEST, Math.max(-LARGEST, value)) : 0;
const idOf = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : -1);
/** A place in nested rules. */
const place = (value: unknown): number | number[] | undefined => {
  if (Array.isArray(value)) return value.slice(0, 50).map(number);
  return typeof value === 'number' ? number(value) : undefined;
};
const whose = ({ id, styleId }: Plain) => ({
  ...(Number.isSafeInteger(id) ? { id } : {}),
  ...(Number.isSafeInteger(styleId) ? { styleId } : {}),
});
const ruleOf = ({ rule, index }: Plain) => ({ rule: text(rule), index: place(index) });
const point = ({ id, x, y }: Plain) => ({ id: idOf(id), x: number(x), y: number(y) });

const moves = ({ source, positions }: Plain): Plain | undefined => {
  const clean = few(positions).map((one) => ({
    ...point(one),
    timeOffset: Math.min(0, Math.max(-OLDEST_MOVE, number(one.timeOffset))),
  }));
  return clean.length === 0 ? undefined : { source, positions: clean };
};

const CLEAN: ReadonlyMap<number, (data: Plain) => Plain | undefined> = new Map([
  [1, moves],
  [2, (data: Plain) => ({ source: 2, ...point(data), type: number(data.type) })],
  [3, (data: Plain) => ({ source: 3, ...point(data) })],
  [5, (data: Plain) => ({ source: 5, id: idOf(data.id), text: text(data.text), isChecked: data.isChecked === true })],
  [6, moves],
  [
    8,
    (data: Plain) => ({
      ...{ source: 8, ...whose(data) },
      ...(Array.isArray(data.adds) ? { adds: few(data.adds).map(ruleOf) } : {}),
      ...(Array.isArray(data.removes)
        ? { removes: few(data.removes).map(({ index }) => ({ index: place(index) })) }
        : {}),
      ...(typeof data.replace === 'string' ? { replace: text(data.replace) } : {}),
      ...(typeof data.replaceSync === 'string' ? { replaceSync: text(data.replaceSync) } : {}),
    }),
  ],
  [12, moves],
  [
    13,
    (data: Plain) => ({
      ...{ source: 13, ...whose(data), index: Array.isArray(data.index) ? place(data.index) : [] },
      ...(isPlain(data.set)
        ? { set: { property: text(data.set.property), value: text(data.set.value), priority: text(data.set.priority) } }
        : {}),
      ...(isPlain(data.remove) ? { remove: { property: text(data.remove.property) } } : {}),
    }),
  ],
  [
    14,
    ({ ranges }: Plain) => ({
      source: 14,
      ranges: few(ranges).map(({ start, startOffset, end, endOffset }) => ({
        ...{ start: idOf(start), startOffset: number(startOffset), end: idOf(end), endOffset: number(endOffset) },
      })),
    }),
  ],
  [
    15,
    (data: Plain) => ({
      ...{ source: 15, id: idOf(data.id) },
      styleIds: Array.isArray(data.styleIds) ? data.styleIds.slice(0, MOST_LISTED).map(idOf) : [],
      styles: few(data.styles).map(({ styleId, rules }) => ({ styleId: idOf(styleId), rules: few(rules).map(ruleOf) })),
    }),
  ],
]);

/** @returns undefined: it has no place in a look (canvas, media, fonts, moves to nowhere) */
export const cleanStep = (data: Plain): Plain | undefined => CLEAN.get(data.source as number)?.(data);
