// Notices on their way, in Redis: what was made of the journal up to where, what gathers, what is being sent, what was given up.
// Every step is one script, so a gateway that dies in the middle loses nothing: at worst a parcel is sent again, under its old id.
// Time is Redis's time only.
import type { AuditEvent } from '../kernel/auditEvent.ts';
import { newId, sha256Hex } from '../kernel/ids.ts';
import { type RedisClient, StateUnavailable } from '../redis/client.ts';
import type { Keys } from '../redis/keys.ts';
import { eventArgs, type Scripts } from '../redis/scripts.ts';
import type { Item, Notice } from './notice.ts';
import type { Placed } from './routes.ts';

export type Taken = {
  readonly id: string;
  /** which try this is, from 1 */
  readonly tries: number;
  readonly at: number;
  readonly more: number;
  readonly items: readonly Item[];
};

export type Result =
  | { readonly word: 'sent' | 'dropped' }
  | { readonly word: 'later'; readonly delay: number; readonly why: string }
  | { readonly word: 'dead'; readonly why: string; readonly event: AuditEvent };

export type DeadLetter = Taken & { readonly channel: string; readonly diedAt: number; readonly why: string };

/** All of these @throw StateUnavailable. */
export type Outbox = {
  /** Whether it is this gateway's turn, for so many ms; 0 gives the turn up. */
  lead(me: string, ms: number): Promise<boolean>;
  /** Number of the last journal entry that notices were made of; null: none yet. */
  place(): Promise<number | null>;
  /** Moves the place and puts what came of it into the boxes. false: the place is another one, read it again. */
  put(from: number | null, to: number, placed: readonly Placed[]): Promise<boolean>;
  /** What the same was about when it was last told to that place; null: not within minutes. */
  toldBefore(mark: string): Promise<string | null>;
  /** What a channel sends next; else when something may be due, ms (Redis time), null for nothing at all. */
  take(channel: string): Promise<Taken | { readonly due: number | null }>;
  /** false: somebody else has tried or settled it since */
  settle(channel: string, parcel: Pick<Taken, 'id' | 'tries'>, result: Result): Promise<boolean>;
  counts(channel: string): Promise<{ readonly sent: number; readonly waiting: number }>;
  dead(): Promise<readonly DeadLetter[]>;
  /** false: there is no such dead letter */
  retry(id: string): Promise<boolean>;
  /** A person's mail address from their last login; null: not known. */
  mailOf(principalId: string): Promise<string | null>;
};

export type OutboxDeps = {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly limits?: Partial<OutboxLimits>;
};

export type OutboxLimits = {
  /** ms that notices gather before the first message of a burst */
  readonly gather: number;
  /** factor on every notice's patience: for tests */
  readonly patience: number;
  /** ms in which the same again is told once */
  readonly sameWithin: number;
  /** ms after which a sender that said nothing is given up: longer than any channel takes */
  readonly visible: number;
  /** notices that one box holds; further ones are counted */
  readonly box: number;
};
export const OUTBOX_LIMITS: OutboxLimits = {
  gather: 2000,
  patience: 1,
  sameWithin: 5 * 60_000,
  visible: 40_000,
  box: 100,
};

const placeOf = ({ channel, to }: Pick<Placed, 'channel' | 'to'>): string => `${channel}\n${to}`;
/** The same news at the same place. */
export const sameMark = (placed: Placed): string => sha256Hex(`${placed.notice.same}\n${placeOf(placed)}`);

const LAST_COUNTS = 5 * 60_000;
const DEAD_FOR = 30 * 86_400_000;
const MOST_DEAD = 500;

export function createOutbox({ scripts, client, keys, limits }: OutboxDeps): Outbox {
  const { gather, patience, sameWithin, visible, box: most } = { ...OUTBOX_LIMITS, ...limits };
  const parcels = keys.noticeParcel('');
  const boxes = keys.noticeBox('');

  const itemsOf = (texts: readonly string[]): Item[] => texts.map(itemOf).filter((item) => item !== null);
  const unknown = (script: string, word: string): never => {
    throw new StateUnavailable(`redis: ${script}: unknown outcome ${word}`);
  };

  return {
    async lead(me, ms) {
      const [word] = await scripts.run('leadNotices', [keys.noticesTurn], [me, String(ms)]);
      return word === 'mine';
    },
    async place() {
      const text = await client.command('GET', keys.noticesAt);
      return typeof text === 'string' ? Number(text) : null;
    },
    async put(from, to, placed) {
      const each = placed.flatMap(({ channel, to: address, notice }) => {
        const item: Item = { to: address, notice };
        const place = placeOf({ channel, to: address });
        return [
          channel,
          sha256Hex(place).slice(0, 40),
          JSON.stringify(item),
          String(notice.patience === 0 ? 0 : gather),
          String(Math.round(notice.patience * patience)),
          sha256Hex(`${notice.id.split('.')[0]}\n${place}`),
          notice.same === '' ? '' : sameMark({ channel, to: address, notice }),
          notice.subject.id,
          String(sameWithin),
        ];
      });
      const own = [from === null ? '' : String(from), String(to), boxes, keys.noticeBoxes(''), keys.noticeSeen('')];
      const [word = ''] = await scripts.run('putNotices', [keys.noticesAt], [...own, String(most), ...each]);
      if (word === 'put') return true;
      return word === 'moved' ? false : unknown('putNotices', word);
    },
    async toldBefore(mark) {
      const text = await client.command('GET', keys.noticeSeen(mark));
      return typeof text === 'string' ? text : null;
    },
    async take(channel) {
      const own = [keys.noticeParcels(channel), keys.noticeBoxes(channel)];
      const args = [parcels, boxes, newId('not'), String(visible), channel];
      const [word = '', id = '', tries, at, more, ...items] = await scripts.run('takeNotices', own, args);
      if (word === 'nothing') return { due: id === '' ? null : Number(id) };
      if (word !== 'parcel') return unknown('takeNotices', word);
      return { id, tries: Number(tries), at: Number(at), more: Number(more), items: itemsOf(items) };
    },
    async settle(channel, { id, tries }, result) {
      const [event, digest] = result.word === 'dead' ? eventArgs(result.event) : ['', ''];
      const delay = result.word === 'later' ? Math.round(result.delay) : 0;
      const why = 'why' in result ? result.why : '';
      const own = [keys.noticeParcels(channel), keys.noticesDead, keys.noticeCounts];
      const [word = ''] = await scripts.run('settleNotice', own, [
        ...[id, String(tries), result.word, String(delay), why, parcels, boxes],
        ...[String(LAST_COUNTS), String(DEAD_FOR), String(MOST_DEAD), channel, event, digest],
      ]);
      if (word === 'settled') return true;
      return word === 'stale' ? false : unknown('settleNotice', word);
    },
    async counts(channel) {
      const [sent, sending, gathering] = await Promise.all([
        client.command('HGET', keys.noticeCounts, channel),
        client.command('ZCARD', keys.noticeParcels(channel)),
        client.command('ZCARD', keys.noticeBoxes(channel)),
      ]);
      return { sent: Number(sent ?? 0), waiting: Number(sending ?? 0) + Number(gathering ?? 0) };
    },
    async dead() {
      const ids = await client.command('ZRANGE', keys.noticesDead, 0, -1, 'REV');
      const letters = await Promise.all(
        (Array.isArray(ids) ? ids.map(String) : []).map(async (id): Promise<DeadLetter | null> => {
          const [row, items] = await Promise.all([
            client.command('HMGET', keys.noticeParcel(id), 'channel', 'tries', 'at', 'more', 'diedAt', 'why'),
            client.command('LRANGE', `${keys.noticeParcel(id)}:items`, 0, -1),
          ]);
          if (!Array.isArray(row) || typeof row[0] !== 'string' || !Array.isArray(items)) return null;
          const [channel, tries, at, more, diedAt, why] = row.map((one) => String(one ?? ''));
          const numbers = { tries: Number(tries), at: Number(at), more: Number(more), diedAt: Number(diedAt) };
          return { id, channel: channel ?? '', why: why ?? '', ...numbers, items: itemsOf(items.map(String)) };
        }),
      );
      return letters.filter((letter) => letter !== null);
    },
    async retry(id) {
      const parcel = keys.noticeParcel(id);
      const own = [keys.noticesDead, parcel, `${parcel}:items`];
      const [word = ''] = await scripts.run('retryNotice', own, [id, keys.noticeParcels('')]);
      if (word === 'retried') return true;
      return word === 'unknown' ? false : unknown('retryNotice', word);
    },
    async mailOf(principalId) {
      const text = await client.command('GET', keys.mailOf(principalId));
      return typeof text === 'string' && text !== '' ? text : null;
    },
  };
}

/** Our own writing, read back; null for what another version wrote. */
function itemOf(text: string): Item | null {
  try {
    const { to, notice } = JSON.parse(text) as { to?: unknown; notice?: Partial<Notice> };
    if (typeof to !== 'string' || typeof notice?.id !== 'string' || typeof notice.headline !== 'string') return null;
    return { to, notice: notice as Notice };
  } catch {
    return null;
  }
}
