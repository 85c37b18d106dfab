// What the journal of a house says, as `sallyport audit verify` judges it, and as plain entries.
import { join } from 'node:path';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { createRedisClient, type RedisClient } from '../../src/redis/client.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { sallyport } from './house.ts';

export type Entry = AuditEvent & { readonly seq: number; readonly fact: string };

/** A client of the Redis behind this socket; close it. */
export async function redisAt(socketPath: string): Promise<RedisClient> {
  const client = createRedisClient({ address: { socketPath }, commandTimeout: 5000, onError: () => undefined });
  while (!client.connected()) await new Promise((wake) => setTimeout(wake, 5));
  return client;
}

export async function journalOf(socketPath: string): Promise<Entry[]> {
  const client = await redisAt(socketPath);
  try {
    const scripts = { run: () => Promise.reject(new Error('reading only')) };
    const entries: Entry[] = [];
    for await (const { seq, event, fact } of createJournal({ scripts, client, keys: createKeys('demo') }).all())
      entries.push({ ...(JSON.parse(event) as AuditEvent), seq, fact });
    return entries;
  } finally {
    await client.close();
  }
}

export type Verified = {
  readonly ok: boolean;
  readonly faults: readonly { seq: number; what: string }[];
  readonly notes: readonly string[];
  readonly unsettled: readonly { exchange: string }[];
  readonly entries: number;
};

/** The command, as an auditor runs it. */
export async function verified(dataDir: string): Promise<Verified & { code: number | null }> {
  const { code, stdout, stderr } = await sallyport([
    'audit',
    'verify',
    '-c',
    join(dataDir, 'sallyport.yaml'),
    '--json',
  ]);
  try {
    return { code, ...(JSON.parse(stdout) as Verified) };
  } catch {
    throw new Error(`audit verify: exit ${code}: ${stdout} ${stderr}`);
  }
}
