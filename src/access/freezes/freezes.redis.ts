// Freezes: certain acts are refused until two different people release them. Set by people here, by breakers in the commit.
// The list is mirrored in this process, so facts ask nobody; the commit asks Redis itself.
import type { Selector } from '../../kernel/accessRules.ts';
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import type { Freeze } from '../../kernel/freeze.ts';
import type { PersonRef } from '../../kernel/grant.ts';
import { newId } from '../../kernel/ids.ts';
import { type RedisClient, StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import { type Actor, actorOf } from '../actor.ts';
import { storedHash } from '../stored.ts';
import type { WhyNotRelease } from './release.ts';

export type NewFreeze = {
  /** null: every console */
  readonly console: string | null;
  /** destructive: what cannot be undone. acts: everything but reads */
  readonly what: 'destructive' | 'acts';
  readonly reason: string;
};

export type FreezeOutcome =
  | { readonly done: true; readonly freeze: Freeze }
  | { readonly done: false; readonly why: 'too.many' | 'session.revoked' };
export type ReleaseOutcome =
  /** freeze: as it stands after the first word; null: it is over */
  { readonly done: true; readonly freeze: Freeze | null } | { readonly done: false; readonly why: WhyNotRelease };

export type Freezes = {
  /** All that are in force. @throws StateUnavailable */
  current(): Promise<readonly Freeze[]>;
  /** The same freeze twice is one: the first is answered. @throws StateUnavailable */
  set(actor: Actor, freeze: NewFreeze): Promise<FreezeOutcome>;
  /** One of the two words that end it. @throws StateUnavailable */
  release(id: string, actor: Actor): Promise<ReleaseOutcome>;
};

/** More than any number of consoles and budgets makes; the commit looks at each of them. */
const MOST = 200;
const ALL_OF_THEM = 'all';
const MESSAGE = '{"kind":"freeze"}';

export function createFreezes(deps: {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly pulse: Pick<Pulse, 'mirror' | 'forget'>;
}): Freezes {
  const { scripts, client, keys, pulse } = deps;

  const fetchAll = async (): Promise<readonly Freeze[]> => {
    const [stored, released] = await Promise.all([
      client.command('HGETALL', keys.freezes),
      client.command('HGETALL', keys.freezeReleases),
    ]);
    const releases = storedHash(released) ?? {};
    const list = Object.entries(storedHash(stored) ?? {}).map(([id, text]) => read(id, text, releases[id]));
    return list.sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));
  };
  const mirror = pulse.mirror(fetchAll);
  const found = async (id: string): Promise<Freeze | null> =>
    (await fetchAll()).find((freeze) => freeze.id === id) ?? null;

  return {
    current: () => mirror.get(ALL_OF_THEM),

    async set(actor, { console, what, reason }) {
      const match: Selector = {
        consoles: [console ?? '*'],
        actions: ['*'],
        risks: what === 'destructive' ? ['destructive'] : ['low', 'high', 'destructive'],
      };
      const id = newId('frz');
      const same = JSON.stringify({ match, budget: null }).slice(1, -1);
      const { principal } = actor;
      const rest = JSON.stringify({ by: { id: principal.id, name: principal.name }, reason }).slice(1);
      const told: AuditEvent = {
        kind: 'freeze.set',
        ...actorOf(actor),
        ...(console === null ? {} : { console }),
        facts: { freeze: id, match, budget: null, reason },
      };
      const [word, which = ''] = await scripts.run(
        'setFreeze',
        [keys.freezes, keys.session(actor.id)],
        [id, `{"id":${JSON.stringify(id)},${same},${rest}`, same, String(MOST), ...eventArgs(told), MESSAGE],
      );
      if (word === 'too.many' || word === 'session.revoked') return { done: false, why: word };
      pulse.forget();
      const freeze = word === 'set' || word === 'exists' ? await found(which) : null;
      if (freeze === null) throw new StateUnavailable(`redis: setFreeze: ${word}`);
      return { done: true, freeze };
    },

    async release(id, actor) {
      const who = actorOf(actor);
      const person: PersonRef = { id: actor.principal.id, name: actor.principal.name };
      const before = await found(id);
      if (before === null) return { done: false, why: 'unknown' };
      const facts = { freeze: id, match: before.match, budget: before.budget };
      const [word] = await scripts.run(
        'releaseFreeze',
        [keys.freezes, keys.freezeReleases, keys.session(actor.id)],
        [
          id,
          person.id,
          JSON.stringify(person),
          ...eventArgs({ kind: 'freeze.released', ...who, facts }),
          ...eventArgs({ kind: 'freeze.ended', ...who, facts }),
          MESSAGE,
        ],
      );
      pulse.forget();
      switch (word) {
        case 'released':
          return { done: true, freeze: await found(id) };
        case 'ended':
          return { done: true, freeze: null };
        case 'unknown':
        case 'own':
        case 'twice':
        case 'session.revoked':
          return { done: false, why: word };
        default:
          throw new StateUnavailable(`redis: releaseFreeze: unknown outcome ${word}`);
      }
    },
  };
}

/** @throws when it is not of this shape: the caller refuses */
function read(id: string, text: string, releases: string | undefined): Freeze {
  const stored = JSON.parse(text) as Omit<Freeze, 'releases'>;
  const { match, by } = stored;
  const lists = [match?.consoles, match?.actions, match?.risks];
  if (stored.id !== id || !lists.every(Array.isArray) || typeof by?.id !== 'string' || typeof stored.since !== 'number')
    throw new StateUnavailable(`redis: the freeze ${id} cannot be read`);
  const list: unknown = releases === undefined ? [] : JSON.parse(releases);
  if (!Array.isArray(list)) throw new StateUnavailable(`redis: the releases of ${id} cannot be read`);
  return { ...stored, releases: list as PersonRef[] };
}
