// What a receiver is to the proof, and the tools that build, start and end one. Receivers listen on loopback only, keep what they
// got in a folder of their own, and are ended by their process, never by name.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DestinationSettings } from '../../src/audit/export/exports.ts';
import type { Ocsf } from '../../src/audit/export/ocsf/event.ts';

/** One event as the receiver gives it back. */
export type Stored = {
  readonly event: Ocsf;
  /** the event's time as the receiver itself understood it, ms; null: it has none of its own */
  readonly at: number | null;
  /** its severity as the receiver itself understood it; null: it has none of its own */
  readonly severity: number | null;
};

export type Receiver = {
  /** with its version */
  readonly name: string;
  readonly settings: DestinationSettings;
  /** settings with which it must get nothing, and what the report says then */
  readonly wrong: { readonly settings: DestinationSettings; readonly says: RegExp };
  /** keeps what it has answered for when it is killed; otherwise it is asked to end */
  readonly durable: boolean;
  /** gives back in the order in which it got */
  readonly ordered: boolean;
  /** how the severity of an event should be understood by it */
  severityOf(event: Ocsf): number | null;
  /** whether this is what should be there of that event; without it, the event as it was made */
  same?(stored: Ocsf, made: Ocsf): boolean;
  /** Resolves when it answers. */
  start(): Promise<void>;
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  stored(): Promise<Stored[]>;
};

/** Something that has to be installed first. */
export class NotHere extends Error {}

export const say = (line: string): void => void process.stdout.write(`${line}\n`);
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sallyport', 'receivers');

/** A folder made by `make` once for the same sources. @returns its path */
export function built(name: string, sources: string, make: (folder: string) => void): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(sources, { recursive: true, withFileTypes: true }))
    if (file.isFile()) hash.update(readFileSync(join(file.parentPath, file.name)));
  const folder = join(cache, `${name}-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  say(`${name}: built once, this takes a few minutes ...`);
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    make(unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** @throws Error with what the command said when it fails or takes longer than 15 minutes */
export function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): void {
  const { status, stdout, stderr, error } = spawnSync('nice', ['-n', '10', command, ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 15 * 60_000,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${command} ${args[0]}: ${error?.message ?? `${stdout}${stderr}`.slice(-4000)}`);
}

/** @throws NotHere */
export function need(command: string, arg: string, install: string): void {
  if (spawnSync(command, [arg], { stdio: 'ignore' }).error !== undefined)
    throw new NotHere(`${command} is not here (${install})`);
}

/** A program that listens at a port. */
export function program(settings: {
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  /** where what it says goes */
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
  /** whether it answers, once its port is open */
  readonly ready?: () => Promise<boolean>;
}): Pick<Receiver, 'start' | 'end'> {
  let child: ChildProcess | undefined;
  const lastResort = (): void => void child?.kill('SIGKILL');
  process.on('exit', lastResort);
  return {
    async start() {
      const log = openSync(settings.log, 'a');
      const started = spawn(settings.command, settings.args, {
        stdio: ['ignore', log, log],
        env: { ...process.env, ...settings.env },
      });
      closeSync(log);
      child = started;
      let failed: Error | undefined;
      started.once('error', (error) => {
        failed = error;
      });
      for (const end = performance.now() + 240_000; ; await wait(100)) {
        const over = failed !== undefined || started.exitCode !== null || performance.now() > end;
        if (over) throw new Error(`it does not start: ${failed ?? readFileSync(settings.log, 'utf8').slice(-2000)}`);
        if ((await open(settings.port)) && ((await settings.ready?.()) ?? true)) return;
      }
    },
    async end(signal) {
      const ending = child;
      child = undefined;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
      const gone = once(ending, 'exit');
      ending.kill(signal);
      const late = setTimeout(() => ending.kill('SIGKILL'), 60_000);
      await gone;
      clearTimeout(late);
    },
  };
}

const open = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });

/** The lines of JSON in a file; none when it is not there. A line that is torn is left out. */
export function jsonLines(file: string): { readonly [member: string]: unknown }[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as { [member: string]: unknown }];
      } catch {
        return [];
      }
    });
}
