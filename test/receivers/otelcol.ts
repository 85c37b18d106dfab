// The OpenTelemetry Collector: its otlpreceiver over TLS, behind a token.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ocsf } from '../../src/audit/export/ocsf/event.ts';
import type { Json } from '../../src/kernel/canonicalJson.ts';
import { CERT, CERT_FILE, KEY_FILE } from '../export/kit.ts';
import { freePort } from '../kit/stack.ts';
import { built, jsonLines, need, program, type Receiver, run } from './receiver.ts';

const VERSION = '0.160.0';
const SOURCES = join(import.meta.dirname, 'otelcol');
/** SeverityNumber of logs.v1: INFO, INFO2, WARN, ERROR, FATAL for OCSF's Informational, Low, Medium, High, Critical */
const SEVERITY: readonly number[] = [0, 9, 10, 13, 17, 21];

type Value = { readonly [kind: string]: unknown };
type LogRecord = { readonly timeUnixNano: string; readonly severityNumber: number; readonly body: Value };

/** @param folder where it keeps its things */
export async function otelcol(folder: string): Promise<Receiver> {
  need('go', 'version', 'see https://go.dev/doc/install');
  const here = built('otelcol', SOURCES, (out) =>
    run('go', ['build', '-o', join(out, 'receiver'), '.'], SOURCES, { GOFLAGS: '-p=2 -buildvcs=false' }),
  );
  const port = await freePort();
  const config = join(folder, 'config.yaml');
  const keep = join(folder, 'kept');
  writeFileSync(
    config,
    `extensions: { token: {} }
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${port}
        tls: { cert_file: ${CERT_FILE}, key_file: ${KEY_FILE} }
        auth: { authenticator: token }
exporters: { keep: {} }
service:
  extensions: [token]
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines: { logs: { receivers: [otlp], exporters: [keep] } }
`,
  );
  const settings = {
    id: 'otel',
    kind: 'otlp',
    url: `https://localhost:${port}/v1/logs`,
    authorization: 'Bearer of-the-tests',
    ca: CERT,
    from: 'start',
  } as const;
  return {
    name: `OpenTelemetry Collector ${VERSION} (otlpreceiver)`,
    settings,
    wrong: { settings: { ...settings, authorization: 'Bearer wrong' }, says: /^answered 401$/ },
    durable: true,
    ordered: true,
    severityOf: ({ severity_id }) => SEVERITY[Number(severity_id)] ?? null,
    ...program({
      command: join(here, 'receiver'),
      args: ['--config', `file:${config}`],
      port,
      log: join(folder, 'log'),
      env: { KEEP: keep, TOKEN: settings.authorization },
    }),
    stored: async () => jsonLines(keep).flatMap(recordsOf).map(storedOf),
  };
}

const recordsOf = (line: { readonly [member: string]: unknown }): LogRecord[] =>
  (line.resourceLogs as { scopeLogs: { logRecords: LogRecord[] }[] }[]).flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords),
  );

const storedOf = ({ timeUnixNano, severityNumber, body }: LogRecord) => ({
  event: jsonOf(body) as Ocsf,
  at: Number(BigInt(timeUnixNano) / 1_000_000n),
  severity: severityNumber,
});

/** common.v1.AnyValue in proto3's JSON, where members that are empty are left out */
function jsonOf(value: Value): Json {
  const [[kind, inner] = ['', null]] = Object.entries(value);
  if (kind === 'stringValue' || kind === 'boolValue' || kind === 'doubleValue') return inner as Json;
  if (kind === 'intValue') return Number(inner);
  if (kind === 'arrayValue') return ((inner as { values?: Value[] }).values ?? []).map(jsonOf);
  if (kind !== 'kvlistValue') return null;
  const members = (inner as { values?: { key?: string; value: Value }[] }).values ?? [];
  return Object.fromEntries(members.map(({ key = '', value: member }) => [key, jsonOf(member)]));
}
