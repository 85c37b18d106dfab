// Sessions and the tokens (cookies) that stand for them. Guarantees: ids are new at every login; Redis knows a cookie by
// its digest only; a session ends everywhere at once, by logout, by time or by force; unknown means refuse.
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import { canonicalJson } from '../../kernel/canonicalJson.ts';
import { newId, newSecret, sha256Hex } from '../../kernel/ids.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Session } from '../../kernel/session.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import { type RedisClient, StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import { readSession, readToken, type StoredSession, type StoredToken } from './records.ts';

/** Why a session ended. `login`: the same browser signed in again. */
export type SessionEnd = 'logout' | 'login' | 'idle' | 'absolute' | 'revoked';

export type Sessions = {
  /** ms */
  readonly limits: { readonly idle: number; readonly absolute: number };
  /** Begins a session after a login; appends login.succeeded. @param authenticatedAt ms; 0 when the IdP does not tell */
  start(login: { principal: Principal; authenticatedAt: number }): Promise<Session>;
  /**
   * A new secret for a cookie of this origin.
   * @throws StateUnavailable also when the session is over: there is nothing to give a cookie for
   */
  issueToken(session: Pick<Session, 'id'>, origin: string): Promise<string>;
  /**
   * The session that this cookie of this origin stands for. Refusals: session.missing, session.expired, session.revoked.
   * Touches no network while the caches are certain. @throws StateUnavailable
   */
  find(secret: string | undefined, origin: string): Promise<Verdict<Session>>;
  /** A live session by its id, for changes that were heard of; undefined when it is over. @throws StateUnavailable */
  get(id: string): Promise<Session | undefined>;
  /** Notes that the session is in use. Never waits; written to Redis at most every 15 s a session. */
  touch(session: Pick<Session, 'id'>): void;
  /** Ends it everywhere: all tokens die, {kind:'session', id} is announced, session.ended appended. Idempotent. */
  end(id: string, how: { by: string | null; because: SessionEnd }): Promise<void>;
  /** Ends the sessions whose time is over, also those that nobody asks for any more. @returns how many */
  sweep(): Promise<number>;
};

export type SessionsDeps = {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
  /** its clock is Redis's, the only one that counts for time-outs */
  readonly pulse: Pulse;
  readonly limits: { readonly idle: number; readonly absolute: number };
};

const TOUCH_EVERY = 15_000;
/** ms that an address is kept after a login: as long as access may be asked for ahead, and its answer takes */
const MAIL_FOR = 32 * 86_400_000;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

export function createSessions({ scripts, client, keys, pulse, limits }: SessionsDeps): Sessions {
  /** last use that this process knows of, and when it last told Redis, by session id */
  const uses = new Map<string, { at: number; told: number }>();

  const tokens = pulse.mirror<StoredToken | undefined>(async (digest) => {
    const text = await client.command('GET', keys.token(digest));
    return typeof text === 'string' ? readToken(text) : undefined;
  });
  const records = pulse.mirror<StoredSession | undefined>(async (id) => {
    const fields = await client.command('HGETALL', keys.session(id));
    return Array.isArray(fields) ? readSession(fields.map(String)) : undefined;
  });

  const used = (id: string, at: number): void => {
    const known = uses.get(id);
    if (known) known.at = Math.max(known.at, at);
    else uses.set(id, { at, told: 0 });
  };

  /** @returns whether it is over now; 'idle' and 'absolute' are checked again by Redis's own clock */
  const finish = async (id: string, by: string | null, because: SessionEnd): Promise<boolean> => {
    const event: AuditEvent = { kind: 'session.ended', actor: by, session: id, facts: { because } };
    const [outcome, lastAt] = await scripts.run(
      'endSession',
      [keys.session(id), keys.sessions, keys.sessionTokens(id)],
      [
        ...[id, because, String(limits.idle), keys.token(''), canonicalJson({ ended: because })],
        ...[canonicalJson({ kind: 'session', id }), ...eventArgs(event)],
      ],
    );
    if (outcome === 'alive') {
      used(id, Number(lastAt));
      return false;
    }
    pulse.forget();
    uses.delete(id);
    return true;
  };

  /** Which limit the session has passed, as far as this process can tell. */
  const passed = ({ session, lastAt }: StoredSession): 'idle' | 'absolute' | null => {
    const now = pulse.clock.now();
    if (now >= session.absoluteUntil) return 'absolute';
    return now - Math.max(lastAt, uses.get(session.id)?.at ?? 0) >= limits.idle ? 'idle' : null;
  };

  const over = (because: string): Verdict<never> =>
    because === 'idle' || because === 'absolute'
      ? refuse('session.expired', `the session ended: ${because}`)
      : refuse('session.revoked', `the session ended: ${because}`);

  return {
    limits,

    async start({ principal: { id: person, name, groups, posture, email = null }, authenticatedAt }) {
      const id = newId('ses');
      const facts = { groups, authenticatedAt, ...(posture === undefined ? {} : { posture }) };
      const event: AuditEvent = { kind: 'login.succeeded', actor: person, actorName: name, session: id, facts };
      // The address is kept apart: whatever shows a session or its person cannot show it by mistake.
      const principal: Principal = { id: person, name, groups, ...(posture === undefined ? {} : { posture }) };
      const mail = keys.mailOf(person);
      await (email === null ? client.command('DEL', mail) : client.command('SET', mail, email, 'PX', MAIL_FOR));
      const stored = canonicalJson({ ...principal });
      const [outcome, at] = await scripts.run(
        'startSession',
        [keys.session(id), keys.sessions],
        [id, stored, String(authenticatedAt), String(limits.absolute), ...eventArgs(event)],
      );
      if (outcome !== 'started') throw new StateUnavailable(`a session could not begin: ${outcome}`);
      const startedAt = Number(at);
      const absoluteUntil = startedAt + limits.absolute;
      return {
        id,
        principal,
        startedAt,
        authenticatedAt,
        absoluteUntil,
        steppedUpAt: null,
        epoch: pulse.epoch(),
      };
    },

    async issueToken({ id }, origin) {
      const secret = newSecret();
      const digest = sha256Hex(secret);
      const [outcome] = await scripts.run(
        'issueToken',
        [keys.session(id), keys.token(digest), keys.sessionTokens(id)],
        [canonicalJson({ session: id, origin }), digest],
      );
      if (outcome !== 'issued') throw new StateUnavailable('the session ended before it got its cookie');
      return secret;
    },

    async find(secret, origin) {
      if (secret === undefined) return refuse('session.missing', 'no cookie');
      if (!SECRET.test(secret)) return refuse('session.missing', 'the cookie is not one of ours');
      const token = await tokens.get(sha256Hex(secret));
      if (token === undefined) return refuse('session.missing', 'the cookie is not known');
      if ('ended' in token) return over(token.ended);
      if (token.origin !== origin) return refuse('session.missing', 'the cookie is of another origin');
      const stored = await records.get(token.session);
      if (stored === undefined) return refuse('session.revoked', 'the session is gone');
      if (stored.session.epoch !== pulse.epoch()) return refuse('session.revoked', 'the session is of another epoch');
      const limit = passed(stored);
      if (limit !== null && (await finish(token.session, null, limit))) return over(limit);
      return go(stored.session);
    },

    async get(id) {
      const stored = await records.get(id);
      return stored && stored.session.epoch === pulse.epoch() && passed(stored) === null ? stored.session : undefined;
    },

    touch({ id }) {
      const now = pulse.clock.now();
      used(id, now);
      const known = uses.get(id);
      if (!known || now - known.told < TOUCH_EVERY) return;
      known.told = now;
      // Not awaited: a request must not wait for it, and when Redis is away the session is refused anyway.
      scripts.run('touchSession', [keys.session(id)], [String(now)]).then(
        ([outcome]) => outcome === 'gone' && uses.delete(id),
        () => {
          known.told = 0;
        },
      );
    },

    async end(id, { by, because }) {
      await finish(id, by, because);
    },

    async sweep() {
      const ids = await client.command('ZRANGE', keys.sessions, 0, -1);
      let ended = 0;
      for (const id of Array.isArray(ids) ? ids.map(String) : []) {
        const stored = await records.get(id);
        const stale = stored === undefined || stored.session.epoch !== pulse.epoch();
        const limit = stale ? 'revoked' : passed(stored);
        if (limit !== null && (await finish(id, null, limit))) ended += 1;
      }
      for (const [id, use] of uses) if (pulse.clock.now() - use.at > limits.idle) uses.delete(id);
      return ended;
    },
  };
}
