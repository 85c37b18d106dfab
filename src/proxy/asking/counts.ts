// How many devices an act hits in truth, when it names groups of them or all of them. The console is asked each time: an
// answer that is kept could be made small first and large then. Whatever cannot be told counts as the whole fleet.
import { type Action, ALL, type Target, WHOLE_FLEET } from '../../kernel/action.ts';
import type { Recognised } from '../../kernel/exchange.ts';
import { retitle, titleWith } from '../recognise/actionOf.ts';
import type { Pack } from '../recognise/pack.ts';
import type { CountQuestion } from '../recognise/packFormat.ts';
import { questionFor } from '../recognise/questions.ts';
import type { AskConsole } from './askConsole.ts';
import { valueAt } from './words.ts';

/** Groups of one request that the console is asked about; more of them count as the whole fleet. */
const MOST_ASKED = 8;

export type CountParts = { readonly ask: AskConsole; readonly packOf: (pack: string) => Pack | undefined };

/** @returns a function that gives the action back as it is when there is nothing to ask. It never rejects. */
export function createCounts({ ask, packOf }: CountParts) {
  return (request: Recognised): Action | Promise<Action> => {
    const { action, console } = request;
    // What is easily undone is not counted in devices, so nobody is asked about it.
    if (action.risk === 'read' || action.risk === 'low') return action;
    const pack = packOf(console.pack);
    if (pack === undefined) return action;
    const groups = new Map([action, ...(action.parts ?? [])].flatMap((one) => groupsHit(pack, one)).map(keyed));
    return groups.size === 0 ? action : counted(request, pack, groups);
  };

  async function counted(request: Recognised, pack: Pack, groups: ReadonlyMap<string, Target>): Promise<Action> {
    const asked = request.method === 'MESSAGE' || groups.size > MOST_ASKED ? [] : [...groups];
    const sizes = new Map<string, number>();
    await Promise.all(
      asked.map(async ([key, group]) => {
        sizes.set(key, await sizeOf(request, pack, group));
      }),
    );
    const sizeOfKept = (group: Target): number => sizes.get(keyOf(group)) ?? WHOLE_FLEET;
    const weigh = (action: Action): Action => {
      const hit = groupsHit(pack, action);
      if (hit.length === 0) return action;
      const all = hit.find(isAllDevices);
      const devices = action.targets.filter(({ kind, id }) => kind === 'device' && id !== ALL).length;
      // Groups and single devices are among all of them.
      const sum =
        all === undefined ? hit.reduce((total, group) => total + sizeOfKept(group), devices) : sizeOfKept(all);
      const weighed = { ...action, devices: Math.min(Math.max(sum, devices), WHOLE_FLEET) };
      return retitle(weighed, (called) => titleWith(action, called));
    };
    const whole = weigh(request.action);
    if (whole.parts === undefined) return whole;
    return retitle({ ...whole, parts: whole.parts.map(weigh) }, (called) => titleWith(request.action, called));
  }

  async function sizeOf(request: Recognised, pack: Pack, { kind, id }: Target): Promise<number> {
    const questions = pack.questions.counts.get(id === ALL ? `all ${kind}` : kind);
    const found = questionFor(questions, id);
    if (found === null) return WHOLE_FLEET;
    return sizeIn(await ask(request, { target: found.target, accept: found.question.accept }), found.question);
  }
}

const isAllDevices = ({ kind, id }: Target): boolean => kind === 'device' && id === ALL;

/** The targets of an act whose devices nobody has named. */
function groupsHit({ questions }: Pack, { name, targets }: Action): readonly Target[] {
  const all = targets.filter(isAllDevices);
  const moved = questions.moves.has(name) && targets.some(({ kind, id }) => kind === 'device' && id !== ALL);
  return moved ? all : [...all, ...targets.filter(({ kind }) => questions.groups.has(kind))];
}

const keyed = (target: Target): readonly [string, Target] => [keyOf(target), target];
const keyOf = ({ kind, id }: Target): string => `${kind}:${id}`;

/** A whole number of devices, or the length of a list that is whole; anything else is the whole fleet. */
function sizeIn(answer: unknown, { number, list, most }: CountQuestion): number {
  if (number !== undefined) {
    const told = valueAt(answer, number);
    const size = typeof told === 'string' && /^\d{1,7}$/.test(told) ? Number(told) : told;
    return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
      ? Math.min(size, WHOLE_FLEET)
      : WHOLE_FLEET;
  }
  const told = list === undefined ? undefined : valueAt(answer, list);
  return Array.isArray(told) && told.length < most ? told.length : WHOLE_FLEET;
}
