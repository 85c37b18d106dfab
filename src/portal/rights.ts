// What policy says of a person before there is a request: their rights in the portal, the consoles that they may enter, and
// what they may ask for there. Nothing is known in anybody's favour but what is supposed here by name.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Risk, Target } from '../kernel/action.ts';
import { BARE_FACTS, type Facts, type Question } from '../kernel/facts.ts';
import type { Principal } from '../kernel/principal.ts';
import type { MayAsk } from './asking.ts';
import type { May } from './authenticate.ts';
import type { ConsoleWords } from './consoleWords.ts';

export type Rights = {
  readonly may: May;
  /** whether this person would have it with a grant that somebody approves */
  readonly mayWithGrant: May;
  /** whether policy lets this person look at anything in this console */
  readonly mayEnter: (principal: Principal, console: string) => boolean;
  readonly mayAsk: MayAsk;
  /** the actions of a console that this person may do with an approved grant, and not without one */
  readonly asksFor: (
    principal: Principal,
    console: string,
  ) => Promise<readonly { readonly action: string; readonly label: string }[]>;
};

/** actions that are asked about before other work gets its turn */
const TURN = 4;
const NOTHING: readonly Target[] = [];
/** Stands for any one device when nobody has said which. */
const ONE: readonly Target[] = [{ kind: 'device', id: 'any' }];
/** Everything that somebody could still bring along: a passkey just now, on the very request, and three other people's. */
const AT_BEST: Partial<Facts> = { stepUpAge: 0, signed: true, approvals: 3 };

export function createRights(deps: {
  /** whether policy allows it */
  readonly allows: (question: Question) => boolean;
  readonly words: Pick<ConsoleWords, 'describe' | 'actionsOf'>;
  /** names of the configured networks */
  readonly networks: readonly string[];
}): Rights {
  const { words, networks } = deps;
  type Asked = { readonly name: string; readonly risk: Risk; readonly targets: readonly Target[] };
  const allows = (principal: Principal, action: Asked, on: string, facts: Partial<Facts> = {}): boolean => {
    const posture = principal.posture ?? BARE_FACTS.posture;
    return deps.allows({ principal, action, on, facts: { ...BARE_FACTS, posture, ...facts } });
  };
  /** From some network or other: where somebody will be when they act, nobody knows when they ask. */
  const somewhere = (principal: Principal, action: Asked, console: string, facts: Partial<Facts> = {}): boolean =>
    allows(principal, action, console, facts) || allows(principal, action, console, { ...facts, networks });

  return {
    may: (principal, right) => allows(principal, { name: right, risk: 'read', targets: NOTHING }, 'portal'),
    mayWithGrant: (principal, right) =>
      allows(principal, { name: right, risk: 'read', targets: NOTHING }, 'portal', { granted: true }),
    mayEnter: (principal, console) =>
      somewhere(principal, { name: 'unknown.read', risk: 'read', targets: NOTHING }, console),
    mayAsk(principal, console, name, targets) {
      const risk = words.describe(console, name)?.risk;
      if (risk === undefined) return false;
      return somewhere(principal, { name, risk, targets }, console, { ...AT_BEST, granted: true });
    },
    async asksFor(principal, console) {
      const found: { action: string; label: string }[] = [];
      for (const [index, { name, risk, label }] of words.actionsOf(console).entries()) {
        // A policy set that is new is asked some hundred times here: requests must not wait for all of that.
        if (index % TURN === TURN - 1) await nextTurn();
        const allowed = (granted: boolean): boolean =>
          somewhere(principal, { name, risk, targets: ONE }, console, { ...AT_BEST, granted });
        if (risk !== 'read' && allowed(true) && !allowed(false)) found.push({ action: name, label });
      }
      return found;
    },
  };
}
