// The promise that standard tools suffice: a program in another language, which knows nothing of Sallyport, unpacks an archive
// and checks it. Where Python or its library of cryptography is not to be had, the archive's own format is all that is looked at.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesOf, filesOf, make, signer, tarred } from './kit.ts';

const dir = mkdtempSync(join(tmpdir(), 'sp-tools-'));
const archive = join(dir, 'evidence.tar');
const script = join(import.meta.dirname, 'checkWithPython.py.txt');
const python = spawnSync('python3', ['-c', 'import cryptography']).status === 0;
let bytes: Buffer;
beforeAll(async () => {
  bytes = await bytesOf((await make({ decrypt: true })).bytes());
  writeFileSync(archive, bytes);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('tar unpacks it, and sees plain files only', () => {
  const list = execFileSync('tar', ['tvf', archive], { encoding: 'utf8' }).trim().split('\n');
  expect(list.every((line) => line.startsWith('-rw-r--r--'))).toBe(true);
  expect(list.map((line) => line.split(' ').at(-1))).toEqual(
    expect.arrayContaining(['manifest.json', 'checkpoint', 'viewer.html']),
  );
});

// Only the tools of this machine decide whether it runs; where they are, it must.
test.runIf(python)('a program in Python finds every entry under the checkpoint, and every assertion good', async () => {
  const run = (file: string) => spawnSync('python3', [script, file, signer.verifierKey], { encoding: 'utf8' });
  const whole = run(archive);
  expect(whole.stderr).toBe('');
  expect(whole.stdout).toBe('13 entries of 17, 3 assertions\n');

  const files = await filesOf(bytes);
  const name = [...files.keys()].find((one) => String(files.get(one)).includes('act.intent')) ?? '';
  files.set(name, Buffer.from(String(files.get(name)).replace('d-0142', 'd-0143')));
  const forged = join(dir, 'forged.tar');
  writeFileSync(forged, await tarred(files));
  expect(run(forged).status).toBe(1);
});
