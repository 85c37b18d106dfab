// What hostile lines and old recordings must not leave behind in the session index, and what sockets must not leave in recordings.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareApplyLine } from '../../src/audit/index/applyLine.ts';
import { addMentions } from '../../src/audit/index/mentions.ts';
import { pagesOf } from '../../src/audit/index/replayRows.ts';
import type { LineContent } from '../../src/audit/recording/lines.ts';
import { redactMessage } from '../../src/audit/recording/redact.ts';
import { openSearchHouse, type SearchHouse } from './searchKit.ts';

let house: SearchHouse;
beforeEach(() => {
  house = openSearchHouse();
});
afterEach(() => house.close());

const AT = 1_000_000_000_000;

test('a page that lies about its clock by centuries neither breaks nor stretches the replay of its session', () => {
  const far = 8.64e15;
  const about = { type: 'dom', at: AT, session: 'ses_1', console: 'mdm', events: '[]' } as const;
  const lines: readonly LineContent[] = [
    { ...about, id: 'pag_1', first: 0, from: far, to: far, offset: far },
    { ...about, id: 'pag_1', first: 1, from: -far, to: -far, offset: -far },
  ];
  const applier = prepareApplyLine(house.database);
  house.database.exec('BEGIN');
  lines.forEach((line, n) => {
    applier.apply({ part: 'ses_1/gw_2-000001', chunk: 1, n }, line);
  });
  applier.finish();
  house.database.exec('COMMIT');
  const [page] = pagesOf(house.database, 'ses_1');
  expect([page?.from, page?.to]).toEqual([AT - 24 * 3_600_000, AT + 60_000]);
});

test('what pages showed leaves the index when the recording is deleted', () => {
  const shown = { type: 0, id: 1, childNodes: [{ type: 3, id: 2, textContent: 'recovery hunter2' }] };
  for (const session of ['ses_1', 'ses_2'])
    house.screen(session, AT, [{ type: 2, timestamp: 1, data: { node: shown } }]);
  expect(house.find({ screen: ['hunter2'] })).toHaveLength(2);
  const facts = { session: 'ses_1', why: 'its time was over', chunks: [], refused: [] };
  const event = JSON.stringify({ kind: 'retention.deleted', actor: null, facts });
  addMentions(house.database, [{ seq: 1, at: AT, event, fact: '', digest: '', hash: '1' }]);
  expect(house.find({ screen: ['hunter2'] })).toHaveLength(1);
  expect(house.database.prepare('SELECT session FROM screens').all()).toEqual([{ session: 'ses_2' }]);
});

test.each([
  ['42["login",{"password":"hunter2"}]', '42["login",{"password":"[redacted]"}]'],
  ['42/chat,7["auth",{"token":"hunter2"}]', '42/chat,7["auth",{"token":"[redacted]"}]'],
  ['CONNECT\nlogin:ada\npasscode:hunter2\n\n\0', 'CONNECT\nlogin:ada\npasscode:[redacted]\n\n\0'],
  ['password: hunter2', 'password: [redacted]'],
  ['password:{"a":"hunter2"}', 'password:[redacted]'],
  ['lost in taxi: 3 devices', 'lost in taxi: 3 devices'],
])('a message of a socket loses its secrets whatever stands before them: %j', (sent, kept) => {
  expect(redactMessage(sent)).toBe(kept);
});
