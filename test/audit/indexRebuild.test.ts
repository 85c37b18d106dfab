// Rules about `sallyport index rebuild`: the index is made anew from recordings and ledger alone, and never under a gateway.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openReader } from '../../src/audit/index/database.ts';
import { EMPTY_WISH, search } from '../../src/audit/index/search.ts';
import { rebuildIndex } from '../../src/audit/index/sessionIndex.ts';
import { indexRebuild } from '../../src/cli/indexRebuild.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { lockFolder } from '../../src/redis/folderLock.ts';
import { IDENTITY, KEYS, storePart, T0 } from './recordingKit.ts';
import { act } from './searchKit.ts';

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});
function folder(): string {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-rebuild-'));
  cleanups.push(() => rmSync(data, { recursive: true, force: true }));
  return data;
}

test('what stands in the journal is found again too: the names of devices, when sessions began', async () => {
  const data = folder();
  const file = join(data, 'index.sqlite');
  writeFileSync(file, 'broken');
  const targets = [{ kind: 'device', id: 'd-77' }];
  await storePart(join(data, 'recordings'), 'ses_1/gw_1-000001', [{ type: 'open', ...act('exc_1', { targets }) }], 10);
  const entry = (seq: number, event: object): JournalEntry => ({
    ...{ seq, at: T0 - 5000, event: JSON.stringify(event), digest: '', fact: '', hash: String(seq) },
  });
  async function* journal() {
    yield [entry(1, { kind: 'login.succeeded', session: 'ses_1', actor: 'i#ada', facts: {} })];
    yield [entry(2, { kind: 'grant.asked', actor: 'i#ada', facts: { names: { 'device:d-77': 'Reception iPad' } } })];
  }
  await rebuildIndex(join(data, 'recordings'), file, KEYS.identities, { journal: journal() });
  const database = openReader(file);
  cleanups.push(() => database.close());
  const { hits } = search(database, { ...EMPTY_WISH, device: ['reception'] }, null);
  expect(hits).toHaveLength(1);
  expect(database.prepare('SELECT login_at FROM sessions').get()).toMatchObject({ login_at: T0 - 5000 });
});

test('the command makes it, and refuses while a gateway has the folder', async () => {
  const data = folder();
  const identity = join(data, 'identity');
  writeFileSync(identity, IDENTITY);
  await storePart(join(data, 'recordings'), 'ses_1/gw_1-000001', [{ type: 'open', ...act('exc_1') }], 10);
  const options = { config: 'none.yaml', data, identity: [identity] };
  const release = lockFolder(data);
  expect(await indexRebuild(options)).toBe(2);
  release?.();
  expect(await indexRebuild(options)).toBe(0);
  const database = openReader(join(data, 'index.sqlite'));
  cleanups.push(() => database.close());
  expect(search(database, EMPTY_WISH, null).hits).toHaveLength(1);
});
