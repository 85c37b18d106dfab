// The parts of the tests about holds: people with groups and a key of their own, whose signatures are real, so that the
// journal of a test can be verified offline in the end.
import { createHolds, type HoldLimits, type HoldOutcome, type Holds } from '../../src/access/holds/holds.redis.ts';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import { type JournalReport, verifyJournal } from '../../src/audit/verify/verifyJournal.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import type { Evidence } from '../../src/kernel/evidence.ts';
import type { Hold, NewHold } from '../../src/kernel/hold.ts';
import { newId, sha256Hex } from '../../src/kernel/ids.ts';
import type { Session } from '../../src/kernel/session.ts';
import { eventArgs } from '../../src/redis/scripts.ts';
import { assertion, newKey, ORIGIN, RP_ID, type TestKey } from '../audit/journalKit.ts';
import { type RedisParts, startRedis, type TestRedis } from '../kit/redis.ts';

export const APPROVERS = 'mdm-approvers';

export type Signer = {
  readonly session: Session;
  readonly key: TestKey;
  readonly credentialId: string;
  /** what this person's passkey answers to a challenge */
  answer(challenge: string, change?: Partial<Evidence>): Evidence;
};

export type HoldWorld = {
  readonly redis: TestRedis;
  readonly holds: Holds;
  holdsOn(parts: RedisParts, limits?: Partial<HoldLimits>): Holds;
  /** Somebody's login, with a passkey enrolled. `key`: one that exists already. */
  person(name: string, groups?: readonly string[], key?: TestKey): Promise<Signer>;
  /** A request of theirs that waits. */
  waiting(of: Signer, change?: Partial<NewHold>): Promise<Hold>;
  /** The same, after others were asked. */
  asked(of: Signer, change?: Partial<NewHold>): Promise<Hold>;
  sign(of: Signer, hold: Hold, holds?: Holds): Promise<HoldOutcome>;
  approve(by: Signer, hold: Hold, holds?: Holds): Promise<HoldOutcome>;
  /** The whole journal, checked without the gateway. */
  verify(): Promise<JournalReport>;
  endSession(of: Signer): Promise<void>;
};

export const WORDS = { reason: 'Lost in a taxi', ticket: 'MDM-4711' };

export async function openHoldWorld(limits: Partial<HoldLimits> = {}): Promise<HoldWorld> {
  const redis = await startRedis({ commandTimeout: 5000 });
  const { keys, scripts, client } = redis;
  const holdsOn: HoldWorld['holdsOn'] = (parts, more = limits) => createHolds({ ...parts, keys, limits: more });
  const holds = holdsOn(redis);
  const journal = createJournal({ scripts, client, keys });

  const waiting: HoldWorld['waiting'] = async (of, change = {}) => {
    const hold = await holds.create({ ...newHoldOf(of.session), ...change });
    if (hold === null) throw new Error('no hold');
    return hold;
  };
  return {
    redis,
    holds,
    holdsOn,
    waiting,
    async person(name, groups = [], key = newKey('EdDSA')) {
      const id = newId('ses');
      const principal = { id: `https://idp.test#${name}`, name, groups };
      const told: AuditEvent = { kind: 'login.succeeded', actor: principal.id, session: id, facts: {} };
      const [, at = '0'] = await scripts.run(
        'startSession',
        [keys.session(id), keys.sessions],
        [id, JSON.stringify(principal), '0', String(8 * 3_600_000), ...eventArgs(told)],
      );
      const credentialId = Buffer.from(`credential of ${name} ${id}`).toString('base64url');
      const publicKey = key.spki.toString('base64url');
      const enrolled: AuditEvent = {
        kind: 'passkey.enrolled',
        actor: principal.id,
        session: id,
        facts: { passkey: credentialId, publicKey },
      };
      await scripts.run(
        'enrolPasskey',
        [keys.passkey(credentialId), keys.passkeysOf(principal.id), keys.session(id)],
        ['20', ...eventArgs(enrolled), '{"kind":"passkey"}', credentialId, 'id', credentialId, 'spki', publicKey],
      );
      return {
        session: {
          ...{ id, principal, startedAt: Number(at), authenticatedAt: 0, steppedUpAt: null },
          absoluteUntil: Number(at) + 8 * 3_600_000,
          epoch: redis.pulse.epoch(),
        },
        key,
        credentialId,
        answer: (challenge, change = {}) => ({ ...assertion(key, challenge), credentialId, ...change }),
      };
    },
    async asked(of, change = {}) {
      const hold = await waiting(of, { ...forTwo, ...change });
      const outcome = await holds.ask(hold.id, of.session, WORDS);
      if (!outcome.done) throw new Error(outcome.why);
      return outcome.hold;
    },
    sign: (of, hold, on = holds) => on.sign(hold.id, of.session, of.answer(on.challenge(hold))),
    approve: (by, hold, on = holds) => on.approve(hold.id, by.session, by.answer(on.challenge(hold))),
    verify: () => verifyJournal(journal.all(), [], { origin: ORIGIN, rpId: RP_ID }),
    async endSession(of) {
      await client.command('DEL', keys.session(of.session.id));
    },
  };
}

/** Needs its own person and two approvers. */
export const forTwo: Partial<NewHold> = {
  needs: { signed: true, approvals: 2 },
  approvers: [APPROVERS],
  rule: 'destructive',
  answerWithin: 3_600_000,
};

export const newHoldOf = ({ id, principal }: Session): NewHold => ({
  console: 'acme',
  session: id,
  action: 'device.wipe',
  method: 'POST',
  target: '/api/devices/d-0142/wipe',
  bodyDigest: sha256Hex('{"id":"d-0142"}'),
  contentType: 'application/json',
  targets: [{ kind: 'device', id: 'd-0142' }],
  title: 'Wipe 1 device: d-0142',
  effect: 'Erases everything on it.',
  risk: 'destructive',
  principal: { id: principal.id, name: principal.name },
  needs: { signed: true, approvals: 0 },
  approvers: [],
  rule: '',
  names: { 'device:d-0142': 'iPad of Marie' },
  devices: 1,
  parameters: '{"id":"d-0142"}',
  answerWithin: null,
});

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
