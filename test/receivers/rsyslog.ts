// rsyslog over TLS. It is asked to end, not killed: what it has read but not written is its own to promise (RFC 5425 has no receipts).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ocsf } from '../../src/audit/export/ocsf/event.ts';
import { CERT, CERT_FILE, KEY_FILE } from '../export/kit.ts';
import { freePort } from '../kit/stack.ts';
import { need, program, type Receiver } from './receiver.ts';

/** OCSF's Informational, Low, Medium, High, Critical -> info, notice, warning, err, crit (RFC 5424, table 2) */
const SEVERITY: readonly number[] = [6, 6, 5, 4, 3, 2];
/** Members that every form of a message has. */
const ALWAYS = ['activity_id', 'class_uid', 'category_uid', 'type_uid', 'severity_id', 'time', 'metadata'] as const;

/** @param own the program, the folder of its modules and of its libraries, where it is not installed */
export async function rsyslog(
  folder: string,
  own: { readonly command: string; readonly modules?: string; readonly libraries?: string } = { command: 'rsyslogd' },
): Promise<Receiver> {
  need(own.command, '-v', 'Debian: apt-get install rsyslog rsyslog-openssl');
  const port = await freePort();
  const config = join(folder, 'rsyslog.conf');
  const keep = join(folder, 'kept');
  writeFileSync(
    config,
    `global(workDirectory="${folder}" maxMessageSize="64k" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="${CERT_FILE}" defaultNetstreamDriverCertFile="${CERT_FILE}" defaultNetstreamDriverKeyFile="${KEY_FILE}")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" port="${port}" address="127.0.0.1")
template(name="all" type="string" string="%syslogseverity% %syslogfacility% %timereported:::date-rfc3339% %hostname% %app-name% %msgid% %structured-data% %msg%\\n")
action(type="omfile" file="${keep}" template="all" asyncWriting="off" flushOnTXEnd="on")
`,
  );
  const settings = {
    id: 'syslog',
    kind: 'syslog',
    host: 'localhost',
    port,
    ca: CERT,
    client: null,
    longest: 8192,
    from: 'start',
  } as const;
  return {
    name: 'rsyslog (imtcp, OpenSSL)',
    settings,
    wrong: { settings: { ...settings, ca: null }, says: /^not reachable \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/ },
    durable: false,
    ordered: true,
    severityOf: ({ severity_id }) => SEVERITY[Number(severity_id)] ?? null,
    same: whole,
    ...program({
      command: own.command,
      args: ['-n', '-f', config, '-i', join(folder, 'pid'), ...(own.modules ? ['-M', own.modules] : [])],
      port,
      log: join(folder, 'log'),
      ...(own.libraries ? { env: { LD_LIBRARY_PATH: own.libraries } } : {}),
    }),
    stored: async () => (existsSync(keep) ? readFileSync(keep, 'utf8').split('\n').flatMap(storedOf) : []),
  };
}

function storedOf(line: string) {
  if (line === '') return [];
  const [, severity, facility, time, host, app, code, , json = ''] =
    /^(\d) (\d+) (\S+) (\S+) (\S+) (\S+) ((?:\[.*?\])+) +(\{.*\})$/.exec(line) ?? [];
  const event = JSON.parse(json || 'null') as Ocsf | null;
  const metadata = event?.metadata as { event_code?: unknown } | undefined;
  const head = `${facility} ${host} ${app} ${code}`;
  if (event === null || head !== `13 access.example.com sallyport ${String(metadata?.event_code).slice(0, 32)}`)
    throw new Error(`rsyslog did not read this as it was meant: ${line.slice(0, 300)}`);
  return [{ event, at: Date.parse(time ?? ''), severity: Number(severity) }];
}

/** All of it, or less that says so; never another. */
function whole(stored: Ocsf, made: Ocsf): boolean {
  const { cut } = (stored.unmapped ?? {}) as { cut?: unknown };
  if (cut !== true) return JSON.stringify(stored) === JSON.stringify(made);
  return ALWAYS.every((member) => JSON.stringify(stored[member]) === JSON.stringify(made[member]));
}
