// The embedded default: a private redis-server on a unix socket in the data folder. It dies with this process, even with
// kill -9 (a watcher reads a pipe that only we hold open), and is started again when it dies. While it is gone, every
// command fails and every request is refused.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { lockFolder } from './folderLock.ts';

export type EmbeddedRedis = {
  readonly socketPath: string;
  readonly pid: () => number | undefined;
  stop(): Promise<void>;
};

export class RedisNotStarted extends Error {
  override readonly name = 'RedisNotStarted';
}

// sh starts the server and a watcher: `cat` ends when our end of the pipe closes, however we died.
const SUPERVISE =
  'exec 3<&0; "$@" </dev/null & server=$!; (cat <&3 >/dev/null; kill "$server" 2>/dev/null) & watcher=$!; wait "$server"; code=$?; kill "$watcher" 2>/dev/null; exit "$code"';

const SOCKET_PATH_LIMIT = 100; // sun_path holds 104 bytes on macOS, 108 on Linux

/** @throws RedisNotStarted with what to do */
export async function startEmbeddedRedis(deps: {
  dataDir: string;
  path: string;
  log: (message: string) => void;
}): Promise<EmbeddedRedis> {
  const { dataDir, path, log } = deps;
  const dir = join(dataDir, 'redis');
  const socketPath = join(dir, 'redis.sock');
  if (Buffer.byteLength(socketPath) > SOCKET_PATH_LIMIT) {
    throw new RedisNotStarted(
      `the data folder's path is too long for a unix socket (${socketPath}): choose a shorter one`,
    );
  }
  const binary = findServer(path);
  // Two servers on one folder would tear the file. A gateway whose own server is away for a moment keeps the lock; a server
  // whose gateway was just killed needs a moment to write its last bytes.
  let unlock: (() => void) | null = null;
  const ours = async () => {
    unlock ??= lockFolder(dir);
    return unlock !== null && !(await someoneAnswers(socketPath));
  };
  const letGo = () => unlock?.();
  if (!(await until(ours, 5000))) {
    letGo();
    throw new RedisNotStarted(`another Sallyport uses the data folder ${dataDir}: stop it, or choose another folder`);
  }
  rmSync(socketPath, { force: true });

  let child: ChildProcess | undefined;
  let stopping = false;
  let failures = 0;
  const start = () => {
    const settings = {
      port: '0',
      unixsocket: socketPath,
      unixsocketperm: '700',
      dir,
      appendonly: 'yes',
      appendfsync: 'always',
      save: '',
      'maxmemory-policy': 'noeviction',
      logfile: join(dir, 'redis.log'),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const startedAt = performance.now();
    child = spawn('sh', ['-c', SUPERVISE, 'sh', binary, ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    child.stdin?.on('error', () => undefined);
    const started = child;
    child.on('exit', (code, signal) => {
      started.stdin?.destroy(); // or the watcher's `cat` would stay
      if (stopping) return;
      failures = performance.now() - startedAt > 10_000 ? 0 : failures + 1;
      log(`the embedded redis-server ended (${signal ?? `exit ${code}`}); starting it again`);
      setTimeout(() => !stopping && start(), Math.min(50 * 2 ** failures, 5000));
    });
  };
  start();
  if (!(await until(() => someoneAnswers(socketPath), 10_000))) {
    stopping = true;
    child?.stdin?.end();
    letGo();
    throw new RedisNotStarted(`redis-server did not start: read ${join(dir, 'redis.log')}`);
  }
  return {
    socketPath,
    pid: () => child?.pid,
    async stop() {
      stopping = true;
      const ended = new Promise<void>((resolve) =>
        child?.exitCode === null && child.signalCode === null ? child.once('exit', () => resolve()) : resolve(),
      );
      child?.stdin?.end();
      await ended;
      letGo();
    },
  };
}

function findServer(path: string): string {
  for (const folder of path.split(delimiter)) {
    for (const name of ['redis-server', 'valkey-server']) {
      const candidate = join(folder, name);
      try {
        accessSync(candidate, constants.X_OK);
        return candidate;
      } catch {
        // not here
      }
    }
  }
  throw new RedisNotStarted(
    'no redis-server and no valkey-server on the PATH: install one (apt-get install redis-server, brew install redis), or set redis.url',
  );
}

/** Whether a server listens there, also one that hangs or still loads its data. */
export const someoneAnswers = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(socketPath);
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(true)); // it accepted and hangs: it is there
    socket.once('error', () => done(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    // "+PONG", or "-LOADING": somebody is there; until it has loaded, every command fails and every request is refused
    socket.once('data', () => done(true));
  });

async function until(condition: () => Promise<boolean>, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return false;
}
