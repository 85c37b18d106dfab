// Numbers and lists in words. Pure.

/** plural(1, 'device') -> "1 device"; plural(2, 'device') -> "2 devices" */
export const plural = (n: number, noun: string, many = `${noun}s`): string => `${n} ${n === 1 ? noun : many}`;

/** "a", "a and b", "a, b and c"; another last word than "and" when given. */
export const listed = (items: readonly string[], last = 'and'): string => {
  if (items.length <= 1) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
};
