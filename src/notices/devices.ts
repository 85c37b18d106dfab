// Which devices, in words: the number always, names before ids, at most five, then how many more.
import type { Target } from '../kernel/action.ts';
import { counted, plain } from './text.ts';

const SHOWN = 5;

/**
 * @param names what the console calls them, by `kind:id`
 * @param devices how many devices are hit in truth, when that is known and the targets do not tell (groups); else null
 * @returns null when it names none
 */
export function deviceWords(
  targets: readonly Target[],
  names: { readonly [target: string]: string } = {},
  devices: number | null = null,
): string | null {
  if (targets.some(({ kind }) => kind === 'any')) return 'anything, on any number of devices';
  const whole = targets.find(({ id }) => id === '*');
  const hit = devices === null ? '' : ` (${counted(devices, 'device')})`;
  if (whole) return `all ${plain(whole.kind, 40)}s${hit}`;
  const [first] = targets;
  if (!first) return devices === null ? null : counted(devices, 'device');
  const kind = targets.every((target) => target.kind === first.kind) ? first.kind : 'target';
  const shown = targets.slice(0, SHOWN).map((target) => {
    const name = Object.hasOwn(names, `${target.kind}:${target.id}`) ? names[`${target.kind}:${target.id}`] : undefined;
    return name === undefined ? plain(target.id, 60) : `${plain(name, 60)} (${plain(target.id, 40)})`;
  });
  const more = targets.length - shown.length;
  const sum = counted(targets.length, plain(kind, 40));
  // A group of 240 devices weighs 240, however few targets there are.
  const truth = devices !== null && (kind !== 'device' || devices !== targets.length) ? hit : '';
  return `${sum}${truth}: ${shown.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-GB')} more` : ''}`;
}
