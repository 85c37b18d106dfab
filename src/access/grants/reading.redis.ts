// Grants as they stand now. What a grant rests on besides its own record (the session that asked, freezes) is looked at
// with it, so that nobody is handed a grant that is over and not yet swept. Lists are read in pages of sorted sets: a long
// history costs nothing.
import type { Risk } from '../../kernel/action.ts';
import { type Freeze, freezes as freezesAct } from '../../kernel/freeze.ts';
import type { Grant } from '../../kernel/grant.ts';
import type { RedisClient } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { ids } from '../stored.ts';
import { grantOf } from './record.ts';
import { type Moment, standing, usable } from './states.ts';

export type Page = { readonly grants: readonly Grant[]; readonly next: string | null };

export type ReadingDeps = {
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly pulse: Pick<Pulse, 'mirror' | 'clock' | 'epoch'>;
  /** the freezes in force; a failure is thrown on, and nothing is handed out */
  readonly freezes: () => Promise<readonly Freeze[]>;
  /** what the console's pack says of an action; the worst for one that it does not know */
  readonly riskOf: (console: string, action: string) => Risk;
  /** grants on a page of a list */
  readonly pageSize: number;
};

/** A record and when the session that it rests on is over, ms; 0: it is gone. */
export type Loaded = { readonly grant: Grant; readonly sessionUntil: number };

const PIECE = 200;

export type GrantReading = ReturnType<typeof createGrantReading>;

export function createGrantReading({ client, keys, pulse, freezes, riskOf, pageSize }: ReadingDeps) {
  const load = async (id: string): Promise<Loaded | null> => {
    const grant = grantOf(await client.command('HGETALL', keys.grant(id)));
    if (grant === null) return null;
    if (grant.session === '' || (grant.state !== 'asked' && grant.state !== 'active'))
      return { grant, sessionUntil: Number.POSITIVE_INFINITY };
    const answer = await client.command('HMGET', keys.session(grant.session), 'epoch', 'absoluteUntil');
    const [epoch, until] = Array.isArray(answer) ? answer.map(String) : [];
    return { grant, sessionUntil: epoch === grant.epoch ? Number(until) || 0 : 0 };
  };
  /** In pieces: thousands of commands at once would wait for each other longer than one may take. */
  const loadAll = async (list: readonly string[]): Promise<Loaded[]> => {
    const found: (Loaded | null)[] = [];
    for (let from = 0; from < list.length; from += PIECE)
      found.push(...(await Promise.all(list.slice(from, from + PIECE).map(load))));
    return found.filter((loaded) => loaded !== null);
  };

  /** Whether all that it allows is frozen on its console. */
  const frozenBy = (grant: Grant, inForce: readonly Freeze[]): boolean =>
    inForce.length > 0 &&
    grant.actions.every((name) => {
      const action = { name, risk: riskOf(grant.console, name) };
      return inForce.some((freeze) => freezesAct(freeze, grant.console, action));
    });
  /** How things stand; one look at the freezes for all that is then asked of it. */
  const momentOf = async (): Promise<(loaded: Loaded) => Moment> => {
    const inForce = await freezes();
    const [now, epoch] = [pulse.clock.now(), pulse.epoch()];
    return ({ sessionUntil }) => ({
      now,
      epoch,
      gone: (grant) => ({ session: now >= sessionUntil, frozen: frozenBy(grant, inForce) }),
    });
  };
  const standingAll = async (list: readonly Loaded[]): Promise<Grant[]> => {
    const moment = await momentOf();
    return list.map((loaded) => standing(loaded.grant, moment(loaded)));
  };

  const page = async (key: string, cursor: string | null): Promise<Page> => {
    let from = 0;
    if (cursor !== null) {
      const rank = await client.command('ZREVRANK', key, cursor);
      if (rank === null) return { grants: [], next: null };
      from = Number(rank) + 1;
    }
    const list = ids(await client.command('ZREVRANGE', key, from, from + pageSize));
    const shown = list.slice(0, pageSize);
    const grants = await standingAll(await loadAll(shown));
    return { grants, next: list.length > pageSize ? (shown.at(-1) ?? null) : null };
  };

  const active = pulse.mirror(async (principalId: string): Promise<readonly Loaded[]> => {
    const list = ids(await client.command('ZRANGE', keys.activeOf(principalId), 0, -1));
    return (await loadAll(list)).filter(({ grant }) => grant.holder.id === principalId);
  });

  return {
    load,
    loadAll,
    momentOf,
    standingAll,
    frozenBy,
    async get(id: string): Promise<Grant | null> {
      const loaded = await load(id);
      return loaded && standing(loaded.grant, (await momentOf())(loaded));
    },
    listMine: (principalId: string, cursor: string | null) => page(keys.grantsOf(principalId), cursor),
    all: (cursor: string | null) => page(keys.grants, cursor),
    async inbox(): Promise<readonly Grant[]> {
      const list = await loadAll(ids(await client.command('ZRANGE', keys.grantsOpen, 0, -1)));
      const waiting = (await standingAll(list)).filter(({ state }) => state === 'asked');
      return waiting.sort((a, b) => a.askedAt - b.askedAt);
    },
    async activeFor(principalId: string): Promise<readonly Grant[]> {
      const now = pulse.clock.now();
      return (await standingAll(await active.get(principalId))).filter((grant) => usable(grant, { now }));
    },
  };
}
