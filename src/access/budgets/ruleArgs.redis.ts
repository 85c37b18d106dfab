// Budgets as the scripts take them (src/redis/lua/shared/budgets.lua): five keys and eleven arguments each, then the devices.
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import type { Freeze } from '../../kernel/freeze.ts';
import { newId } from '../../kernel/ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { eventArgs } from '../../redis/scripts.ts';
import type { Charge } from './weigh.ts';

/** Who does what where, for the freeze that a breaker may set. */
export type Doer = Pick<AuditEvent, 'actor' | 'actorName' | 'session' | 'exchange'> & { readonly console: string };

export const freezeMessage = '{"kind":"freeze"}';

export function budgetKeys(keys: Keys, { rule: { id, per }, subject }: Charge): readonly string[] {
  const of = [id, per, subject] as const;
  return [
    keys.budgetHits(...of),
    keys.budgetMany(...of),
    keys.budgetOpen(...of),
    keys.budgetTried(...of),
    keys.budgetTriedMany(...of),
  ];
}

/** @param at index in ARGV (from 1) of the first of these arguments: the scripts are told where each rule's devices begin */
export function budgetArgs(charges: readonly Charge[], at: number, doer: Doer): readonly string[] {
  const devices: string[] = [];
  const starts = new Map<string, number>();
  const first = at + 1 + charges.length * 11;
  const startOf = (list: readonly string[]): number => {
    // Nearly always all rules count the same devices: they are sent once.
    const same = list.length === 1 ? (list[0] ?? '') : JSON.stringify(list);
    const known = starts.get(same);
    if (known !== undefined) return known;
    const start = first + devices.length;
    for (const device of list) devices.push(device);
    starts.set(same, start);
    return start;
  };
  const args = charges.flatMap((charge) => {
    const { rule, extra } = charge;
    const freezing = rule.freezeAt === null ? ['', '', '', '', ''] : freezeArgs(charge, rule.freezeAt, doer);
    const own = [String(startOf(charge.devices)), String(charge.devices.length), String(extra)];
    return [rule.id, String(rule.devices), String(rule.window), ...freezing, ...own];
  });
  // [id, devices, window, freezeAt, freeze id, freeze, event, digest, from, count, extra]
  return [String(charges.length), ...args, ...devices];
}

function freezeArgs({ rule }: Charge, freezeAt: number, doer: Doer): string[] {
  const { actor, actorName = '', console } = doer;
  const freeze: Omit<Freeze, 'since' | 'epoch' | 'releases'> = {
    id: newId('frz'),
    match: { ...rule.match, consoles: [console] },
    budget: rule.id,
    by: { id: actor ?? '', name: actorName },
    reason: `${freezeAt} devices were tried within ${spanOf(rule.window)}.`,
  };
  const { id, match, budget, reason } = freeze;
  const told: AuditEvent = { ...doer, kind: 'freeze.set', facts: { freeze: id, match, budget, reason } };
  return [String(freezeAt), id, JSON.stringify(freeze), ...eventArgs(told)];
}

/** Milliseconds in words. */
export function spanOf(ms: number): string {
  const [unit, size] =
    ms % 86_400_000 === 0
      ? (['day', 86_400_000] as const)
      : ms % 3_600_000 === 0
        ? (['hour', 3_600_000] as const)
        : ms % 60_000 === 0
          ? (['minute', 60_000] as const)
          : (['second', 1000] as const);
  const count = Math.max(1, Math.round(ms / size));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
