// What something hits, in words, and device ids as people type or paste them. Pure. The name before the id, the number always.
import { plural } from './plural.ts';

export type Target = { kind: string; id: string };
export type TargetLike = { readonly kind: string; readonly id: string; readonly name?: string | undefined };

/** Every target of a console, and acts that name none. */
export const ANYTHING: Target = { kind: 'any', id: '*' };
const ALL = '*';
const MOST = 500;

export const keyOf = ({ kind, id }: TargetLike): string => `${kind}:${id}`;
export const isAnything = (targets: readonly TargetLike[]): boolean => targets.some(({ kind }) => kind === 'any');

const kindWord = (kind: string): string => kind.replaceAll('_', ' ');

/** "iPad of Marie (d-0142)"; the id alone when the console told no name; "every device" for all of a kind. */
export const targetName = ({ kind, id, name }: TargetLike): string => {
  if (kind === 'any') return 'anything on this console';
  if (id === ALL) return `every ${kindWord(kind)}`;
  return name === undefined || name === '' || name === id ? id : `${name} (${id})`;
};

/** "3 devices, 1 user", "every device", "anything on this console". '' when there is none. */
export const countOf = (targets: readonly TargetLike[]): string => {
  if (isAnything(targets)) return 'anything on this console';
  const kinds = new Map<string, number>();
  const all = new Set(targets.filter(({ id }) => id === ALL).map(({ kind }) => kind));
  for (const { kind } of targets) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return [...kinds]
    .map(([kind, n]) => (all.has(kind) ? `every ${kindWord(kind)}` : plural(n, kindWord(kind))))
    .join(', ');
};

/** The first ones by name: "iPad of Marie (d-0142), d-0143 and 23 more". */
export const targetNames = (targets: readonly TargetLike[], shown = 3): string => {
  const names = targets.slice(0, shown).map(targetName);
  const more = targets.length - names.length;
  if (more > 0) return `${names.join(', ')} and ${more} more`;
  return names.length <= 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
};

/** What stands under a title, in names. The number leads when the title does not say it: "wipe devices, lock devices". */
export const hitLine = (title: string, targets: readonly TargetLike[]): string => {
  if (isAnything(targets)) return 'Anything';
  const names = targetNames(targets);
  return targets.length === 0 || /\d/.test(title) ? names : `${countOf(targets)}: ${names}`;
};

/** By name, id or kind, without regard to case. */
export const soughtIn = <T extends TargetLike>(targets: readonly T[], sought: string): T[] => {
  const part = sought.trim().toLowerCase();
  return targets.filter((target) => `${target.name ?? ''} ${target.kind}:${target.id}`.toLowerCase().includes(part));
};

/** "d-0142, d-0143\nuser:u-7" -> targets, each once, in the order given. `kind:` before an id names another kind than `kind`. */
export const parseTargets = (text: string, kind = 'device'): { targets: Target[]; faults: string[] } => {
  const found = new Map<string, Target>();
  const faults: string[] = [];
  for (const word of text.split(/[\s,;]+/)) {
    if (word === '') continue;
    const named = /^([a-z][a-z_]{0,39}):(.+)$/.exec(word);
    const target = { kind: named?.[1] ?? kind, id: named?.[2] ?? word };
    if (target.id.length > 200) faults.push(`${target.id.slice(0, 20)}… is too long for an id.`);
    else found.set(keyOf(target), target);
  }
  const targets = [...found.values()];
  if (targets.length > MOST) faults.push(`${targets.length} are too many. Ask for ${MOST} at most.`);
  return { targets, faults };
};

/** The reverse, for "ask again". */
export const targetsAsText = (targets: readonly TargetLike[], kind = 'device'): string =>
  targets.map((target) => (target.kind === kind ? target.id : keyOf(target))).join(', ');
