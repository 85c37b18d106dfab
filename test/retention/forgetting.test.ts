// Rules about what the index knows after a recording was deleted: nothing that the recording said, also not for somebody who
// reads the file's bytes; the proof of the deletion; and the same as an index that is made anew.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/audit/index/database.ts';
import { forgetMore } from '../../src/audit/index/forgetSession.ts';
import { addMentions } from '../../src/audit/index/mentions.ts';
import { EMPTY_WISH } from '../../src/audit/index/search.ts';
import { createSessionIndex, rebuildIndex, type SessionIndex } from '../../src/audit/index/sessionIndex.ts';
import { createTakeIn } from '../../src/audit/index/takeIn.ts';
import type { LineContent } from '../../src/audit/recording/lines.ts';
import { createRemoveChunk } from '../../src/audit/retention/removeChunk.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { indexContents } from '../audit/indexContents.ts';
import { closing, KEYS, readerOf, storePart, T0 } from '../audit/recordingKit.ts';
import { act } from '../audit/searchKit.ts';

const { identities } = KEYS;
const WHY = 'recordings are kept for 30 days';
let base = '';
let [dir, file] = ['', ''];
const open: SessionIndex[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sp-forgetting-'));
  [dir, file] = [join(base, 'recordings'), join(base, 'index.sqlite')];
});
afterEach(async () => {
  for (const index of open.splice(0)) await index.close();
  rmSync(base, { recursive: true, force: true });
});

type Said = { readonly device: string; readonly title: string; readonly screen: string; readonly url: string };
const ADA = { id: 'i#ada', name: 'Ada Lovelace' };
const BOB = { id: 'i#bob', name: 'Bob' };

/** What one session brings in: acts, what was refused, pages, what was on screen, who asked from which page. */
function linesOf(
  session: string,
  principal: typeof ADA,
  { device, title, screen, url }: Said,
  at: number,
): LineContent[] {
  const node = { type: 0, id: 1, childNodes: [{ type: 3, id: 2, textContent: screen }] };
  const page = { id: `pag_${session}`, session, console: 'mdm' };
  const one = {
    session,
    principal,
    title,
    target: `/api/devices/${device}/wipe`,
    targets: [{ kind: 'device', id: device }],
  };
  const refused = { verdict: 'refuse', reason: 'grant.required', title: `${title} again` } as const;
  return [
    { type: 'page', ...page, at, what: 'start', url, mode: 'dom' } as LineContent,
    { type: 'open', ...act(`exc_${session}_1`, { ...one, at: at + 1 }), page: page.id, gesture: true } as LineContent,
    { type: 'message', id: `exc_${session}_1`, at: at + 2, from: 'console', size: 3, text: 'hey' } as LineContent,
    { type: 'close', id: `exc_${session}_1`, at: at + 3, ...closing() },
    { type: 'open', ...act(`exc_${session}_2`, { ...one, ...refused, at: at + 4 }) },
    {
      ...{ type: 'dom', ...page, at: at + 5, first: 0, from: at + 4, to: at + 5, offset: 0 },
      events: JSON.stringify([{ type: 2, data: { node }, timestamp: 1 }]),
    } as LineContent,
  ];
}
const SAID: { readonly [session: string]: Said } = {
  ses_a: { device: 'd-quokka', title: 'Wipe wombat', screen: 'kookaburra recovery', url: 'https://mdm.test/platypus' },
  ses_b: { device: 'd-heron', title: 'Wipe badger', screen: 'otter recovery', url: 'https://mdm.test/beaver' },
  ses_c: { device: 'd-numbat', title: 'Wipe galah', screen: 'bilby recovery', url: 'https://mdm.test/currawong' },
};
/** What only deleted sessions said. */
const GONE = ['quokka', 'wombat', 'kookaburra', 'platypus', 'numbat', 'galah', 'bilby', 'currawong'];

/** @param each lines of a chunk */
async function record(each = 10): Promise<void> {
  for (const [at, [session, said]] of Object.entries(SAID).entries())
    await storePart(
      dir,
      `${session}/gw_1-000001`,
      linesOf(session, session === 'ses_c' ? BOB : ADA, said, T0 + at * 1000),
      each,
    );
}

let seq = 0;
const entry = (at: number, event: object): JournalEntry => {
  seq += 1;
  return { seq, at, event: JSON.stringify(event), digest: '', fact: '', hash: String(seq) };
};
const logins = (): JournalEntry[] => {
  seq = 0;
  return ['ses_a', 'ses_b', 'ses_c'].flatMap((session, at) => {
    const { id, name } = session === 'ses_c' ? BOB : ADA;
    const told = { session, actor: id, actorName: name, facts: {} };
    return [
      entry(T0 - 1000 + at, { kind: 'login.succeeded', ...told }),
      entry(T0 + 60_000 + at, { kind: 'session.ended', ...told }),
    ];
  });
};
/** Deletes chunks as retention does. @returns its word for it */
async function deleted(
  session: string,
  chunks: readonly number[] = [1],
  refused: readonly number[] = [],
): Promise<JournalEntry> {
  const remove = createRemoveChunk({ dir });
  const name = (chunk: number): string => `gw_1-000001/00000${chunk}`;
  for (const chunk of chunks) expect(await remove(session, { name: name(chunk) })).toBeNull();
  const facts = {
    ...{ session, why: WHY, chunks: chunks.map((chunk) => ({ name: name(chunk), sha256: '' })) },
    refused: refused.map((chunk) => ({ name: name(chunk), why: 'locked' })),
  };
  return entry(T0 + 90_000, { kind: 'retention.deleted', actor: null, facts });
}

function start(at = file): SessionIndex {
  const index = createSessionIndex({ file: at, dir, identities, onError: () => undefined });
  open.push(index);
  index.start();
  return index;
}

/** Everything but the numbers of rows. */
function everything(at: string): unknown {
  const database = new DatabaseSync(at, { readOnly: true });
  const all = (sql: string) => database.prepare(sql).all();
  const dump = {
    screens: all('SELECT session, console, page, at, text FROM screens ORDER BY session, page, at'),
    terms: all('SELECT * FROM terms ORDER BY kind, folded, value'),
    search: all('SELECT term, doc FROM search_terms ORDER BY term'),
    found: all('SELECT count(*) AS n FROM found'),
    ...Object.fromEntries(
      [
        'people',
        'names',
        'logins',
        'deletions',
        'mentions',
        'replay_pages',
        'replay_looks',
        'replay_sent',
        'forgetting',
      ].map((table) => [table, all(`SELECT * FROM ${table} ORDER BY 1, 2`)]),
    ),
  };
  database.close();
  return { ...structuredClone(dump), more: indexContents(at) };
}
async function madeAnew(entries: readonly JournalEntry[]): Promise<string> {
  const other = join(base, 'other.sqlite');
  async function* journal() {
    yield entries;
  }
  await rebuildIndex(dir, other, identities, { journal: journal() });
  return other;
}
const readable = (at: string): string[] => {
  const bytes = [at, `${at}-wal`].map((one) => {
    try {
      return readFileSync(one).toString('latin1').toLowerCase();
    } catch {
      return '';
    }
  });
  return GONE.filter((word) => bytes.some((text) => text.includes(word)));
};
const found = async (index: SessionIndex, word: string): Promise<number> =>
  (await index.search({ ...EMPTY_WISH, words: [word] }, null)).hits.length;

test('what the recording said is gone, from answers and from the file; the proof stays; others stay', async () => {
  await record();
  const index = start();
  await index.settled();
  const entries = logins();
  await index.mentions.add(entries);
  expect([await found(index, 'wombat'), await found(index, 'kookaburra'), await found(index, 'badger')]).toEqual([
    2, 1, 2,
  ]);
  expect(readable(file)).toEqual(GONE);

  const told = [await deleted('ses_a'), await deleted('ses_c')];
  await index.mentions.add(told);
  // Gone from answers at once, before anything was merged.
  expect([await found(index, 'wombat'), await found(index, 'kookaburra'), await found(index, 'badger')]).toEqual([
    0, 0, 2,
  ]);
  expect(index.listExchanges('ses_a', 'all', null).exchanges).toEqual([]);
  expect(index.getSession('ses_a')).toMatchObject({
    person: ADA,
    startedAt: T0 - 1000,
    endedAt: T0 + 60_000,
    acts: 0,
    highlights: [],
  });
  expect(index.history('i#ada', 'mdm', 'device.wipe', 0).times).toBe(1);
  await index.settled();
  await expect.poll(() => readable(file)).toEqual([]);
  expect(await found(index, 'otter')).toBe(1);
  expect(await index.suggest('word', 'womb')).toEqual([]);

  const anew = await madeAnew([...entries, ...told]);
  expect(everything(file)).toEqual(everything(anew));
  const database = new DatabaseSync(file, { readOnly: true });
  expect(
    database
      .prepare('SELECT session, at, why, chunks, refused FROM deletions')
      .all()
      .map((row) => ({ ...row })),
  ).toEqual(['ses_a', 'ses_c'].map((session) => ({ session, at: T0 + 90_000, why: WHY, chunks: 1, refused: 0 })));
  database.close();
});

test('what the store refused to delete stays in the index, and nothing else of its session', async () => {
  await record(3);
  const index = start();
  await index.settled();
  const entries = logins();
  const told = await deleted('ses_a', [1], [2]);
  await index.mentions.add([...entries, told]);
  await index.settled();
  // The first chunk had the act, the second one the refusal and the screen.
  expect(index.getSession('ses_a')).toMatchObject({ acts: 0, refusals: 1 });
  expect(await found(index, 'kookaburra')).toBe(1);
  expect(everything(file)).toEqual(everything(await madeAnew([...entries, told])));
});

test('what was read before the deletion is not written down after it', async () => {
  await record();
  const reader = readerOf(dir);
  let release = (): void => undefined;
  let reading = 0;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const takeIn = createTakeIn({
    file,
    reader: {
      ...reader,
      async tail(part, chunk, from) {
        const text = await reader.tail(part, chunk, from);
        reading += 1;
        if (part.startsWith('ses_a/')) await gate;
        return text;
      },
    },
    onError: () => undefined,
    onTaken: () => undefined,
    onRenewed: () => undefined,
  });
  takeIn.scan();
  await expect.poll(() => reading).toBeGreaterThan(0);
  await takeIn.addMentions([...logins(), await deleted('ses_a')]);
  release();
  await takeIn.settle();
  expect(
    takeIn
      .database()
      .prepare('SELECT DISTINCT session FROM exchanges ORDER BY 1')
      .all()
      .map((row) => row.session),
  ).toEqual(['ses_b', 'ses_c']);
  await takeIn.close(1000);
  expect(readable(file).filter((word) => ['quokka', 'wombat', 'kookaburra', 'platypus'].includes(word))).toEqual([]);
});

test('a crash in the middle of forgetting: the next run goes on with it', async () => {
  await record();
  const index = start();
  await index.settled();
  await open.pop()?.close();
  const database = openDatabase(file);
  addMentions(database, [...logins(), await deleted('ses_a'), await deleted('ses_c')]);
  expect(forgetMore(database)).toBe('more');
  database.close();
  expect(readable(file)).not.toEqual([]);
  await start().settled();
  await expect.poll(() => readable(file)).toEqual([]);
});
