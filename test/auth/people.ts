// People with passkeys, for tests: real sessions and passkeys on a real Redis, with an authenticator in software.
import { createHash } from 'node:crypto';
import { createOnce } from '../../src/auth/once.redis.ts';
import { createSessions } from '../../src/auth/session/sessions.redis.ts';
import { type Ask, createPasskeys } from '../../src/auth/webauthn/passkeys.redis.ts';
import type { Session } from '../../src/kernel/session.ts';
import { type Authenticator, createAuthenticator, type Mutation } from '../kit/authenticator.ts';
import type { TestRedis } from '../kit/redis.ts';

export const ORIGIN = 'https://access.corp.test';
export const RP = { id: 'access.corp.test', name: 'Sallyport', origin: ORIGIN };
export const REFUSED = { go: false, reason: 'passkey.refused' };
export const digestOf = (text: string) => createHash('sha256').update(text).digest('base64url');
export const HOLD: Ask = { purpose: 'hold', subject: 'hol_1', challenge: digestOf('wipe d-0142') };

export type People = ReturnType<typeof createPeople>;
export type Someone = Awaited<ReturnType<People['person']>>;

export function createPeople(redis: TestRedis) {
  const sessions = createSessions({ ...redis, limits: { idle: 3_600_000, absolute: 36_000_000 } });
  const passkeys = createPasskeys({ ...redis, once: createOnce(redis), rp: RP });
  let people = 0;

  const signIn = (id: string, authenticatedAt = redis.pulse.clock.now()): Promise<Session> =>
    sessions.start({ principal: { id, name: `Person ${id}`, groups: [] }, authenticatedAt });

  const enrol = async (session: Session, authenticator: Authenticator, name = 'key', mutation: Mutation = {}) => {
    const options = await passkeys.enrolOptions(session);
    if (!options.go) return options;
    return passkeys.enrol(session, { name, credential: authenticator.create(options.value, mutation) });
  };

  return {
    ...{ sessions, passkeys, signIn, enrol },
    /** Somebody signed in, with one passkey. */
    async person(options: { counts?: boolean; backedUp?: boolean } = {}) {
      people += 1;
      const session = await signIn(`https://idp.test#p${people}`);
      const authenticator = createAuthenticator(ORIGIN, options);
      const enrolled = await enrol(session, authenticator);
      if (!enrolled.go) throw new Error(enrolled.detail);
      return { session, authenticator, passkey: enrolled.value };
    },
    async assert(
      { session, authenticator }: { session: Session; authenticator: Authenticator },
      mutation: Mutation = {},
      ask: Ask = HOLD,
    ) {
      const options = await passkeys.assertionOptions(session, ask);
      return passkeys.verifyAssertion(session, { ...ask, response: authenticator.get(options, mutation) });
    },
    async stepUp({ session, authenticator }: { session: Session; authenticator: Authenticator }) {
      const options = await passkeys.assertionOptions(session, { purpose: 'stepup', subject: '' });
      return passkeys.stepUp(session, authenticator.get(options));
    },
    lastEvent: async () => (await redis.journalEvents()).at(-1),
  };
}
