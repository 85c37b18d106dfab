// Elasticsearch's and OpenSearch's bulk API. Each document has the entry's own id and is only ever created: what is sent twice is
// there once (409). Each item has its own answer: busy ones (429, 5xx) are sent again. What the index refuses because one member does
// not fit the type that it made up from an earlier event (400) is sent once more with nothing but members that are always of one
// type, and the whole as text: what a person typed must not decide which later events are kept.
import type { Delivery, Destination, Outgoing } from '../destination.ts';
import { compact, type Ocsf } from '../ocsf/event.ts';
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
  const create = async (documents: readonly Document[]): Promise<Delivery> => {
    const posted = await poster.post(headers, documents.map(linesOf).join(''));
    if ('failed' in posted) return laterFor(posted);
    if (posted.answer.status !== 200) return byStatus(posted.answer);
    return itemsOf(posted.answer.body, documents.length);
  };
  return {
    id,
    kind,
    async send(batch) {
      const first = await create(batch.map(({ uid, at, event }) => [uid, at, event]));
      if (first.word !== 'each') return first;
      const refused = batch.filter((_one, index) => first.items[index] === 'never');
      if (refused.length === 0) return first;
      const second = await create(refused.map((one) => [one.uid, one.at, bare(one)]));
      const words = wordsOf(second, refused.length);
      const items = first.items.map((word) => (word === 'never' ? (words.shift() ?? 'later') : word));
      return items.every((word) => word === 'taken') ? { word: 'taken' } : { word: 'each', items, why: first.why };
    },
    close: async () => poster.close(),
  };
}

type Document = readonly [uid: string, at: number, event: Ocsf];
type Word = 'taken' | 'later' | 'never';

const linesOf = ([uid, at, event]: Document): string => {
  const document = { '@timestamp': new Date(at).toISOString(), ...event };
  return `${JSON.stringify({ create: { _id: uid } })}\n${JSON.stringify(document)}\n`;
};

/** Numbers and names that every event has, and the event as text (`raw_data` of OCSF). */
function bare({ event, json }: Outgoing): Ocsf {
  const { activity_id, class_uid, category_uid, type_uid, severity_id, status_id, time, metadata } = event;
  const { uid, sequence, event_code, version, product } = (metadata ?? {}) as Ocsf;
  return compact({
    ...{ activity_id, class_uid, category_uid, type_uid, severity_id, status_id, time },
    metadata: compact({ uid, sequence, event_code, version, product }),
    raw_data: json,
  });
}

/** @returns what became of each of `count` documents */
function wordsOf(delivery: Delivery, count: number): Word[] {
  if (delivery.word === 'each') return [...delivery.items];
  return Array.from({ length: count }, () => delivery.word as Word);
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
