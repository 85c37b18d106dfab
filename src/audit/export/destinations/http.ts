// Any receiver that takes JSON lines over HTTP (Vector, Fluent Bit, Cribl, Logstash, a data lake's gateway). 2xx means that it has
// all of them.
import type { Destination } from '../destination.ts';
import { byStatus, createPoster, laterFor } from './post.ts';

export type HttpSettings = {
  readonly id: string;
  readonly kind: 'http';
  readonly url: string;
  /** what goes into `Authorization`; null: nothing */
  readonly authorization: string | null;
  readonly ca: string | null;
};

export function createHttp(settings: HttpSettings, timeout?: number): Destination {
  const { id, kind, url, authorization, ca } = settings;
  const poster = createPoster({ url, ca, timeout });
  const headers = { 'content-type': 'application/x-ndjson', ...(authorization === null ? {} : { authorization }) };
  return {
    id,
    kind,
    async send(batch) {
      const posted = await poster.post(headers, batch.map(({ json }) => `${json}\n`).join(''));
      return 'failed' in posted ? laterFor(posted) : byStatus(posted.answer);
    },
    close: async () => poster.close(),
  };
}
