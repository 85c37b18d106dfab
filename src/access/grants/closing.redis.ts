// Writes down what time, a session's end, a freeze or replaced data has done to grants, and calls for overdue answers.
// Only the audit events and the lists wait for it: what is over gives nothing from that moment on, swept or not. Safe to
// run on every replica at once: each change is one script that looks again, and one of them writes the event.
import type { Freeze } from '../../kernel/freeze.ts';
import { type RedisClient, StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import { ids } from '../stored.ts';
import type { GrantReading, Loaded } from './reading.redis.ts';
import { groupsNow, standing } from './states.ts';
import { grantChanged, grantEvent, grantOver } from './telling.ts';

export type GrantClosing = {
  /**
   * Writes the ends that time has brought, reminders and escalations; forgets what was over long ago.
   * @param whole look at all open grants, not only at those whose time is over: a session or a freeze may have ended them
   * @returns how many it wrote
   */
  sweep(whole?: boolean): Promise<number>;
  /** Ends the active grants whose every action this freeze covers. @returns how many it ended */
  endForFreeze(freeze: Freeze): Promise<number>;
};

const WORDS: readonly string[] = ['lapsed', 'ended', 'called'];
/** Grants forgotten in one sweep. */
const MOST_DROPPED = 100;
const NOTHING: readonly string[] = ['unknown', 'not.asked', 'not.active', 'not.due'];

export function createGrantClosing(deps: {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly pulse: Pick<Pulse, 'clock' | 'epoch' | 'forget'>;
  readonly reading: Pick<GrantReading, 'loadAll' | 'momentOf' | 'frozenBy'>;
  /** ms after its asking that a grant that is over is kept */
  readonly kept: number;
}): GrantClosing {
  const { scripts, client, keys, pulse, reading, kept } = deps;
  let sweptEpoch = '';

  const run = async (script: string, own: string[], args: string[]): Promise<boolean> => {
    const [word] = await scripts.run(script, own, args);
    if (NOTHING.includes(word)) return false;
    if (!WORDS.includes(word)) throw new StateUnavailable(`redis: ${script}: unknown outcome ${word}`);
    pulse.forget();
    return true;
  };
  const sessionKey = ({ session }: { readonly session: string }): string => keys.session(session || 'none');

  const lapse = ({ grant, sessionUntil }: Loaded, now: number): Promise<boolean> => {
    const because = now >= grant.answerUntil || now < sessionUntil ? 'time' : 'session';
    const told = eventArgs(grantEvent('grant.lapsed', null, grant, { because }));
    const own = [
      keys.grant(grant.id),
      keys.grantsOpen,
      keys.asksOf(grant.holder.id),
      sessionKey(grant),
      keys.grantCalls,
    ];
    return run('lapseGrant', own, [grant.holder.id, grant.session, ...told, grantChanged(grant)]);
  };
  const end = ({ grant }: Loaded, because: string, facts: { readonly freeze?: string } = {}): Promise<boolean> => {
    const told = eventArgs(
      grantEvent('grant.ended', null, grant, { because: because === 'void' ? 'revoked' : because, ...facts }),
    );
    const own = [keys.grant(grant.id), keys.grantsOpen, keys.activeOf(grant.holder.id), sessionKey(grant)];
    return run('endGrant', own, ['', '', grant.holder.id, grant.session, because, ...told, grantOver(grant)]);
  };

  const count = (done: readonly boolean[]): number => done.filter(Boolean).length;
  const closeAll = async (list: readonly Loaded[]): Promise<number> => {
    const momentFor = await reading.momentOf();
    const closed = list.map(async (loaded): Promise<boolean> => {
      const moment = momentFor(loaded);
      const { state, endedBecause } = standing(loaded.grant, moment);
      if (state === loaded.grant.state) return false;
      if (state === 'lapsed') return lapse(loaded, moment.now);
      return state === 'ended' && end(loaded, endedBecause === 'revoked' ? 'void' : (endedBecause ?? 'time'));
    });
    return count(await Promise.all(closed));
  };

  /** Reminders and escalations whose moment has come, each once. */
  const call = async (now: number): Promise<number> => {
    const due = ids(await client.command('ZRANGE', keys.grantCalls, '-inf', Math.floor(now), 'BYSCORE'));
    let written = 0;
    for (const { grant } of await reading.loadAll(due)) {
      const { remindAt, remindedAt, escalation, escalatedAt } = grant;
      const call = (what: string, kind: 'grant.reminded' | 'grant.escalated', groups: readonly string[]) => {
        const told = eventArgs(grantEvent(kind, null, grant, { groups: [...groups], answerUntil: grant.answerUntil }));
        return run('callGrant', [keys.grant(grant.id), keys.grantCalls], [what, ...told, grantChanged(grant)]);
      };
      const remind = remindAt !== null && remindAt <= now && remindedAt === null;
      const escalate = escalation !== null && escalation.at <= now && escalatedAt === null;
      if (remind && (await call('remind', 'grant.reminded', groupsNow(grant, { now })))) written += 1;
      if (escalate && (await call('escalate', 'grant.escalated', escalation.to))) written += 1;
      // Answered since, or written by another replica: the script takes it off the list.
      if (!remind && !escalate) await call('remind', 'grant.reminded', []);
    }
    return written;
  };

  /** Those that were asked for longest ago, some at a time: what nobody reviews any more must not grow without end. */
  const drop = async (now: number): Promise<void> => {
    const until = Math.floor(now - kept);
    const old = ids(await client.command('ZRANGE', keys.grants, '-inf', until, 'BYSCORE', 'LIMIT', 0, MOST_DROPPED));
    for (const id of old) {
      const holder = String((await client.command('HGET', keys.grant(id), 'holder')) ?? '');
      await scripts.run(
        'dropGrant',
        [keys.grant(id), keys.grants, keys.grantsOf(holder || 'none')],
        [id, holder, String(kept)],
      );
    }
  };

  return {
    async sweep(whole = false) {
      const [now, epoch] = [pulse.clock.now(), pulse.epoch()];
      if (epoch === '') return 0;
      // Replaced data voids grants whose time is not over: look at all of them once.
      const until = !whole && epoch === sweptEpoch ? Math.floor(now) : '+inf';
      const due = ids(await client.command('ZRANGE', keys.grantsOpen, '-inf', until, 'BYSCORE'));
      const closed = await closeAll(await reading.loadAll(due));
      sweptEpoch = epoch;
      await drop(now);
      return closed + (await call(now));
    },
    async endForFreeze(freeze) {
      const open = await reading.loadAll(ids(await client.command('ZRANGE', keys.grantsOpen, 0, -1)));
      const covered = open.filter(({ grant }) => grant.state === 'active' && reading.frozenBy(grant, [freeze]));
      return count(await Promise.all(covered.map((loaded) => end(loaded, 'lockdown', { freeze: freeze.id }))));
    },
  };
}
