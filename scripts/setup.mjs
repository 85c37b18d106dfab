// Makes a bare clone ready: packages, redis-server, Chromium (for tests and the tour), built front ends.
// Plain JavaScript without dependencies, for any Node from 18 on. Does only what is not done yet; says what it does.
// Usage: node scripts/setup.mjs [--browser]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marks = join(root, 'node_modules', '.sallyport');
const wantsBrowser = process.argv.includes('--browser');
const REDIS = ['redis-server', 'valkey-server'];
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_BROWSERS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const say = (text) => process.stdout.write(`set-up: ${text}\n`);
const fail = (what, todo) => {
  process.stderr.write(`\nset-up stopped: ${what}\n  What to do: ${todo}\n`);
  process.exit(1);
};

/** Runs a command; shows that it is alive every few seconds; shows its output only when it fails. */
async function run(what, command, args, options = {}) {
  const startedAt = Date.now();
  say(`${what} ...`);
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output = (output + chunk).slice(-20_000)));
  const ticker = setInterval(() => say(`${what}: ${Math.round((Date.now() - startedAt) / 1000)} s so far`), 10_000);
  const code = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', resolve);
  });
  clearInterval(ticker);
  if (code !== 0) {
    process.stderr.write(output);
    return false;
  }
  say(`${what}: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  return true;
}

const find = (names) => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // look on
      }
    }
  }
  return undefined;
};

const readMark = (name) => (existsSync(join(marks, name)) ? readFileSync(join(marks, name), 'utf8') : '');
const writeMark = (name, value) => {
  mkdirSync(marks, { recursive: true });
  writeFileSync(join(marks, name), value);
};

function digestOf(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort())
        if (!['dist', 'node_modules', 'dev'].includes(name)) add(join(path, name));
    } else hash.update(path.slice(root.length)).update(readFileSync(path));
  };
  for (const path of paths) add(join(root, path));
  return hash.digest('hex');
}

async function packages() {
  const lock = `${digestOf(['package-lock.json', 'package.json'])} ${process.platform} ${process.arch}`;
  const pinned = join(root, 'node_modules', '.bin', 'node');
  if (readMark('packages') !== lock || !existsSync(pinned)) {
    if (
      !(await run('installing packages (npm ci)', 'npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
        shell: process.platform === 'win32',
      }))
    ) {
      fail('npm ci did not succeed', 'read the lines above; most often the npm registry cannot be reached from here.');
    }
  }
  const version = () => spawnSync(pinned, ['-v'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  if (!version().startsWith('v24.')) {
    // npm was told to run no install scripts: the `node` package copies its binary in one. Run that one, and only that one.
    spawnSync(process.execPath, ['installArchSpecificPackage'], {
      cwd: join(root, 'node_modules', 'node'),
      stdio: 'ignore',
    });
  }
  if (!version().startsWith('v24.'))
    fail('the pinned Node 24 did not install', 'run `npm rebuild node`, then try again.');
  writeMark('packages', lock);
}

async function program(what, names, aptName, brewName, elsewhere = []) {
  const here = () => find(names) ?? elsewhere.find((path) => existsSync(path));
  if (here()) return;
  const asRoot =
    process.getuid?.() === 0
      ? []
      : find(['sudo']) && spawnSync('sudo', ['-n', 'true']).status === 0
        ? ['sudo', '-n']
        : undefined;
  if (find(['apt-get']) && asRoot) {
    const apt = async (...args) => {
      const [command, ...rest] = [...asRoot, 'apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0', ...args];
      return run(`${what}: apt-get ${args.join(' ')}`, command, rest, {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    };
    await apt('update');
    await apt('install', '-y', '--no-install-recommends', aptName);
  } else if (find(['brew'])) {
    await run(`${what}: brew install ${brewName}`, 'brew', ['install', ...brewName.split(' ')]);
  }
  if (!here())
    fail(
      `${what} is not installed, and this script may not install it here`,
      `install it (Debian: apt-get install ${aptName}; macOS: brew install ${brewName}), then run the same command again.`,
    );
}

async function frontEnds() {
  const inputs = ['portal', 'shim', 'src/portal/contract', 'src/kernel', 'package-lock.json'];
  const digest = digestOf(inputs);
  const built = ['portal/dist/index.html', 'portal/replay/dist/replay.js', 'shim/dist/shim.js'].every((file) =>
    existsSync(join(root, file)),
  );
  if (built && readMark('front-ends') === digest) return;
  const node = join(root, 'node_modules', '.bin', 'node');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  for (const part of ['portal', 'shim']) {
    if (!(await run(`building the ${part}`, node, [vite, 'build', part, '--logLevel', 'warn'])))
      fail(`the ${part} did not build`, 'read the lines above.');
  }
  writeMark('front-ends', digest);
}

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 18)
  fail(`this is Node ${process.versions.node}`, 'use Node 18 or newer to start; Sallyport brings its own Node 24.');
await packages();
await program('redis-server', REDIS, 'redis-server', 'redis');
if (wantsBrowser && !process.env.CHROMIUM)
  await program('Chromium', BROWSERS, 'chromium', '--cask chromium', MAC_BROWSERS);
await frontEnds();
