// What another set of policies would have said to requests that were recorded, with the facts as they were then. Decides
// nothing; a request whose facts were not kept is counted, never guessed.

import type { Risk, Target } from '../kernel/action.ts';
import type { Facts } from '../kernel/facts.ts';
import type { PersonRef } from '../kernel/grant.ts';
import { type Answer, answerOf } from './cases.ts';
import type { Policy } from './policy.ts';

/** A recorded request, as far as policy is concerned. */
export type Recorded = {
  readonly id: string;
  readonly at: number;
  readonly console: string;
  readonly principal: PersonRef;
  readonly action: string;
  readonly risk: string;
  readonly targets: readonly Target[];
  readonly devices?: number;
  readonly verdict: 'go' | 'refuse';
  readonly reason: string | null;
  readonly observed?: string;
  readonly facts?: Facts;
  readonly groups?: readonly string[];
};

export type Change = {
  readonly change: 'newly refused' | 'newly allowed' | 'another way';
  readonly console: string;
  readonly action: string;
  readonly risk: string;
  readonly was: Answer;
  readonly now: Answer;
  readonly times: number;
  readonly people: readonly PersonRef[];
  /** more people than are named */
  readonly morePeople: number;
  /** the policies that decide now, and on deny those that would allow */
  readonly policies: readonly string[];
  /** their reasons */
  readonly whys: readonly string[];
  /** the newest of these requests */
  readonly exchange: string;
  readonly lastAt: number;
};

export type Replay = {
  readonly requests: number;
  /** of them: judged by both sets */
  readonly judged: number;
  /** refused before policy was asked, or recorded before its facts were kept */
  readonly withoutFacts: number;
  /** their action is not in the vocabulary any more, or could not be evaluated */
  readonly notDecided: number;
  readonly same: number;
  /** acts before reads, most frequent first */
  readonly changes: readonly Change[];
};

const NAMED = 20;
const RISKS: readonly string[] = ['read', 'low', 'high', 'destructive'] satisfies Risk[];

/** What the policy of that time said; reasons of later stages mean that policy had allowed it. */
export function answerThen({ verdict, reason, observed, facts }: Recorded): Answer {
  const refusedFor = observed ?? (verdict === 'go' ? null : reason);
  if (refusedFor === null) return 'ALLOW';
  if (refusedFor === 'policy.forbidden' || refusedFor === 'policy.failed') return 'DENY';
  if (refusedFor === 'stepup.required' || refusedFor.startsWith('hold.')) return 'STEP_UP';
  if (refusedFor === 'grant.required') return 'GRANT';
  if (refusedFor.startsWith('approval.')) return 'APPROVE';
  // Both also come from the commit, when it became so between the two: then policy had allowed it.
  if (refusedFor === 'lockdown.active') return facts?.lockdown === true ? 'DENY' : 'ALLOW';
  if (refusedFor === 'budget.spent') return facts?.budget === 'spent' ? 'DENY' : 'ALLOW';
  return 'ALLOW';
}

type Sum = Omit<Change, 'people' | 'morePeople' | 'whys'> & { people: Map<string, PersonRef>; whys: Set<string> };

export function createReplay(policy: Policy) {
  let requests = 0;
  let judged = 0;
  let withoutFacts = 0;
  let notDecided = 0;
  const sums = new Map<string, Sum>();

  function add(request: Recorded): void {
    requests += 1;
    const { facts, groups, console, action, risk } = request;
    if (facts === undefined || groups === undefined || !RISKS.includes(risk)) {
      withoutFacts += 1;
      return;
    }
    let decision: ReturnType<Policy['decide']>;
    try {
      const what = { name: action, risk: risk as Risk, targets: request.targets };
      decision = policy.decide({
        principal: { ...request.principal, groups },
        action: request.devices === undefined ? what : { ...what, devices: request.devices },
        on: console,
        facts,
      });
    } catch {
      notDecided += 1;
      return;
    }
    judged += 1;
    const was = answerThen(request);
    const now = answerOf(decision);
    if (was === now) return;
    const change = was === 'ALLOW' ? 'newly refused' : now === 'ALLOW' ? 'newly allowed' : 'another way';
    const policies = [...new Set([...decision.policies, ...decision.would.map(({ id }) => id)])];
    const key = JSON.stringify([console, action, risk, was, now, policies]);
    const sum: Sum = sums.get(key) ?? {
      ...{ change, console, action, risk, was, now, policies },
      ...{ times: 0, exchange: request.id, lastAt: request.at, people: new Map(), whys: new Set() },
    };
    const newest = request.at >= sum.lastAt;
    sum.people.set(request.principal.id, request.principal);
    for (const id of policies) sum.whys.add(policy.why(id) ?? '');
    sums.set(key, {
      ...sum,
      times: sum.times + 1,
      ...(newest ? { lastAt: request.at, exchange: request.id } : {}),
    });
  }

  function result(): Replay {
    const changes = [...sums.values()]
      .map(({ people, whys, ...sum }) => ({
        ...sum,
        people: [...people.values()].slice(0, NAMED),
        morePeople: Math.max(0, people.size - NAMED),
        whys: [...whys].filter((why) => why !== ''),
      }))
      .sort((a, b) => Number(a.risk === 'read') - Number(b.risk === 'read') || b.times - a.times);
    const changed = changes.reduce((sum, { times }) => sum + times, 0);
    return { requests, judged, withoutFacts, notDecided, same: judged - changed, changes };
  }

  return { add, result };
}
