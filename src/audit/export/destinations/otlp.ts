// OpenTelemetry logs: OTLP/HTTP with JSON (opentelemetry-proto 1.x). The OCSF event is the body, as a map; what one searches by
// stands in attributes. A receiver that says that it rejected some of a request must not get it again (OTLP, "Partial Success").
import type { Json } from '../../../kernel/canonicalJson.ts';
import type { Destination, Outgoing } from '../destination.ts';
import { byStatus, createPoster, jsonOf, laterFor } from './post.ts';

export type OtlpSettings = {
  readonly id: string;
  readonly kind: 'otlp';
  /** `https://otel.example.com:4318/v1/logs` */
  readonly url: string;
  readonly authorization: string | null;
  readonly ca: string | null;
};

/** OCSF severity -> OTLP SeverityNumber (INFO, INFO2, WARN, ERROR, FATAL) */
const SEVERITY: { readonly [ocsf: string]: number } = { 1: 9, 2: 10, 3: 13, 4: 17, 5: 21 };

export function createOtlp(
  settings: OtlpSettings & { readonly version: string; readonly deployment: string },
  timeout?: number,
): Destination {
  const { id, kind, url, authorization, ca, version, deployment } = settings;
  const poster = createPoster({ url, ca, timeout });
  const headers = { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) };
  const resource = {
    attributes: attributes({
      'service.name': 'sallyport',
      'service.version': version,
      'service.namespace': deployment,
    }),
  };
  return {
    id,
    kind,
    async send(batch) {
      const scopeLogs = [{ scope: { name: 'sallyport.journal', version }, logRecords: batch.map(recordOf) }];
      const posted = await poster.post(headers, JSON.stringify({ resourceLogs: [{ resource, scopeLogs }] }));
      if ('failed' in posted) return laterFor(posted);
      if (posted.answer.status !== 200) return byStatus(posted.answer);
      const partial = jsonOf(posted.answer.body)?.partialSuccess as { rejectedLogRecords?: unknown } | undefined;
      const rejected = Number(partial?.rejectedLogRecords ?? 0);
      if (!(rejected > 0)) return { word: 'taken' };
      return {
        word: 'taken',
        rejected: { count: Math.min(rejected, batch.length), why: 'the collector rejected some' },
      };
    },
    close: async () => poster.close(),
  };
}

function recordOf({ at, uid, event }: Outgoing): object {
  const nanos = `${at}000000`;
  return {
    timeUnixNano: nanos,
    observedTimeUnixNano: nanos,
    severityNumber: SEVERITY[String(event.severity_id)] ?? 9,
    severityText: String(event.severity ?? ''),
    eventName: `ocsf.${String(event.class_name ?? '')
      .toLowerCase()
      .replaceAll(' ', '_')}`,
    body: anyValue(event),
    attributes: attributes({
      'log.record.uid': uid,
      'ocsf.class_uid': event.class_uid ?? 0,
      'ocsf.type_uid': event.type_uid ?? 0,
    }),
  };
}

const attributes = (members: { readonly [key: string]: Json }): object[] =>
  Object.entries(members).map(([key, value]) => ({ key, value: anyValue(value) }));

/** 64-bit integers are decimal strings in proto3's JSON. */
function anyValue(value: Json): object {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map((one) => anyValue(one as Json)) } };
  return { kvlistValue: { values: attributes(value as { readonly [key: string]: Json }) } };
}
