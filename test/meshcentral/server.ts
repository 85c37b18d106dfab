// A MeshCentral of this test's own: loopback, no database, no TLS of its own, nothing that calls out; and a TLS front before
// the gateway, because behind a plain http address MeshCentral sends everybody to https.
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createServer } from 'node:tls';

export type MeshServer = { readonly certificate: { key: Buffer; cert: Buffer }; close(): Promise<void> };

/** @param main the folder of the package @param port where it listens @param publicPort where people see it */
export async function startMeshCentral(
  main: string,
  dir: string,
  { port, publicPort }: { port: number; publicPort: number },
): Promise<MeshServer> {
  const data = join(dir, 'data');
  mkdirSync(data, { recursive: true });
  const settings = {
    ...{ cert: 'mesh.localhost', WANonly: true, port, portBind: '127.0.0.1', aliasPort: publicPort, redirPort: 0 },
    ...{ mpsPort: 0, tlsOffload: '127.0.0.1', trustedProxy: '127.0.0.1', selfUpdate: false, autoBackup: false },
    ...{ ignoreAgentHashCheck: true, agentTimeStampServer: false },
  };
  // The gateway writes the origin of what it dials: MeshCentral compares it with its own name.
  const config = { settings, domains: { '': { newAccounts: true, allowedOrigin: ['127.0.0.1'] } } };
  const file = join(data, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  const log = join(dir, 'meshcentral.log');
  const out = openSync(log, 'w');
  // It starts a process of its own: both are one group, so that both end.
  const child = spawn(
    process.execPath,
    [main, '--configfile', file, '--datapath', data, '--filespath', join(dir, 'files')],
    { cwd: dir, stdio: ['ignore', out, out], detached: true },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const close = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await Promise.race([exited, wait(5000)]);
  };
  for (let seconds = 0; !(await answers(port)); seconds += 1) {
    if (seconds > 180 || child.exitCode !== null) {
      await close();
      throw new Error(`MeshCentral did not start:\n${readFileSync(log, 'utf8').slice(0, 2000)}`);
    }
    await wait(1000);
  }
  const certificate = {
    key: readFileSync(join(data, 'webserver-cert-private.key')),
    cert: readFileSync(join(data, 'webserver-cert-public.crt')),
  };
  return { certificate, close };
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health.ashx`).then(
    () => true,
    () => false,
  );

/** TLS in front of a plain port, byte for byte. */
export async function startTlsFront(
  certificate: MeshServer['certificate'],
  from: number,
  to: number,
): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer(certificate, (secure) => {
    const plain = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [secure, plain],
      [plain, secure],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(from, '127.0.0.1', resolve));
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
