// A search database filled with made-up lines, through the code that takes in recordings.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { prepareApplyLine } from '../../src/audit/index/applyLine.ts';
import { openDatabase } from '../../src/audit/index/database.ts';
import { EMPTY_WISH, type SearchWish, search } from '../../src/audit/index/search.ts';
import type { ExchangeOpening, LineContent } from '../../src/audit/recording/lines.ts';
import { opening } from './recordingKit.ts';

export type SearchHouse = {
  readonly database: DatabaseSync;
  readonly file: string;
  add(...openings: ExchangeOpening[]): void;
  /** events of a page's recorder */
  screen(session: string, at: number, events: unknown, page?: string): void;
  /** ids of what is found, screens as `screen: text` */
  find(wish: Partial<SearchWish>, cursor?: string | null): string[];
  close(): void;
};

export function openSearchHouse(): SearchHouse {
  const base = mkdtempSync(join(tmpdir(), 'sallyport-search-'));
  const file = join(base, 'index.sqlite');
  const database = openDatabase(file);
  const lines = prepareApplyLine(database);
  let n = 0;
  const apply = (contents: readonly unknown[]): void => {
    database.exec('BEGIN');
    for (const content of contents) {
      lines.apply({ part: 'ses_1/gw_1-000001', chunk: 1, n }, content as LineContent);
      n += 1;
    }
    lines.finish();
    database.exec('COMMIT');
  };
  return {
    database,
    file,
    add: (...openings) => apply(openings.map((one) => ({ type: 'open', ...one }))),
    screen: (session, at, events, page = 'pag_1') =>
      apply([{ type: 'dom', id: page, at, session, console: 'mdm', first: 0, events: JSON.stringify(events) }]),
    find: (wish, cursor = null) =>
      search(database, { ...EMPTY_WISH, ...wish }, cursor).hits.map((hit) =>
        hit.kind === 'act' ? hit.id : `screen: ${hit.text}`,
      ),
    close() {
      database.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

export const act = (id: string, more: Partial<ExchangeOpening> = {}): ExchangeOpening =>
  opening(id, {
    method: 'POST',
    target: '/api/devices/d-1/wipe',
    action: 'device.wipe',
    risk: 'destructive',
    title: 'Wipe 1 device: d-1',
    targets: [{ kind: 'device', id: 'd-1' }],
    ...more,
  });
