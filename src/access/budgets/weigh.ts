// What an act costs: the devices that it hits, by id where it names them, by number where it does not (a group, all of them).
// Pure. Errs towards too many: what is not known weighs as the whole fleet.
import { type BudgetRule, selects } from '../../kernel/accessRules.ts';
import { type Action, ALL, type Target, WHOLE_FLEET } from '../../kernel/action.ts';

/** One deed of an act and what it hits. A batch has several. */
export type Hit = {
  readonly action: Pick<Action, 'name' | 'risk'>;
  /** distinct, `kind:id` */
  readonly devices: readonly string[];
  /** devices besides, without ids */
  readonly extra: number;
};

/** What one act takes out of one budget. */
export type Charge = {
  readonly rule: BudgetRule;
  /** whose budget: a principal id or a console id */
  readonly subject: string;
  /** distinct, with the console in front: ids of two consoles are two devices */
  readonly devices: readonly string[];
  readonly extra: number;
};

type Weighed = Pick<Action, 'name' | 'risk' | 'targets' | 'devices'> & {
  readonly parts?: readonly Weighed[] | undefined;
};

/** The deeds of an act: its parts when it is a batch (each is charged as what it is), and the act itself. */
export function hitsOf(act: Weighed): readonly Hit[] {
  const parts = (act.parts ?? []).flatMap((part) => leaves(part));
  if (parts.length === 0) return [hitOf(act, WHOLE_FLEET)];
  // The console was asked for the whole: a part that says "all" cannot be more than that.
  const all = act.devices ?? WHOLE_FLEET;
  const hits = parts.map((part) => hitOf(part, all));
  // The envelope, which a freeze or a rule may name, costs only what none of its parts says: the group in a path, say.
  const own = act.devices === undefined ? { ...hitOf(act, 0), extra: 0 } : hitOf(act, 0);
  const inParts = hits.reduce((sum, hit) => sum + hit.extra, 0);
  return [{ ...own, extra: Math.max(0, own.extra - inParts) }, ...hits];
}

const leaves = (act: Weighed): readonly Weighed[] =>
  act.parts === undefined || act.parts.length === 0 ? [act] : act.parts.flatMap((part) => leaves(part));

function hitOf({ name, risk, targets, devices }: Weighed, all: number): Hit {
  const named = targets.filter(({ id }) => id !== ALL);
  const action = { name, risk };
  // Nobody asked the console: every target counts as one.
  if (devices === undefined)
    return { action, devices: namesOf(named), extra: named.length === targets.length ? 0 : all };
  const known = namesOf(named.filter(({ kind }) => kind === 'device'));
  const number = Number.isSafeInteger(devices) && devices >= 0 ? Math.min(devices, WHOLE_FLEET) : WHOLE_FLEET;
  return { action, devices: known, extra: Math.max(0, number - known.length) };
}

const namesOf = (targets: readonly Target[]): string[] => [...new Set(targets.map(({ kind, id }) => `${kind}:${id}`))];

/** What each matching rule counts for these deeds of one person on one console. Rules that match none are left out. */
export function chargesOf(
  rules: readonly BudgetRule[],
  console: string,
  principal: string,
  hits: readonly Hit[],
): readonly Charge[] {
  return rules.flatMap((rule) => {
    const counted = hits.filter(({ action }) => action.risk !== 'read' && selects(rule.match, console, action));
    if (counted.length === 0) return [];
    const devices = new Set(counted.flatMap((hit) => hit.devices.map((device) => `${console} ${device}`)));
    const extra = counted.reduce((sum, hit) => sum + hit.extra, 0);
    return [{ rule, subject: rule.per === 'admin' ? principal : console, devices: [...devices], extra }];
  });
}
