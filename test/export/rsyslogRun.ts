// The export against a real rsyslogd over TLS, killed and started again in the middle. Run by hand:
//   node test/export/rsyslogRun.ts <rsyslogd> <folder of its modules> [gtls|ossl]
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CERT, CERT_FILE, KEY_FILE, openHouse, upTo } from './kit.ts';

const [, , program = 'rsyslogd', modules = '/usr/lib/x86_64-linux-gnu/rsyslog', driver = 'ossl'] = process.argv;
const folder = await mkdtemp(join(tmpdir(), 'sallyport-rsyslog-'));
const out = join(folder, 'out.log');
const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const { port } = probe.address() as AddressInfo;
probe.close();
await writeFile(
  join(folder, 'rsyslog.conf'),
  `global(workDirectory="${folder}" maxMessageSize="64k" defaultNetstreamDriver="${driver}" defaultNetstreamDriverCAFile="${CERT_FILE}" defaultNetstreamDriverCertFile="${CERT_FILE}" defaultNetstreamDriverKeyFile="${KEY_FILE}")
module(load="imtcp" streamDriver.name="${driver}" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" port="${port}" address="127.0.0.1")
template(name="raw" type="string" string="%app-name% %msgid% %msg%\\n")
action(type="omfile" file="${out}" template="raw" asyncWriting="off" ioBufferSize="4k" flushOnTXEnd="on")
`,
);
const start = async (): Promise<ChildProcess> => {
  const child = spawn(program, ['-n', '-M', modules, '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, `pid`)], {
    stdio: 'inherit',
  });
  for (;;) {
    const socket = createConnection(port, '127.0.0.1');
    const up = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (up) return child;
    await wait(50);
  }
};
const seqs = async (): Promise<number[]> =>
  (await readFile(out, 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line.replace(/^sallyport \S+ */, '')).metadata.sequence as number);

let child = await start();
const house = await openHouse();
const exports = house.gateway(
  { id: 'y', kind: 'syslog', host: 'localhost', port, ca: CERT, client: null, longest: 8192, from: 'start' },
  { timing: { batch: 20 } },
);
await house.acts(100);
while ((await seqs()).length < 100) await wait(50);
console.log('100 acts, in order and once:', JSON.stringify(await seqs()) === JSON.stringify(upTo(100)));
child.kill('SIGTERM');
await once(child, 'exit');
await house.acts(100);
await wait(300);
console.log('while it is away:', (await exports.report()).destinations[0]?.error);
child = await start();
while ((await exports.report()).destinations[0]?.lag !== 0) await wait(50);
await wait(300);
const all = await seqs();
console.log(`200 acts: ${new Set(all).size} arrived, ${all.length - new Set(all).size} twice`);
child.kill('SIGTERM');
await house.close();
