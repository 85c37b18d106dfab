// The export against other people's receivers, on loopback: `npm run test:receivers [-- --only otelcol,opensearch,rsyslog,fluent-bit]`.
// Not part of `npm test`: the Collector is built with Go, OpenSearch is put together by Maven, both once. Exit code 1: something is not
// as it was promised; 2: what was asked for could not run, because a tool is missing.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fluentBit } from './fluentBit.ts';
import { INDEX_TEMPLATE } from './indexTemplate.ts';
import { opensearch } from './opensearch.ts';
import { otelcol } from './otelcol.ts';
import { prove } from './proof.ts';
import { NotHere, type Receiver, say } from './receiver.ts';
import { rsyslog } from './rsyslog.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    // Where they are not installed:
    'fluent-bit': { type: 'string' },
    rsyslogd: { type: 'string' },
    'rsyslog-modules': { type: 'string' },
    'rsyslog-libraries': { type: 'string' },
  },
});
const own = {
  command: values.rsyslogd ?? 'rsyslogd',
  ...(values['rsyslog-modules'] ? { modules: values['rsyslog-modules'] } : {}),
  ...(values['rsyslog-libraries'] ? { libraries: values['rsyslog-libraries'] } : {}),
};

type Found = { readonly name: string; readonly optional: boolean; open(folder: string): Promise<Receiver> };
const RECEIVERS: readonly Found[] = [
  { name: 'otelcol', optional: false, open: otelcol },
  { name: 'opensearch', optional: false, open: (folder) => opensearch(folder, null) },
  { name: 'opensearch', optional: false, open: (folder) => opensearch(folder, INDEX_TEMPLATE) },
  { name: 'rsyslog', optional: true, open: (folder) => rsyslog(folder, own) },
  { name: 'fluent-bit', optional: true, open: (folder) => fluentBit(folder, values['fluent-bit']) },
];

const wanted = values.only?.split(',') ?? null;
const root = mkdtempSync(join(tmpdir(), 'sallyport-receivers-'));
process.on('exit', () => rmSync(root, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
let [proven, failed, missing] = [0, 0, 0];
for (const [index, { name, optional, open }] of RECEIVERS.entries()) {
  if (wanted !== null && !wanted.includes(name)) continue;
  const folder = join(root, String(index));
  mkdirSync(folder);
  try {
    const receiver = await open(folder);
    say(receiver.name);
    await prove(receiver);
    proven += 1;
  } catch (error) {
    if (error instanceof NotHere) {
      say(`${name}: not run, ${error.message}`);
      if (!optional || wanted !== null) missing += 1;
    } else {
      say(`${name}: ${error instanceof Error ? error.message : error}`);
      failed += 1;
    }
  }
}
say(`${proven} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : missing > 0 || proven === 0 ? 2 : 0);
