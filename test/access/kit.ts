// The parts of the access tests: sessions that really exist in Redis, assertions' evidence over a given challenge (the
// signature itself is the passkeys' business and tested there), and a recomputation of the journal's hash chain that uses
// nothing of the product.
import { createHash } from 'node:crypto';
import { type Acts, createActs, type HoldUse } from '../../src/access/acts/acts.redis.ts';
import type { Hit } from '../../src/access/budgets/weigh.ts';
import { createFreezes, type Freezes } from '../../src/access/freezes/freezes.redis.ts';
import { createGrants, type GrantLimits, type Grants } from '../../src/access/grants/grants.redis.ts';
import type { ApprovedTerms, Ask } from '../../src/access/grants/terms.ts';
import { createHolds, type HoldLimits, type Holds } from '../../src/access/holds/holds.redis.ts';
import type { ApprovalRule, BudgetRule } from '../../src/kernel/accessRules.ts';
import type { Risk } from '../../src/kernel/action.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import type { Evidence } from '../../src/kernel/evidence.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { HeldRequest, Hold } from '../../src/kernel/hold.ts';
import { newId, sha256Hex } from '../../src/kernel/ids.ts';
import type { Session } from '../../src/kernel/session.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { eventArgs } from '../../src/redis/scripts.ts';
import { type RedisParts, startRedis, type TestRedis } from '../kit/redis.ts';

export type Access = { readonly freezes: Freezes; readonly grants: Grants; readonly holds: Holds; readonly acts: Acts };
export type Limits = {
  readonly grants?: Partial<GrantLimits>;
  readonly holds?: Partial<HoldLimits>;
  readonly budgets?: readonly BudgetRule[];
  readonly approvals?: readonly ApprovalRule[];
  /** ms; the product's is 250, which a busy machine can break */
  readonly commandTimeout?: number;
};

/** Whoever is in the group may approve anything: what most tests are not about. */
export const RULE: ApprovalRule = {
  id: 'anything',
  match: { consoles: ['*'], actions: ['*'], risks: ['low', 'high', 'destructive'] },
  steps: [{ groups: ['mdm-approvers'], count: 1 }],
  holdGroups: ['mdm-approvers'],
  reason: null,
  ticket: null,
  longest: 240,
  mostUses: 100,
  asksPerDay: 10_000,
  answerWithin: 60 * 60_000,
  remindAfter: null,
  escalate: null,
  automatic: [],
};

export const riskOf = (_console: string, action: string): Risk => (action.endsWith('.lock') ? 'high' : 'destructive');

export const accessOn = (parts: RedisParts, keys: TestRedis['keys'], limits: Limits = {}): Access => {
  const { approvals = [RULE], budgets = [] } = limits;
  const rules = () => ({ approvals, budgets });
  const freezes = createFreezes({ ...parts, keys });
  return {
    freezes,
    grants: createGrants({
      ...{ ...parts, keys, rules, riskOf, freezes: freezes.current },
      ...(limits.grants ? { limits: limits.grants } : {}),
    }),
    holds: createHolds({ ...parts, keys, ...(limits.holds ? { limits: limits.holds } : {}) }),
    acts: createActs({ ...parts, keys, budgets: () => budgets }),
  };
};

export type World = Access & {
  readonly redis: TestRedis;
  /** Somebody's login; without groups, one who may approve. */
  login(name: string, groups?: readonly string[]): Promise<Session>;
  endSession(session: Session): Promise<void>;
  /** Asks and approves. */
  active(holder: Session, approver: Session, ask?: Partial<Ask>): Promise<Grant>;
  signed(session: Session, request?: Partial<HeldRequest>): Promise<{ hold: Hold; request: HeldRequest }>;
};

export async function openWorld(limits: Limits = {}): Promise<World> {
  const redis = await startRedis({ commandTimeout: limits.commandTimeout ?? 5000 });
  const access = accessOn(redis, redis.keys, limits);
  const login = async (name: string, groups: readonly string[] = ['mdm-approvers']): Promise<Session> => {
    const id = newId('ses');
    const principal = { id: `https://idp.test#${name}`, name, groups };
    const told: AuditEvent = { kind: 'login.succeeded', actor: principal.id, facts: {} };
    const args = [id, JSON.stringify(principal), '0', String(8 * 3_600_000), ...eventArgs(told)];
    const [, at = '0'] = await redis.scripts.run('startSession', [redis.keys.session(id), redis.keys.sessions], args);
    const startedAt = Number(at);
    return {
      id,
      principal,
      startedAt,
      authenticatedAt: 0,
      absoluteUntil: startedAt + 8 * 3_600_000,
      steppedUpAt: null,
      epoch: redis.pulse.epoch(),
    };
  };
  return {
    ...access,
    redis,
    login,
    async endSession(session) {
      await redis.client.command('DEL', redis.keys.session(session.id));
    },
    async active(holder, approver, ask = {}) {
      const asked = granted(await access.grants.ask(holder, { ...ASK, ...ask }));
      return approve(access.grants, asked, approver);
    },
    async signed(session, request = {}) {
      const held = { ...requestOf(session), ...request };
      const hold = await access.holds.create({
        ...held,
        ...{ title: 'Wipe', effect: 'Erases', risk: 'destructive', principal: session.principal },
        ...{ needs: { signed: true, approvals: 0 }, approvers: [], rule: '', names: {}, devices: 1, parameters: null },
        answerWithin: null,
      });
      if (hold === null) throw new Error('no hold');
      const outcome = await access.holds.sign(hold.id, session, evidenceOf(access.holds.challenge(hold)));
      if (!outcome.done) throw new Error(outcome.why);
      return { hold: outcome.hold, request: held };
    },
  };
}

export const ASK: Ask = {
  console: 'acme',
  actions: ['device.wipe'],
  targets: [{ kind: 'device', id: 'd-0142' }],
  names: {},
  title: 'Wipe 1 device: d-0142',
  reason: 'Lost in a taxi',
  ticket: 'MDM-4711',
  minutes: 30,
  uses: 1,
  clock: 'approval',
  startAt: null,
};

export const requestOf = (session: Session): HeldRequest => ({
  console: 'acme',
  session: session.id,
  action: 'device.wipe',
  method: 'POST',
  target: '/api/devices/d-0142/wipe',
  bodyDigest: sha256Hex('{"id":"d-0142"}'),
  contentType: 'application/json',
  targets: [{ kind: 'device', id: 'd-0142' }],
});

export const evidenceOf = (challenge: string, change: Partial<Evidence> = {}): Evidence => ({
  credentialId: 'Y3JlZA',
  publicKey: 'a2V5',
  authenticatorData: 'ZGF0YQ',
  clientDataJSON: Buffer.from(
    JSON.stringify({ type: 'webauthn.get', challenge, origin: 'http://portal.localhost' }),
  ).toString('base64url'),
  signature: 'c2ln',
  userVerified: true,
  at: 0,
  ...change,
});

export function granted(outcome: Awaited<ReturnType<Grants['ask']>>): Grant {
  if (!outcome.done) throw new Error(`not done: ${outcome.why}`);
  return outcome.grant;
}

export async function approve(
  grants: Grants,
  grant: Grant,
  approver: Session,
  terms: ApprovedTerms = asAsked(grant),
): Promise<Grant> {
  const challenge = grants.approvalChallenge(grant, terms, approver.principal.id);
  return granted(await grants.approve(grant.id, approver, terms, evidenceOf(challenge, keyOf(approver))));
}

/** Everybody has a key of their own. */
export const keyOf = ({ principal }: Session): Pick<Evidence, 'credentialId' | 'publicKey'> => ({
  credentialId: `credential-of-${principal.name}`,
  publicKey: `key-of-${principal.name}`,
});

export const asAsked = ({ minutes, uses, askedMinutes, askedUses }: Grant): { minutes: number; uses: number } => ({
  minutes: minutes ?? askedMinutes,
  uses: uses ?? askedUses,
});

export const actEvent = (kind: 'act.intent' | 'act.outcome', session: Session, exchange: string): AuditEvent => ({
  kind,
  actor: session.principal.id,
  session: session.id,
  exchange,
  console: 'acme',
  facts: { title: 'Wipe 1 device: d-0142' },
});

/** A wipe of one device; `hold` as an id rests on its own person's signature. */
export const commitOf = (
  session: Session,
  rest: { hold?: string | HoldUse | null; grant?: string | null; console?: string; hits?: readonly Hit[] } = {},
) => {
  const exchange = newId('exc');
  const { hold = null, grant = null, console = 'acme', hits = [WIPE] } = rest;
  const use = typeof hold === 'string' ? { id: hold, signed: true, approvals: 0 } : hold;
  return { session, exchange, console, hits, hold: use, grant, event: actEvent('act.intent', session, exchange) };
};

export const WIPE: Hit = {
  action: { name: 'device.wipe', risk: 'destructive' },
  devices: ['device:d-0142'],
  extra: 0,
};

/** Number of entries of a journal whose every hash is right. @throws at the first entry that is not */
export async function checkChain(client: RedisClient, journal: string): Promise<number> {
  const entries = (await client.command('XRANGE', journal, '-', '+')) as [string, string[]][];
  let previous = '0'.repeat(64);
  entries.forEach(([id, list], index) => {
    const entry = Object.fromEntries(list.flatMap((field, i) => (i % 2 === 0 ? [[field, list[i + 1] ?? '']] : [])));
    const seq = index + 1;
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    if (id !== `${seq}-0`) throw new Error(`entry ${seq} has id ${id}`);
    if (hash(entry.event ?? '') !== entry.digest) throw new Error(`entry ${seq}: the event is not what was digested`);
    previous = hash(`${previous}\n${seq}\n${entry.at}\n${entry.digest}\n${entry.fact}`);
    if (previous !== entry.hash) throw new Error(`entry ${seq}: the chain is broken`);
  });
  return entries.length;
}

/** The proof that stands in the latest event of a kind. */
export async function lastProof(redis: TestRedis, kind: string): Promise<{ evidence: Evidence; challenge: string }> {
  const event = (await redis.journalEvents()).findLast((candidate) => candidate.kind === kind);
  if (!event) throw new Error(`no ${kind}`);
  return event.facts.signed as { evidence: Evidence; challenge: string };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
