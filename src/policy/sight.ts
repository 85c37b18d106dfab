// What Cedar is told of a question: only what some policy of the set can see, and of a number only between which constants
// it lies. So an answer is a pure function of few inputs, and the same few inputs find it again: a session that grows older
// by a second, or another person of the same groups, asks nothing new.

import { weightOf } from '../kernel/action.ts';
import { BARE_FACTS, type Facts, type Question } from '../kernel/facts.ts';
import type { Principal } from '../kernel/principal.ts';
import { type CedarRequest, PolicyFailed } from './cedar.ts';
import { type Mentions, standIn } from './mentions.ts';

/** A step-up older than this is the same as none: the schema says so. */
const OLDEST_STEP_UP = 3600;
/** Redis keeps the time, this process reads it through an estimate: so much may a step-up seem to lie ahead, seconds. */
const CLOCK_SLACK = 5;
/** Stands for everybody where no policy names a person. */
const ANYBODY = 'anybody';

type Context = CedarRequest['context'];

export type Sight = {
  /** equal for two questions when no policy can tell them apart */
  keyOf(question: Question, context: Context): string;
  /** @throws PolicyFailed for a fact that cannot be */
  contextOf(question: Question, facts: Facts): Context;
  requestFor(question: Question, context: Context): CedarRequest;
};

export function createSight({ facts: named, groups, person }: Mentions): Sight {
  const sees = (name: keyof Facts | 'targets' | 'devices'): boolean => named?.has(name) ?? true;
  const count = (name: keyof Facts | 'targets' | 'devices', value: number): number => {
    if (!Number.isFinite(value) || value < 0) throw new PolicyFailed(`${name} cannot be ${value}`);
    if (!sees(name)) return 0;
    return standIn(Math.ceil(value), named?.get(name) ?? 'exact');
  };
  const word = <Name extends 'budget' | 'posture' | 'lane' | 'recorded'>(name: Name, facts: Facts): string =>
    // Facts of older recordings have fewer members.
    sees(name) ? (facts[name] ?? BARE_FACTS[name]) : BARE_FACTS[name];
  const flag = (name: 'signed' | 'granted' | 'lockdown' | 'opaque' | 'bulk', facts: Facts): boolean =>
    sees(name) && facts[name];

  const told = ORDER.filter((name) => name === 'risk' || sees(name));

  // A session's principal is one object for as long as it is cached.
  const seenOf = new WeakMap<Principal, { readonly id: string; readonly groups: readonly string[]; key: string }>();
  function principalSeen(principal: Principal) {
    let seen = seenOf.get(principal);
    if (seen === undefined) {
      const id = person ? principal.id : ANYBODY;
      const counting = [...new Set(principal.groups.filter((group) => groups.has(group)))].sort();
      seen = { id, groups: counting, key: JSON.stringify([id, ...counting]) };
      seenOf.set(principal, seen);
    }
    return seen;
  }

  function contextOf({ action }: Question, facts: Facts): Context {
    const named = action.targets.filter(({ kind }) => kind === 'device');
    const context = {
      risk: action.risk,
      targets: count('targets', weightOf(action.targets)),
      devices: count('devices', action.devices ?? weightOf(named)),
      signed: flag('signed', facts),
      granted: flag('granted', facts),
      approvals: count('approvals', facts.approvals),
      budget: word('budget', facts),
      lockdown: flag('lockdown', facts),
      opaque: flag('opaque', facts),
      bulk: flag('bulk', facts),
      posture: word('posture', facts),
      networks: sees('networks') ? [...new Set(facts.networks)].sort() : [],
      day: count('day', facts.day),
      hour: count('hour', facts.hour),
      sessionAge: count('sessionAge', facts.sessionAge),
      lane: word('lane', facts),
      recorded: word('recorded', facts),
    };
    const age = wholeSeconds(facts.stepUpAge);
    return age === null || !sees('stepUpAge') ? context : { ...context, stepUpAge: count('stepUpAge', age) };
  }

  return {
    contextOf,
    keyOf: ({ principal, action, on }, context) => {
      let key = `${action.name}|${on}`;
      // Names of ours, numbers and words in JSON; the person comes last, so nothing in it can pass for another part.
      for (const name of told) key += `|${part(context[name])}`;
      return `${key}|${principalSeen(principal).key}`;
    },
    requestFor: ({ principal, action, on }, context) => {
      const seen = principalSeen(principal);
      return {
        principal: { type: 'Person', id: seen.id },
        parents: seen.groups.map((id) => ({ type: 'Group', id })),
        action: action.name,
        resource: on === 'portal' ? { type: 'Portal', id: on } : { type: 'Console', id: on },
        context,
      };
    },
  };
}

const ORDER: readonly (keyof Facts | 'risk' | 'targets' | 'devices')[] = [
  'risk',
  'targets',
  'devices',
  'stepUpAge',
  'signed',
  'granted',
  'approvals',
  'budget',
  'lockdown',
  'opaque',
  'bulk',
  'posture',
  'networks',
  'day',
  'hour',
  'sessionAge',
  'lane',
  'recorded',
];

const part = (value: Context[string] | undefined): string | number | boolean =>
  typeof value === 'string' || typeof value === 'object' ? JSON.stringify(value) : (value ?? '');

/** Rounded up, so that a step-up never counts as younger than it is. @throws PolicyFailed for an impossible age */
function wholeSeconds(age: number | null): number | null {
  if (age === null) return null;
  if (!Number.isFinite(age) || age < -CLOCK_SLACK) throw new PolicyFailed(`a step-up cannot be ${age} seconds old`);
  const seconds = Math.max(0, Math.ceil(age));
  return seconds > OLDEST_STEP_UP ? null : seconds;
}
