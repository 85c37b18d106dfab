// The ledger in a bucket of S3 or what speaks like it, with Object Lock when the configuration says so. Rests on three
// promises of the service: reads see the last write; `If-None-Match: *` writes only what is absent; `If-Match` writes only
// over what was seen. A service without conditional writes would break the contract silently, so `probe` asks for it first.
import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import type { Clock } from '../../kernel/clock.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import { BlobExists, type Blobs, CheckpointMoved } from './blobs.ts';
import { CHECKPOINT } from './tilePaths.ts';

export type S3Settings = {
  /** https://s3.eu-west-1.amazonaws.com or another service's address; the bucket is named in the path */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** '' or `some/folder/` */
  readonly prefix: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** until when nobody (compliance), or nobody without a special right (governance), may delete what was written */
  readonly lock: { readonly mode: 'governance' | 'compliance'; readonly days: number } | null;
};

const TIMEOUT = 10_000;
const DAY = 86_400_000;
const SAFE = /^[a-z0-9]+(?:\.p)?(?:\/[a-z0-9]+(?:\.p)?)*$/;

export class BucketRefused extends Error {
  override readonly name = 'BucketRefused';
}

type Condition = { readonly 'if-none-match': '*' } | { readonly 'if-match': string };
type Found = { readonly bytes: Buffer; readonly etag: string };

/** @throws BucketRefused out of every member when the service says no or not in time; it names no key */
export function createS3Blobs(
  settings: S3Settings,
  deps: { readonly clock: Clock; readonly timeout?: number },
): Blobs & {
  /** Writes a small thing twice and once over. @throws BucketRefused when the service does not keep conditional writes, or the lock cannot be set */
  probe(): Promise<void>;
} {
  const { endpoint, region, bucket, prefix, lock } = settings;
  const client = new AwsClient({
    accessKeyId: settings.accessKey,
    secretAccessKey: settings.secretKey,
    service: 's3',
    region,
    retries: 0,
  });

  async function call(method: string, path: string, headers: Record<string, string>, body: Buffer<ArrayBuffer> | null) {
    if (!SAFE.test(path)) throw new Error(`the ledger has no path ${path}`);
    const url = `${endpoint}/${bucket}/${prefix}${path}`;
    const signed = await client.sign(url, {
      method,
      headers: { ...headers, 'x-amz-content-sha256': sha256Hex(body ?? '') },
      body,
    });
    try {
      const answer = await fetch(signed, {
        redirect: 'error',
        signal: AbortSignal.timeout(deps.timeout ?? TIMEOUT),
      });
      return {
        status: answer.status,
        etag: answer.headers.get('etag') ?? '',
        bytes: Buffer.from(await answer.bytes()),
      };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new BucketRefused(`s3: ${method} ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  const refused = (method: string, path: string, status: number, bytes: Buffer): BucketRefused => {
    const [, code = ''] = /<Code>([A-Za-z0-9.]{1,80})<\/Code>/.exec(bytes.toString('utf8')) ?? [];
    return new BucketRefused(`s3: ${method} ${path} answered ${status}${code === '' ? '' : ` ${code}`}`);
  };

  async function find(path: string): Promise<Found | null> {
    const { status, etag, bytes } = await call('GET', path, {}, null);
    if (status === 404 && !bytes.includes('NoSuchBucket')) return null;
    if (status !== 200) throw refused('GET', path, status, bytes);
    return { bytes, etag };
  }
  /** @returns false when the condition did not hold */
  async function put(path: string, bytes: Uint8Array, condition: Condition): Promise<boolean> {
    const body = Buffer.from(bytes);
    const until = lock && new Date(deps.clock.now() + lock.days * DAY).toISOString();
    const answer = await call(
      'PUT',
      path,
      {
        ...condition,
        // Object Lock asks for a checksum of its own.
        'content-md5': createHash('md5').update(body).digest('base64'),
        'content-type': 'application/octet-stream',
        ...(lock && until
          ? { 'x-amz-object-lock-mode': lock.mode.toUpperCase(), 'x-amz-object-lock-retain-until-date': until }
          : {}),
      },
      body,
    );
    if (answer.status === 200) return true;
    if (answer.status === 412 || (answer.status === 404 && 'if-match' in condition)) return false;
    throw refused('PUT', path, answer.status, answer.bytes);
  }
  async function swap(path: string, expected: Uint8Array | null, bytes: Uint8Array): Promise<boolean> {
    if (expected === null) return put(path, bytes, { 'if-none-match': '*' });
    const there = await find(path);
    return there?.bytes.equals(expected) === true && put(path, bytes, { 'if-match': there.etag });
  }

  return {
    read: async (path) => (await find(path))?.bytes ?? null,
    async writeOnce(path, bytes) {
      if (await put(path, bytes, { 'if-none-match': '*' })) return;
      if ((await find(path))?.bytes.equals(bytes) !== true) throw new BlobExists(path);
    },
    async writeOver(path, bytes, checkpoint) {
      const there = await find(path);
      if ((await find(CHECKPOINT))?.bytes.equals(checkpoint) !== true) throw new CheckpointMoved();
      const condition: Condition = there === null ? { 'if-none-match': '*' } : { 'if-match': there.etag };
      if (!(await put(path, bytes, condition))) throw new CheckpointMoved();
    },
    swap,
    async probe() {
      const path = 'probe';
      const before = (await find(path))?.bytes ?? null;
      const at = Buffer.from(`${deps.clock.now()}`);
      if (!(await swap(path, before, at))) throw new BucketRefused('s3: another process tries out the bucket now');
      if (await put(path, at, { 'if-none-match': '*' }))
        throw new BucketRefused('s3: the service ignores If-None-Match: two writers could spoil the ledger');
      if (await put(path, at, { 'if-match': '"00000000000000000000000000000000"' }))
        throw new BucketRefused('s3: the service ignores If-Match: two writers could spoil the ledger');
    },
  };
}
