// One event as a syslog message (RFC 5424), framed by its length (RFC 5425, section 4.3). ASCII only, so that no receiver has to
// guess an encoding, and one line. A message that is longer than receivers must take loses details, never its end: the JSON of
// every message can be read.
import type { Json } from '../../../kernel/canonicalJson.ts';
import type { Outgoing } from '../destination.ts';
import { compact, type Ocsf } from '../ocsf/event.ts';

/** log audit (RFC 5424, table 1) */
const FACILITY = 13;
/** OCSF severity -> syslog severity (info, notice, warning, error, critical) */
const SEVERITY: { readonly [ocsf: string]: number } = { 1: 6, 2: 5, 3: 4, 4: 3, 5: 2 };
/** sequenceId of RFC 5424, section 7.3.1, begins again at 1 after this */
const LAST_SEQUENCE = 2_147_483_647;

export type SyslogHeader = {
  /** printable ASCII: the portal's host */
  readonly hostname: string;
  readonly version: string;
  /** bytes that one message may have */
  readonly longest: number;
};

export function syslogMessage({ seq, at, event }: Outgoing, { hostname, version, longest }: SyslogHeader): Buffer {
  const priority = FACILITY * 8 + (SEVERITY[String(event.severity_id)] ?? 6);
  const code = (event.metadata as { event_code?: Json } | undefined)?.event_code;
  const head = [
    `<${priority}>1`,
    new Date(at).toISOString(),
    word(hostname, 255),
    'sallyport',
    '-',
    word(String(code ?? '-'), 32),
    `[meta sequenceId="${((seq - 1) % LAST_SEQUENCE) + 1}"][origin software="sallyport" swVersion="${word(version, 32)}"]`,
    '',
  ].join(' ');
  for (const form of forms(event)) {
    const message = `${head}${ascii(JSON.stringify(form))}`;
    if (message.length <= longest) return framed(message);
  }
  return framed(`${head}{}`);
}

/** The whole; without what stands in the ledger anyway; the bare fact. */
function* forms(event: Ocsf): Generator<Ocsf> {
  yield event;
  const { seq, digest, hash } = (event.unmapped ?? {}) as { [member: string]: Json | undefined };
  const less: Ocsf = { ...event, unmapped: compact({ seq, digest, hash, cut: true }) };
  yield less;
  const { resources: _resources, http_request: _request, comment: _comment, ...rest } = less;
  yield rest;
  const { activity_id, class_uid, category_uid, type_uid, severity_id, time, metadata } = event;
  yield compact({
    activity_id,
    class_uid,
    category_uid,
    type_uid,
    severity_id,
    time,
    metadata,
    unmapped: less.unmapped,
  });
}

const framed = (message: string): Buffer => Buffer.from(`${message.length} ${message}`, 'latin1');

const ascii = (json: string): string =>
  json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** PRINTUSASCII without what ends a structured-data value; `-` for nothing. */
const word = (text: string, most: number): string => text.replace(/[^!#-[^-~]/g, '').slice(0, most) || '-';
