// A channel that is one place behind a webhook and takes a message as JSON of its own shape: what a message says is made once, for
// all of them.
import type { Clock } from '../../kernel/clock.ts';
import { type Message, messageOf } from '../message.ts';
import type { Channel } from '../notice.ts';
import type { Post } from './post.ts';

export type JsonChannelDeps = {
  readonly id: string;
  readonly url: string;
  readonly portalOrigin: string;
  readonly clock: Clock;
  readonly post: Post;
};

/** @param bodyOf the message in the words of this service, where nothing in it is markup */
export const createJsonChannel = (
  kind: 'slack' | 'teams',
  bodyOf: (message: Message) => object,
  { id, url, portalOrigin, clock, post }: JsonChannelDeps,
): Channel => ({
  id,
  kind,
  personal: false,
  send: ({ notices, more }) =>
    post(url, {}, JSON.stringify(bodyOf(messageOf(notices, more, portalOrigin, clock.now())))),
});
