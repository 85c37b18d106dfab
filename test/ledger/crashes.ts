// Kills the sealer at its system calls: strace counts those of the one thread that touches files, and sends SIGKILL at the
// Nth, which then does not happen. `npm run test:ledger-crashes` goes through every one; the suite takes some.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDiskBlobs } from '../../src/audit/ledger/diskBlobs.ts';
import { createNoteSigner, newNoteKey } from '../../src/audit/ledger/note.ts';
import { createSealer } from '../../src/audit/ledger/sealer.ts';
import { readNoteKey } from '../../src/audit/verify/note.ts';
import { verifyLedger } from '../../src/audit/verify/verifyLedger.ts';
import { journalOf, memorySource, sealedNumbers } from './kit.ts';

const CALLS = 'openat,write,pwrite64,fsync,close,link,linkat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat';
const [BEFORE, SEALED, AFTER] = [200, 300, 320] as const;

/** null: crashes can be made here; else why not */
export function whyNot(): string | null {
  if (spawnSync('strace', ['-V']).status !== 0) return 'strace is not here';
  const sleeper = spawn('sleep', ['5']);
  const { status } = spawnSync('strace', ['-o', '/dev/null', '-p', String(sleeper.pid), '-e', 'trace=none'], {
    timeout: 500,
  });
  sleeper.kill();
  // It runs until it is stopped; when it may not attach it ends by itself with 1.
  return status === null || status === 0 ? null : 'strace may not attach to a process';
}

export type Crashes = {
  /** Seals 100 entries onto 200, killed at system call `at`; then judges. @returns false when it ended before that call */
  crashAt(at: number): Promise<{ killed: boolean; between: number; faults: readonly string[] }>;
  close(): void;
};

export async function createCrashes(): Promise<Crashes> {
  const root = mkdtempSync(join(tmpdir(), 'sp-crash-'));
  const [base, journal, key] = [join(root, 'base'), join(root, 'journal.json'), join(root, 'key')];
  const secret = newNoteKey('ledger.example.com/crash');
  const signer = createNoteSigner(secret);
  const known = journalOf(AFTER);
  const seal = (folder: string, upTo: number) =>
    createSealer({
      blobs: createDiskBlobs(folder),
      source: memorySource(() => known.slice(0, upTo)).source,
      signer,
      origin: signer.name,
      clock: { now: () => 1 },
      onError: () => {},
    }).seal();
  writeFileSync(journal, JSON.stringify(known.slice(0, SEALED)));
  writeFileSync(key, secret);
  await seal(base, BEFORE);
  const verifier = readNoteKey(signer.verifierKey);

  return {
    async crashAt(at) {
      const folder = join(root, `crash-${at}`);
      cpSync(base, folder, { recursive: true });
      const child = spawn(process.execPath, [join(import.meta.dirname, 'sealOnce.ts'), folder, journal, key], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
      });
      let out = '';
      child.stdout.on('data', (chunk) => (out += chunk));
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      const tasks = `/proc/${child.pid}/task`;
      const worker = readdirSync(tasks).find((id) =>
        readFileSync(`${tasks}/${id}/comm`, 'utf8').startsWith('libuv-worker'),
      );
      if (worker === undefined) throw new Error('the thread of file calls is not there');
      const tracer = spawn(
        'strace',
        ['-p', worker, '-o', '/dev/null', '-e', `inject=${CALLS}:signal=SIGKILL:when=${at}`],
        {
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      await once(tracer.stderr, 'data'); // "attached"
      child.stdin.write('go\n');
      const [, signal] = (await ended) as [number | null, NodeJS.Signals | null];
      tracer.kill();
      const blobs = createDiskBlobs(folder);
      const numbers = await sealedNumbers(blobs);
      const faults: string[] = [];
      const whole = (count: number, list: readonly number[]): boolean =>
        list.length === count && list.every((seq, index) => seq === index + 1);
      if (!whole(BEFORE, numbers) && !whole(SEALED, numbers)) faults.push(`between: ${numbers.length} entries`);
      // What was acknowledged is there.
      if (out.includes('sealed') && !whole(SEALED, numbers)) faults.push('acknowledged, but not there');
      await seal(folder, AFTER);
      if (!whole(AFTER, await sealedNumbers(blobs))) faults.push('afterwards entries are lost or doubled');
      const report = await verifyLedger(blobs.read, verifier ? [verifier] : []);
      if (!report.ok) faults.push(...report.faults, 'verify: not whole');
      rmSync(folder, { recursive: true, force: true });
      return { killed: signal === 'SIGKILL', between: numbers.length, faults };
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}

if (process.argv[1] === import.meta.filename) {
  const reason = whyNot();
  if (reason !== null) throw new Error(reason);
  const crashes = await createCrashes();
  let [at, wrong] = [1, 0];
  for (; ; at += 1) {
    const { killed, between, faults } = await crashes.crashAt(at);
    if (faults.length > 0) wrong += 1;
    console.log(
      `system call ${at}: ${killed ? 'killed' : 'went through'}, ${between} sealed then${faults.map((fault) => `; WRONG ${fault}`).join('')}`,
    );
    if (!killed) break;
  }
  crashes.close();
  console.log(`${at - 1} system calls, ${wrong} wrong`);
  process.exitCode = wrong === 0 && at > 20 ? 0 : 1;
}
