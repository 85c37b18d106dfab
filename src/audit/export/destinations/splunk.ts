// Splunk's HTTP Event Collector: events one after the other in one body. All of a body is taken, or none of it is counted as
// taken. An answer about the token, the channel or the index is about the set-up, so nothing is left out for it.
import type { Destination } from '../destination.ts';
import { byStatus, createPoster, jsonOf, laterFor } from './post.ts';

export type SplunkSettings = {
  readonly id: string;
  readonly kind: 'splunk';
  /** `https://splunk.example.com:8088/services/collector/event` */
  readonly url: string;
  readonly token: string;
  readonly index: string | null;
  readonly ca: string | null;
};

/** HEC's codes that are about the events themselves (no data, not JSON, no event, blank event, fault in indexed fields). */
const ABOUT_EVENTS: ReadonlySet<unknown> = new Set([5, 6, 12, 13, 15]);

export function createSplunk(settings: SplunkSettings, timeout?: number): Destination {
  const { id, kind, url, token, index, ca } = settings;
  const poster = createPoster({ url, ca, timeout });
  const headers = { authorization: `Splunk ${token}`, 'content-type': 'application/json' };
  return {
    id,
    kind,
    async send(batch) {
      const meta = {
        host: 'sallyport',
        source: 'sallyport:journal',
        sourcetype: 'ocsf:json',
        ...(index === null ? {} : { index }),
      };
      const body = batch
        .map(({ at, json }) => `${JSON.stringify({ time: at / 1000, ...meta }).slice(0, -1)},"event":${json}}`)
        .join('\n');
      const posted = await poster.post(headers, body);
      if ('failed' in posted) return laterFor(posted);
      const { status } = posted.answer;
      const code = jsonOf(posted.answer.body)?.code;
      if (status === 400)
        return ABOUT_EVENTS.has(code)
          ? { word: 'never', why: `answered 400, code ${code}` }
          : { word: 'later', why: `answered 400${typeof code === 'number' ? `, code ${code}` : ''}` };
      // A proxy in front may answer 200 for itself: only HEC's own word counts.
      if (status >= 200 && status < 300 && code !== 0)
        return { word: 'later', why: 'answered, but not as a collector' };
      return byStatus(posted.answer);
    },
    close: async () => poster.close(),
  };
}
