// Elasticsearch's and OpenSearch's bulk API. Each document has the entry's own id and is only ever created: what is sent twice is
// there once (409). Each item has its own answer: busy ones (429, 5xx) are sent again, refused ones (mapping, 400) are never taken.
import type { Delivery, Destination } from '../destination.ts';
import { byStatus, createPoster, jsonOf, laterFor } from './post.ts';

export type ElasticSettings = {
  readonly id: string;
  readonly kind: 'elastic';
  /** `https://elastic.example.com:9200` */
  readonly url: string;
  readonly index: string;
  /** what goes into `Authorization`, such as `ApiKey ...`; null: nothing */
  readonly authorization: string | null;
  readonly ca: string | null;
};

export function createElastic(settings: ElasticSettings, timeout?: number): Destination {
  const { id, kind, index, authorization, ca } = settings;
  const base = settings.url.replace(/\/+$/, '');
  const url = `${base}/${encodeURIComponent(index)}/_bulk?filter_path=errors,items.*.status,items.*.error.type`;
  const poster = createPoster({ url, ca, timeout });
  const headers = {
    'content-type': 'application/x-ndjson',
    ...(authorization === null ? {} : { authorization }),
  };
  return {
    id,
    kind,
    async send(batch) {
      const body = batch
        .map(
          ({ uid, at, json }) =>
            `${JSON.stringify({ create: { _id: uid } })}\n{"@timestamp":${JSON.stringify(new Date(at).toISOString())},${json.slice(1)}\n`,
        )
        .join('');
      const posted = await poster.post(headers, body);
      if ('failed' in posted) return laterFor(posted);
      if (posted.answer.status !== 200) return byStatus(posted.answer);
      return itemsOf(posted.answer.body, batch.length);
    },
    close: async () => poster.close(),
  };
}

function itemsOf(body: string, count: number): Delivery {
  const answer = jsonOf(body);
  // `filter_path` leaves `items` in every answer that has statuses; without them nobody knows what was taken.
  const rows: unknown[] = Array.isArray(answer?.items) ? answer.items : [];
  if (answer === null || rows.length !== count) return { word: 'later', why: 'answered, but not for each event' };
  let why = '';
  const items = rows.map((row) => {
    const { status, error } = ((row as { create?: unknown })?.create ?? {}) as {
      status?: unknown;
      error?: { type?: unknown };
    };
    if (status === 200 || status === 201 || status === 409) return 'taken';
    const type = typeof error?.type === 'string' && /^[a-z_]{1,80}$/.test(error.type) ? ` (${error.type})` : '';
    why ||= `answered ${typeof status === 'number' ? status : 'nothing'} for one${type}`;
    // As for a whole request: only what is about the document itself is never taken.
    return status === 400 || status === 413 || status === 422 ? 'never' : 'later';
  });
  return why === '' ? { word: 'taken' } : { word: 'each', items, why };
}
