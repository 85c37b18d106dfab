// A gateway's notices on a real Redis: its journal, its outbox, its postman, with receivers on loopback. Grants stand in a map, so
// that a test can answer a question while the notice of it is on its way.
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import { type ChannelSettings, createChannels, createNotices, type Notices } from '../../src/notices/notices.ts';
import { createOutbox, type OutboxLimits } from '../../src/notices/outbox.redis.ts';
import type { Timing } from '../../src/notices/postman.ts';
import type { AddressBook, NoticeRoute } from '../../src/notices/routes.ts';
import { type RedisParts, startRedis, type TestRedis } from '../kit/redis.ts';
import { aGrant, PORTAL } from './kit.ts';

export type Gateway = {
  readonly channels: readonly ChannelSettings[];
  readonly routes?: readonly NoticeRoute[];
  readonly book?: AddressBook;
  readonly limits?: Partial<OutboxLimits>;
  readonly timing?: Partial<Timing>;
  readonly me?: string;
  /** ms a channel has */
  readonly timeout?: number;
};

export const SOON: Timing = { every: 50, turn: 400, backoff: 30, longest: 60, tries: 3 };
const LIMITS: Partial<OutboxLimits> = { gather: 100, patience: 0.01, visible: 1500 };

export async function openHouse() {
  const redis: TestRedis = await startRedis({ commandTimeout: 2000 });
  const grants = new Map<string, Grant>();
  const errors: unknown[] = [];
  const running: Notices[] = [];
  const append = async (event: AuditEvent): Promise<void> => {
    await createJournal({ ...redis, keys: redis.keys }).append(event);
    await redis.client.command('PUBLISH', redis.keys.changes, JSON.stringify({ kind: 'grant' }));
  };
  /** Somebody asks: the grant stands and the journal tells. */
  const ask = async (id: string, more: Partial<Grant> = {}): Promise<Grant> => {
    const now = redis.pulse.clock.now();
    const grant = aGrant({ id, askedAt: now, answerUntil: now + 3_600_000, reason: id, ...more });
    grants.set(id, grant);
    const { holder, console } = grant;
    await append({ kind: 'grant.asked', actor: holder.id, actorName: holder.name, console, facts: { grant: id } });
    return grant;
  };
  const gateway = (options: Gateway, parts: RedisParts = redis): Notices => {
    const { channels, book = { groups: {}, operators: [] }, timeout = 500 } = options;
    const routes = options.routes ?? [{ to: 'approvers', events: null, channels: channels.map(({ id }) => id) }];
    const notices = createNotices({
      outbox: createOutbox({ ...parts, keys: redis.keys, limits: { ...LIMITS, ...options.limits } }),
      journal: createJournal({ ...parts, keys: redis.keys }),
      channels: createChannels(channels, { portalOrigin: PORTAL, clock: parts.pulse.clock, timeout }),
      routes,
      book,
      grant: async (id) => grants.get(id) ?? null,
      hold: async () => null,
      freezeStands: async () => true,
      consoleName: (id) => `Console ${id}`,
      freezeGroups: () => ['mdm-approvers'],
      portalOrigin: PORTAL,
      me: options.me ?? 'gw_1',
      clock: parts.pulse.clock,
      onChange: (heard) => parts.pulse.onChange(() => heard()),
      onError: (error) => errors.push(error),
      timing: { ...SOON, ...options.timing },
    });
    running.push(notices);
    return notices;
  };
  return {
    redis,
    grants,
    errors,
    append,
    ask,
    gateway,
    /** Waits until the journal was read to its end, so that only what comes now is news. */
    async settled() {
      const place = async () => [
        await redis.client.command('GET', redis.keys.noticesAt),
        await redis.client.command('HGET', redis.keys.journalHead, 'seq'),
      ];
      for (;;) {
        const [at, head] = await place();
        if (at !== null && at === head) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async stopAll() {
      for (const one of running.splice(0)) await one.stop();
    },
    async close() {
      await this.stopAll();
      await redis.stop();
    },
  };
}
export type House = Awaited<ReturnType<typeof openHouse>>;
