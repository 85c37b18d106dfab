// A process that seals once, on command, so that it can be killed at any system call: `node sealOnce.ts <ledger> <journal> <key>`.
import { readFileSync } from 'node:fs';
import { createDiskBlobs } from '../../src/audit/ledger/diskBlobs.ts';
import { createNoteSigner } from '../../src/audit/ledger/note.ts';
import { createSealer } from '../../src/audit/ledger/sealer.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { memorySource } from './kit.ts';

const [folder = '', journal = '', key = ''] = process.argv.slice(2);
const entries = JSON.parse(readFileSync(journal, 'utf8')) as JournalEntry[];
const signer = createNoteSigner(readFileSync(key, 'utf8'));
const blobs = createDiskBlobs(folder);
// One look, so that the thread that does the file calls is there.
await blobs.read('checkpoint');
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  await createSealer({
    blobs,
    source: memorySource(() => entries).source,
    signer,
    origin: signer.name,
    clock: { now: () => 1 },
    onError: () => {},
  }).seal();
  process.stdout.write('sealed\n', () => process.exit(0));
});
