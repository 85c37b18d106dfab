// Splunk's HTTP Event Collector as Fluent Bit speaks it (its `splunk` input), over TLS, behind a token. It is only run where it is
// installed. It keeps what it gets in a file of chunks, so that a kill loses nothing that it answered for;
// after a start it writes what comes before what was left over.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ocsf } from '../../src/audit/export/ocsf/event.ts';
import { CERT, CERT_FILE, KEY_FILE } from '../export/kit.ts';
import { freePort } from '../kit/stack.ts';
import { need, program, type Receiver, type Stored } from './receiver.ts';

const TOKEN = 'of-the-tests';

export async function fluentBit(folder: string, command = 'fluent-bit'): Promise<Receiver> {
  need(command, '--version', 'see https://docs.fluentbit.io');
  const port = await freePort();
  const config = join(folder, 'fluent-bit.conf');
  const keep = join(folder, 'kept');
  mkdirSync(join(folder, 'chunks'));
  writeFileSync(
    config,
    `[SERVICE]
    flush 0.2
    storage.path ${join(folder, 'chunks')}
    storage.sync full
[INPUT]
    name splunk
    listen 127.0.0.1
    port ${port}
    splunk_token ${TOKEN}
    storage.type filesystem
    tls on
    tls.crt_file ${CERT_FILE}
    tls.key_file ${KEY_FILE}
[OUTPUT]
    name file
    match *
    path ${folder}
    file kept
`,
  );
  const settings = {
    id: 'splunk',
    kind: 'splunk',
    url: `https://localhost:${port}/services/collector/event`,
    token: TOKEN,
    index: 'mdm',
    ca: CERT,
    from: 'start',
  } as const;
  return {
    name: 'Fluent Bit (input splunk)',
    settings,
    wrong: { settings: { ...settings, token: 'wrong' }, says: /^answered 403$/ },
    durable: true,
    ordered: false,
    severityOf: () => null,
    ...program({ command, args: ['-c', config], port, log: join(folder, 'log') }),
    stored: async () => (existsSync(keep) ? readFileSync(keep, 'utf8').split('\n').flatMap(storedOf) : []),
  };
}

/** `tag: [when it came, the record]` */
function storedOf(line: string): Stored[] {
  if (line === '') return [];
  const [, record] = JSON.parse(line.replace(/^\S+ /, '')) as [number, { time: number; event: Ocsf } & Ocsf];
  const { host, source, sourcetype, index, time, event } = record;
  if (`${host} ${source} ${sourcetype} ${index}` !== 'sallyport sallyport:journal ocsf:json mdm')
    throw new Error(`not read as it was meant: ${line.slice(0, 300)}`);
  return [{ event, at: Math.round(time * 1000), severity: null }];
}
