// OpenSearch with its security plugin, over TLS: a person who may only write into the index, and one who reads it back.
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Ocsf } from '../../src/audit/export/ocsf/event.ts';
import { CERT, CERT_FILE, KEY_FILE } from '../export/kit.ts';
import { freePort } from '../kit/stack.ts';
import { built, need, program, type Receiver, run, type Stored } from './receiver.ts';

const VERSION = '2.19.1';
const SOURCES = join(import.meta.dirname, 'opensearch');
const INDEX = 'logs-sallyport';
const basic = (who: string): string => `Basic ${Buffer.from(who).toString('base64')}`;
const EXPORT = basic('sallyport:receiver-of-the-tests');
const READER = basic('reader:receiver-of-the-tests');
/** Files that the security plugin wants to be there: nothing in them. */
const EMPTY: readonly [string, string][] = [
  ['action_groups', 'actiongroups'],
  ['tenants', 'tenants'],
  ['nodes_dn', 'nodesdn'],
  ['allowlist', 'allowlist'],
  ['whitelist', 'whitelist'],
];

type Call = (method: string, path: string, body?: object) => Promise<{ status: number; body: string }>;
const call =
  (port: number): Call =>
  async (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { authorization: READER, 'content-type': 'application/json' };
      const asked = request({ host: 'localhost', port, method, path, headers, ca: CERT, timeout: 30_000 });
      asked.once('timeout', () => asked.destroy(new Error('no answer')));
      asked.once('error', reject);
      asked.once('response', (answer) =>
        text(answer).then((read) => resolve({ status: answer.statusCode ?? 0, body: read }), reject),
      );
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });

/** @param template what the index is told beforehand; null: it makes up its fields as events come */
export async function opensearch(folder: string, template: object | null): Promise<Receiver> {
  need('java', '-version', 'a JDK, 17 or newer');
  need('javac', '-version', 'a JDK, 17 or newer');
  need('mvn', '-version', 'Maven');
  const here = built('opensearch', SOURCES, build);
  const port = await freePort();
  const config = join(folder, 'config');
  mkdirSync(config);
  cpSync(join(SOURCES, 'config'), join(config, 'opensearch-security'), { recursive: true });
  for (const [file, type] of EMPTY) {
    const more = type.endsWith('list') ? 'config: { enabled: false }\n' : '';
    const head = `_meta: { type: ${type}, config_version: 2 }\n`;
    writeFileSync(join(config, 'opensearch-security', `${file}.yml`), `${head}${more}`);
  }
  cpSync(CERT_FILE, join(config, 'cert.pem'));
  cpSync(KEY_FILE, join(config, 'key.pem'));
  writeFileSync(join(config, 'opensearch.yml'), settingsOf(port));
  const ask = call(port);
  const settings = {
    id: 'elastic',
    kind: 'elastic',
    url: `https://localhost:${port}`,
    index: INDEX,
    authorization: EXPORT,
    ca: CERT,
    from: 'start',
  } as const;
  const { start, end } = program({
    command: 'java',
    args: ['-Xmx512m', '-cp', `${here}/classes:${here}/lib/*:${here}/security/*`, 'Receiver', folder],
    port,
    log: join(folder, 'log'),
    ready: () =>
      ask('GET', '/_cluster/health?wait_for_status=yellow&timeout=20s').then(
        ({ status }) => status === 200,
        () => false,
      ),
  });
  return {
    name: `OpenSearch ${VERSION}, ${template === null ? 'an index that makes up its fields' : 'the index template of docs/export.md'}`,
    settings,
    wrong: { settings: { ...settings, authorization: basic('sallyport:wrong') }, says: /^answered 401$/ },
    durable: true,
    ordered: false,
    severityOf: () => null,
    ...(template === null ? { same: wholeOrRaw } : {}),
    async start() {
      await start();
      if (template === null) return;
      const { status, body } = await ask('PUT', `/_index_template/${INDEX}`, template);
      if (status !== 200) throw new Error(`the template is refused: ${body}`);
    },
    end,
    stored: () => storedIn(ask),
  };
}

function build(out: string): void {
  const jars = join(out, 'lib');
  run('mvn', ['-q', '-B', '-f', 'pom.xml', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`], SOURCES);
  const security = `org.opensearch.plugin:opensearch-security:${VERSION}.0:zip`;
  run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${security}`, `-DoutputDirectory=${out}`], SOURCES);
  const zip = readdirSync(out).find((name) => name.endsWith('.zip')) ?? '';
  mkdirSync(join(out, 'security'));
  run('jar', ['xf', join(out, zip)], join(out, 'security'));
  run('javac', ['-cp', `${jars}/*:${out}/security/*`, '-d', join(out, 'classes'), 'Receiver.java'], SOURCES);
}

const settingsOf = (port: number): string =>
  [
    'network.host: 127.0.0.1',
    `http.port: ${port}`,
    `transport.port: ${port + 10}`,
    'discovery.type: single-node',
    'node.name: receiver',
    ...['transport', 'http'].flatMap((layer) => [
      `plugins.security.ssl.${layer}.pemcert_filepath: cert.pem`,
      `plugins.security.ssl.${layer}.pemkey_filepath: key.pem`,
      `plugins.security.ssl.${layer}.pemtrustedcas_filepath: cert.pem`,
    ]),
    'plugins.security.ssl.http.enabled: true',
    'plugins.security.ssl.transport.enforce_hostname_verification: false',
    'plugins.security.nodes_dn: ["CN=localhost"]',
    'plugins.security.authcz.admin_dn: ["CN=nobody"]',
    'plugins.security.allow_default_init_securityindex: true',
    'plugins.security.audit.type: noop',
    'cluster.routing.allocation.disk.threshold_enabled: false',
    '',
  ].join('\n');

type Hit = { readonly _id: string; readonly _source: Ocsf; readonly fields?: { readonly '@timestamp'?: string[] } };
async function storedIn(ask: Call): Promise<Stored[]> {
  if ((await ask('POST', `/${INDEX}/_refresh`)).status !== 200) return [];
  const query = { size: 9999, docvalue_fields: [{ field: '@timestamp', format: 'epoch_millis' }] };
  const { status, body } = await ask('POST', `/${INDEX}/_search`, query);
  if (status !== 200) throw new Error(`the search is refused: ${body.slice(0, 500)}`);
  return (JSON.parse(body) as { hits: { hits: Hit[] } }).hits.hits.map(({ _id, _source, fields }) => {
    const { '@timestamp': _time, ...event } = _source;
    const { uid } = event.metadata as { uid?: unknown };
    if (uid !== _id) throw new Error(`${String(uid)} is kept as ${_id}`);
    return { event, at: Number(fields?.['@timestamp']?.[0]), severity: null };
  });
}

/** Where the index makes up its fields, it refuses what does not fit them: then the event stands in `raw_data`. */
export const wholeOrRaw = (stored: Ocsf, made: Ocsf): boolean => {
  const { raw_data, ...kept } = stored;
  const whole = typeof raw_data === 'string' ? JSON.parse(raw_data) : kept;
  return JSON.stringify(whole) === JSON.stringify(made) && kept.class_uid === made.class_uid && kept.time === made.time;
};
