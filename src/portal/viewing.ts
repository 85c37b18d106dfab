// Looking at recordings is a right like any other: policy may give it with a grant only, which somebody else approves, and
// the operator may want a reason for each session. Asked at the gate for every operation, so that no route can forget it.
import { covers } from '../access/grants/terms.ts';
import type { Journal } from '../audit/journal/journal.redis.ts';
import type { Target } from '../kernel/action.ts';
import type { Grant } from '../kernel/grant.ts';
import type { Session } from '../kernel/session.ts';
import type { RedisClient } from '../redis/client.ts';
import type { Keys } from '../redis/keys.ts';
import type { Endpoint } from './api/endpoint.ts';
import type { PortalRight } from './authenticate.ts';
import { PortalProblem } from './problem.ts';
import type { Rights } from './rights.ts';

/** The portal as grants name it. */
export const PORTAL = 'portal';

export type Viewing = {
  /**
   * Whether a grant of this person gives a right that they have not got by themselves.
   * @param session the one that is looked at; null: any, so only a grant for all of them counts
   * @throws PortalProblem forbidden: not even a grant would; grant.required: one would
   */
  byGrant(by: Session, right: PortalRight, session: string | null): Promise<void>;
  /** @throws PortalProblem view.reason: the session is not shown before its viewer has said why */
  reasoned(by: Session, endpoint: Endpoint, session: string): Promise<void>;
  /** What this login said why it looks at that session; null: nothing. @throws StateUnavailable */
  reasonOf(by: Session, session: string): Promise<string | null>;
  /** Whether what this session showed may be shown to them now; lists and searches ask, which are of no one session. */
  open(by: Session, session: string): Promise<boolean>;
  /** Writes down why. @throws PortalProblem journal.unavailable, StateUnavailable */
  explain(by: Session, viewed: { readonly id: string; readonly of: string }, reason: string): Promise<void>;
};

export type ViewingDeps = {
  readonly rights: Pick<Rights, 'mayWithGrant'>;
  readonly activeFor: (person: string) => Promise<readonly Grant[]>;
  readonly client: Pick<RedisClient, 'command'>;
  readonly keys: Pick<Keys, 'viewReason'>;
  readonly journal: Pick<Journal, 'append'>;
  /** setting viewing.reason */
  readonly reason: 'required' | 'optional';
  /** ms that a login lasts at most: what was said is kept for so long */
  readonly keep: number;
};

/** Shows what one session did, and is not how its viewer says why. */
const showsSession = ({ name, path, rights }: Endpoint): boolean =>
  rights.includes('recording.view') && path.startsWith('/api/sessions/:id') && name !== 'explainViewing';

export function createViewing(deps: ViewingDeps): Viewing {
  const { rights, activeFor, client, keys, journal, reason, keep } = deps;
  const reasonOf: Viewing['reasonOf'] = async (by, session) => {
    const kept = await client.command('GET', keys.viewReason(by.id, session));
    return typeof kept === 'string' ? kept : null;
  };
  return {
    async byGrant({ principal }, right, session) {
      if (!rights.mayWithGrant(principal, right)) throw new PortalProblem('forbidden');
      const targets: readonly Target[] = session === null ? [] : [{ kind: 'session', id: session }];
      const act = { principal: principal.id, console: PORTAL, action: right, targets };
      if ((await activeFor(principal.id)).some((grant) => covers(grant, act))) return;
      throw new PortalProblem('grant.required', { detail: 'Somebody else must approve that you look at recordings.' });
    },
    async reasoned(by, endpoint, session) {
      if (reason !== 'required' || !showsSession(endpoint)) return;
      if ((await reasonOf(by, session)) === null) throw new PortalProblem('view.reason');
    },
    reasonOf,
    open: async (by, session) => reason !== 'required' || (await reasonOf(by, session)) !== null,
    async explain(by, { id, of }, said) {
      const { id: session, principal } = by;
      const event = { kind: 'recording.reasoned', actor: principal.id, actorName: principal.name, session } as const;
      try {
        await journal.append({ ...event, facts: { viewed: id, of, reason: said } });
      } catch {
        throw new PortalProblem('journal.unavailable');
      }
      await client.command('SET', keys.viewReason(by.id, id), said, 'PX', keep);
    },
  };
}
