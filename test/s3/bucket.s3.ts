// The ledger in a bucket keeps the promises of a store, and what was written stays: nobody deletes it before its time.
import { randomBytes } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { beforeAll, describe, expect, test } from 'vitest';
import { createNoteSigner, newNoteKey } from '../../src/audit/ledger/note.ts';
import { BucketRefused, createS3Blobs, type S3Settings } from '../../src/audit/ledger/s3Blobs.ts';
import { createSealer } from '../../src/audit/ledger/sealer.ts';
import { readNoteKey } from '../../src/audit/verify/note.ts';
import { verifyLedger } from '../../src/audit/verify/verifyLedger.ts';
import { rechain } from '../audit/journalKit.ts';
import { Crash, crashing, journalOf, memorySource, sealedNumbers } from '../ledger/kit.ts';
import { keepsThePromises } from '../ledger/store.ts';

const server = JSON.parse(process.env.TEST_S3 ?? '{}') as Record<'name' | 'endpoint' | 'access' | 'secret', string>;
const settings = (more: Partial<S3Settings> = {}): S3Settings => ({
  endpoint: server.endpoint,
  region: 'us-east-1',
  bucket: 'sallyport-locked',
  prefix: `${randomBytes(6).toString('hex')}/`,
  accessKey: server.access,
  secretKey: server.secret,
  lock: { mode: 'governance', days: 30 },
  ...more,
});
const clock = { now: () => Date.now() };
const client = new AwsClient({
  accessKeyId: server.access,
  secretAccessKey: server.secret,
  service: 's3',
  region: 'us-east-1',
  retries: 0,
});
const call = async (method: string, path: string, headers: Record<string, string> = {}) => {
  const answer = await client.fetch(`${server.endpoint}/${path}`, { method, headers });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

beforeAll(async () => {
  const locked = await call('PUT', 'sallyport-locked', { 'x-amz-bucket-object-lock-enabled': 'true' });
  expect([200, 409]).toContain(locked.status);
  expect([200, 409]).toContain((await call('PUT', 'sallyport-plain')).status);
});

describe(`a bucket of ${server.name}`, () => {
  keepsThePromises(() => {
    const one = settings();
    return { blobs: createS3Blobs(one, { clock }), another: createS3Blobs(one, { clock }) };
  });

  test.each(['governance', 'compliance'] as const)(
    'what is written is locked (%s) for the days that were asked, and no version goes',
    async (mode) => {
      const one = settings({ lock: { mode, days: 30 } });
      const blobs = createS3Blobs(one, { clock });
      await blobs.writeOnce('tile/0/000', Buffer.from('a'));
      await blobs.swap('checkpoint', null, Buffer.from('1'));
      await blobs.swap('checkpoint', Buffer.from('1'), Buffer.from('2'));
      for (const path of ['tile/0/000', 'checkpoint']) {
        const head = await call('HEAD', `${one.bucket}/${one.prefix}${path}`);
        expect(head.headers.get('x-amz-object-lock-mode')).toBe(mode.toUpperCase());
        const until = Date.parse(head.headers.get('x-amz-object-lock-retain-until-date') ?? '');
        expect(Math.abs(until - Date.now() - 30 * 86_400_000)).toBeLessThan(60_000);
        const version = head.headers.get('x-amz-version-id') ?? '';
        expect(version).not.toBe('');
        const gone = await call('DELETE', `${one.bucket}/${one.prefix}${path}?versionId=${version}`);
        expect(gone.status).toBe(403);
      }
      expect(String(await blobs.read('tile/0/000'))).toBe('a');
    },
  );

  test('is tried out before it is trusted: a bucket that cannot lock, keys that are wrong and one that is absent are said', async () => {
    await createS3Blobs(settings(), { clock }).probe();
    await createS3Blobs(settings({ bucket: 'sallyport-plain', lock: null }), { clock }).probe();
    for (const wrong of [
      { bucket: 'sallyport-plain' },
      { bucket: 'sallyport-absent' },
      // moto believes every key.
      ...(server.name === 'moto' ? [] : [{ secretKey: 'wrong' }]),
      { endpoint: 'http://127.0.0.1:9' },
    ]) {
      const fault = await createS3Blobs(settings(wrong), { clock })
        .probe()
        .then(
          () => null,
          (error: unknown) => error,
        );
      expect(fault, JSON.stringify(wrong)).toBeInstanceOf(BucketRefused);
      expect(String(fault)).not.toContain(server.secret);
    }
  });

  test('sealing into it: crashes at any write leave nothing out and nothing twice, and it verifies', async () => {
    const signer = createNoteSigner(newNoteKey('ledger.example.com/s3'));
    const key = readNoteKey(signer.verifierKey);
    const known = journalOf(700);
    for (const at of [1, 2, 3, 4, 5, 6, 7]) {
      const blobs = createS3Blobs(settings(), { clock });
      const deps = { signer, origin: signer.name, clock, onError: () => {} };
      await createSealer({ ...deps, blobs, source: memorySource(() => known.slice(0, 200)).source }).seal();
      const { source } = memorySource(() => known.slice(0, 500));
      await createSealer({ ...deps, blobs: crashing(blobs, at, at % 2 ? 'before' : 'after'), source })
        .seal()
        .catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
      // Before the next start the journal was rolled back: what the crash left behind does not agree with it.
      const other = rechain(
        known.map((one) => (one.seq > 200 ? { ...one, event: one.event.replace('person', 'other') } : one)),
      );
      const sealedSoFar = (await sealedNumbers(blobs)).length;
      await createSealer({ ...deps, blobs, source: memorySource(() => other).source }).seal();
      const numbers = await sealedNumbers(blobs);
      if (sealedSoFar === 200) expect(numbers).toEqual(known.map(({ seq }) => seq));
      const report = await verifyLedger(blobs.read, key ? [key] : []);
      expect(report.faults).toEqual([]);
      if (sealedSoFar === 200) expect(report.ok).toBe(true);
    }
  });
});
