// Notices as the rest of the product sees them: started and stopped with the gateway, looked at and retried in the portal, tried
// out on the command line. Without channels nothing runs.
import type { Clock } from '../kernel/clock.ts';
import { newId } from '../kernel/ids.ts';
import { createEmail } from './channels/email.ts';
import { createJsonChannel } from './channels/jsonChannel.ts';
import { createPost } from './channels/post.ts';
import { slackBody } from './channels/slack.ts';
import { teamsBody } from './channels/teams.ts';
import { createWebhook } from './channels/webhook.ts';
import type { Channel, Notice, Sent } from './notice.ts';
import type { Outbox } from './outbox.redis.ts';
import { createPostman, type PostmanDeps, titleOf } from './postman.ts';

/** One channel as the configuration gives it, its secrets read. */
export type ChannelSettings =
  | {
      readonly id: string;
      readonly kind: 'email';
      readonly smtp: string;
      readonly from: string;
      /** PEM; null: the authorities that node trusts */
      readonly ca: string | null;
    }
  | { readonly id: string; readonly kind: 'slack' | 'teams'; readonly url: string }
  | { readonly id: string; readonly kind: 'webhook'; readonly url: string; readonly secret: string };

/** Same shape as NoticeReport of the portal's contract. */
export type Report = {
  readonly channels: {
    readonly id: string;
    readonly kind: string;
    readonly sent: number;
    readonly waiting: number;
    readonly dead: number;
  }[];
  readonly dead: {
    readonly id: string;
    readonly channel: string;
    readonly title: string;
    readonly at: number;
    readonly tries: number;
    readonly error: string;
  }[];
};

export type Notices = {
  start(): void;
  stop(): Promise<void>;
  /** What was sent, what waits, the latest dead letters. Names no address. @throws StateUnavailable */
  report(): Promise<Report>;
  /** Sends a dead letter again. false: there is none of this id. @throws StateUnavailable */
  retry(id: string): Promise<boolean>;
};

/** Dead letters that a report lists. */
const LISTED = 100;

export function createChannels(
  settings: readonly ChannelSettings[],
  deps: { readonly portalOrigin: string; readonly clock: Clock; readonly timeout?: number },
): Channel[] {
  const post = createPost(deps.timeout);
  const channelOf = (channel: ChannelSettings): Channel => {
    switch (channel.kind) {
      case 'email':
        return createEmail({ ...channel, ...deps });
      case 'slack':
        return createJsonChannel('slack', slackBody, { ...channel, ...deps, post });
      case 'teams':
        return createJsonChannel('teams', teamsBody, { ...channel, ...deps, post });
      case 'webhook':
        return createWebhook({ ...channel, ...deps, post });
    }
  };
  return settings.map(channelOf);
}

export function createNotices(deps: PostmanDeps & { readonly outbox: Outbox; readonly portalOrigin: string }): Notices {
  const { outbox, channels, clock, portalOrigin } = deps;
  const postman = channels.length > 0 ? createPostman(deps) : null;
  return {
    start: () => postman?.start(),
    stop: async () => postman?.stop(),
    async report() {
      const letters = await outbox.dead();
      const rows = channels.map(async ({ id, kind }) => {
        const { sent, waiting } = await outbox.counts(id);
        return { id, kind, sent, waiting, dead: letters.filter(({ channel }) => channel === id).length };
      });
      const dead = letters.slice(0, LISTED).map((letter) => ({
        id: letter.id,
        channel: letter.channel,
        title: titleOf(letter, portalOrigin, clock.now()),
        at: letter.diedAt,
        tries: letter.tries,
        error: letter.why,
      }));
      return { channels: await Promise.all(rows), dead };
    },
    retry: (id) => outbox.retry(id),
  };
}

/** Sends one message that says that it is a test. @param to an address, for channels that take one */
export function sendTest(channel: Channel, to: string, now: number): Promise<Sent> {
  const notice: Notice = {
    id: 'test.0',
    event: 'policy.rejected',
    at: now,
    audience: { role: 'operators' },
    subject: { kind: 'policy', id: 'test' },
    headline: 'This is a test',
    who: '',
    what: 'Nothing has happened and nothing is asked of you',
    where: '',
    devices: null,
    why: 'Somebody tries out how Sallyport sends notices',
    ticket: '',
    until: null,
    path: '/',
    patience: 0,
    same: '',
    open: null,
  };
  return channel.send({ id: newId('not'), to, notices: [notice], more: 0 });
}
