// Asking for access from a console's page, and reading what became of it. The caller's own, and of this console only.
import { z } from 'zod';
import type { Risk, Target } from '../../kernel/action.ts';
import type { Console } from '../../kernel/exchange.ts';
import type { Grant } from '../../kernel/grant.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Session } from '../../kernel/session.ts';
import { AskGrant, type AskRule } from '../../portal/contract/grants.ts';
import { actionName } from '../../portal/contract/nouns.ts';
import { type Fault, ReservedProblem, sendJson } from './answer.ts';
import { readJson } from './change.ts';
import type { Route, Routes } from './route.ts';
import { grantView } from './views.ts';

export type AskTerms = z.infer<typeof AskGrant> & { readonly title: string };
type Asked =
  | { readonly done: true; readonly grant: Grant }
  | { readonly done: false; readonly why: string; readonly faults?: readonly Fault[] };

export type GrantRouteParts = {
  readonly grants: {
    ask(actor: Session, ask: AskTerms): Promise<Asked>;
    get(id: string): Promise<Grant | null>;
  };
  /** The plain words for an action of this console on these targets; null: its pack knows no such action. */
  readonly describe: (
    console: Console,
    action: string,
    targets: readonly Target[],
  ) => { readonly title: string; readonly risk: Risk } | null;
  /** What the form must know; null: there is no one rule for these actions, so nobody may ask for them together. */
  readonly askRule: (console: string, actions: readonly string[], person: Principal) => AskRule | null;
  readonly may: (principal: Principal, right: 'access.ask') => boolean;
};

const Ask = AskGrant.strict();
const Actions = z.array(actionName).min(1).max(20);
const TOO_OFTEN = { title: 'You have asked very often today', next: 'Ask again later.' };
const NO_RULE = {
  title: 'Nobody can be asked for this here',
  next: 'Ask for each action by itself, or tell your operator: no approval rule fits.',
};

export function grantRoutes({ grants, describe, askRule, may }: GrantRouteParts): Routes {
  const invalid = (at: string, what: string) => new ReservedProblem('input.invalid', { faults: [{ at, what }] });

  const ask: Route = {
    method: 'POST',
    async run({ session, console }, { req, res }) {
      const terms = await readJson(req, Ask);
      if (!may(session.principal, 'access.ask')) throw new ReservedProblem('forbidden');
      if (terms.console !== console.id) throw invalid('console', 'This is another console');
      const words = terms.actions.map((action) => describe(console, action, terms.targets));
      const [first] = words;
      if (first == null || words.includes(null)) throw invalid('actions', 'No such action is known here');
      const more = words.length - 1;
      const title = more === 0 ? first.title : `${first.title}, and ${more} more ${more === 1 ? 'action' : 'actions'}`;
      const outcome = await grants.ask(session, { ...terms, title });
      if (outcome.done) return sendJson(res, grantView(outcome.grant), 201);
      if (outcome.why === 'session.revoked') throw new ReservedProblem('session.revoked');
      if (outcome.why === 'terms') throw new ReservedProblem('input.invalid', { faults: outcome.faults ?? [] });
      if (outcome.why === 'no.rule') throw new ReservedProblem('conflict', NO_RULE);
      if (outcome.why === 'too.often') {
        const [fault] = outcome.faults ?? [];
        throw new ReservedProblem('conflict', { ...TOO_OFTEN, ...(fault === undefined ? {} : { next: fault.what }) });
      }
      if (outcome.why !== 'too.many') throw new ReservedProblem('conflict');
      const tooMany = 'You have too many requests for access open';
      throw new ReservedProblem('conflict', { title: tooMany, next: 'Take some back in the portal, then ask again.' });
    },
  };

  const read: Route = {
    method: 'GET',
    async run({ session }, { res, id }) {
      const grant = await grants.get(id);
      if (grant === null || grant.holder.id !== session.principal.id) throw new ReservedProblem('not.found');
      sendJson(res, grantView(grant));
    },
  };

  const rule: Route = {
    method: 'GET',
    run({ session, console }, { res, query }) {
      const asked = new URLSearchParams(query);
      if ((asked.get('console') ?? console.id) !== console.id) throw invalid('console', 'This is another console');
      const actions = Actions.safeParse(asked.getAll('action'));
      if (!actions.success || actions.data.some((action) => describe(console, action, []) === null))
        throw invalid('action', 'No such action is known here');
      const found = askRule(console.id, actions.data, session.principal);
      if (found === null) throw new ReservedProblem('conflict', NO_RULE);
      sendJson(res, found);
    },
  };

  return { grants: ask, 'grants/*': read, rule };
}
