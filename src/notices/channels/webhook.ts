// A generic webhook: JSON, signed as Standard Webhooks 1.0 says (webhook-id, webhook-timestamp, webhook-signature: HMAC-SHA256
// over `id.timestamp.body`), so that a receiver can tell that it came from here, when, and whether it had it already.
import { createHmac } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { Channel, Notice, Parcel } from '../notice.ts';
import type { Post } from './post.ts';

/** @param secret `whsec_<base64>`, as the standard writes it; checked by the configuration */
export function createWebhook(deps: {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly portalOrigin: string;
  readonly clock: Clock;
  readonly post: Post;
}): Channel {
  const { id, url, secret, portalOrigin, clock, post } = deps;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return {
    id,
    kind: 'webhook',
    personal: false,
    send(parcel) {
      const body = JSON.stringify(bodyOf(parcel, portalOrigin));
      const timestamp = String(Math.floor(clock.now() / 1000));
      const signature = createHmac('sha256', key).update(`${parcel.id}.${timestamp}.${body}`).digest('base64');
      const headers = {
        'webhook-id': parcel.id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      };
      return post(url, headers, body);
    },
  };
}

const iso = (at: number): string => new Date(at).toISOString();

function bodyOf({ notices, more }: Parcel, portalOrigin: string): object {
  const latest = Math.max(...notices.map(({ at }) => at));
  return { type: 'sallyport.notices', timestamp: iso(latest), data: { notices: notices.map(one(portalOrigin)), more } };
}

/** As they came: whoever shows these texts must escape them. Groups and ids are names, no secrets. */
const one = (portalOrigin: string) => (notice: Notice) => ({
  id: notice.id,
  event: notice.event,
  at: iso(notice.at),
  for: notice.audience.role,
  groups: notice.audience.role === 'approvers' ? notice.audience.groups : [],
  subject: notice.subject,
  headline: notice.headline,
  who: notice.who,
  what: notice.what,
  where: notice.where,
  devices: notice.devices,
  why: notice.why,
  ticket: notice.ticket,
  until: notice.until === null ? null : { label: notice.until.label, at: iso(notice.until.at) },
  link: `${portalOrigin}${notice.path}`,
});
