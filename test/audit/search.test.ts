// Rules about searching: everything that is asked for must be so, the newest comes first, pages follow each other without a
// gap, and no word of anybody's can be taken for an operator.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addMentions } from '../../src/audit/index/mentions.ts';
import { EMPTY_WISH, search } from '../../src/audit/index/search.ts';
import { suggest } from '../../src/audit/index/suggest.ts';
import { T0 } from './recordingKit.ts';
import { act, openSearchHouse, type SearchHouse } from './searchKit.ts';

const OLGA = { id: 'i#olga', name: 'Ólga Íslandi' };
const WEEK = 7 * 86_400_000;
let house: SearchHouse;
beforeEach(() => {
  house = openSearchHouse();
});
afterEach(() => house.close());

const fill = (): void =>
  house.add(
    act('exc_1', { at: T0 + 1 }),
    act('exc_2', { at: T0 + 2, verdict: 'refuse', reason: 'grant.required' }),
    act('exc_3', {
      ...{ at: T0 + 3 * WEEK, principal: OLGA, session: 'ses_2', console: 'jamf', risk: 'high', action: 'device.lock' },
      ...{ title: 'Lock 1 device: iPad of Marie (D-0142)', targets: [{ kind: 'device', id: 'D-0142' }] },
      target: '/computers/command',
    }),
    act('exc_read', { at: T0 + 4, risk: 'read', action: 'device.read', title: 'Look at devices' }),
    act('exc_peek', { at: T0 + 5, risk: 'read', verdict: 'refuse', reason: 'policy.forbidden', action: 'key.read' }),
  );

describe('what is found', () => {
  test('acts and refusals, newest first; plain reads are not searched', () => {
    fill();
    expect(house.find({})).toEqual(['exc_3', 'exc_peek', 'exc_2', 'exc_1']);
  });

  test('by each condition, and by all of them together', () => {
    fill();
    expect(house.find({ person: ['olga'] })).toEqual(['exc_3']);
    expect(house.find({ person: ['i#olga'] })).toEqual(['exc_3']);
    expect(house.find({ person: ['nobody'] })).toEqual([]);
    expect(house.find({ console: ['jamf'] })).toEqual(['exc_3']);
    expect(house.find({ action: ['device.wipe'] })).toEqual(['exc_2', 'exc_1']);
    expect(house.find({ action: ['device'] })).toEqual(['exc_3', 'exc_2', 'exc_1']);
    expect(house.find({ action: ['wipe'] })).toEqual([]);
    expect(house.find({ action: ['device.lock', 'key.read'] })).toEqual(['exc_3', 'exc_peek']);
    expect(house.find({ device: ['d-1'] })).toEqual(['exc_peek', 'exc_2', 'exc_1']);
    expect(house.find({ device: ['d-0142'] })).toEqual(['exc_3']);
    expect(house.find({ verdict: ['refuse'], device: ['d-1'] })).toEqual(['exc_peek', 'exc_2']);
    expect(house.find({ risk: ['destructive'] })).toEqual(['exc_2', 'exc_1']);
    expect(house.find({ reason: ['grant.required'] })).toEqual(['exc_2']);
    expect(house.find({ session: ['ses_2'] })).toEqual(['exc_3']);
    expect(house.find({ person: ['ada'], verdict: ['go'] })).toEqual(['exc_1']);
  });

  test('by words of titles, targets and names, whole or begun, without case and accents', () => {
    fill();
    for (const words of [
      ['marie'],
      ['MARIE', 'ipad'],
      ['mar'],
      ['d-0142'],
      ['0142'],
      ['olga'],
      ['computers'],
      ['íslandi'],
    ])
      expect([words, house.find({ words })]).toEqual([words, ['exc_3']]);
    expect(house.find({ words: ['wipe', 'marie'] })).toEqual([]);
    expect(house.find({ words: ['wipe'], without: ['refuse', 'peek'] })).toEqual(['exc_peek', 'exc_2', 'exc_1']);
    expect(house.find({ without: ['lock'] })).toEqual(['exc_peek', 'exc_2', 'exc_1']);
  });

  test('phrases as they were written', () => {
    fill();
    expect(house.find({ phrases: ['iPad of Marie'] })).toEqual(['exc_3']);
    expect(house.find({ phrases: ['Marie of iPad'] })).toEqual([]);
  });

  test('a device by what the console calls it, once the journal was told', () => {
    house.add(act('exc_4', { targets: [{ kind: 'device', id: 'd-77' }], title: 'Wipe 2 devices' }));
    expect(house.find({ device: ['Reception iPad'] })).toEqual([]);
    const event = { kind: 'grant.asked', actor: 'i#ada', facts: { names: { 'device:d-77': 'Reception iPad' } } };
    addMentions(house.database, [{ seq: 1, at: T0, event: JSON.stringify(event), digest: '', fact: '', hash: '1' }]);
    expect(house.find({ device: ['reception ipad'] })).toEqual(['exc_4']);
    expect(suggest(house.database, 'device', 'rec')).toEqual([{ value: 'Reception iPad', says: 'd-77' }]);
  });

  test('every device of an act on many', () => {
    const targets = Array.from({ length: 3000 }, (_, n) => ({ kind: 'device', id: `dev-${n}` }));
    house.add(act('exc_many', { targets, title: 'Wipe 3,000 devices' }));
    for (const id of ['dev-0', 'dev-1999', 'dev-2999']) expect(house.find({ device: [id] })).toEqual(['exc_many']);
    expect(house.find({ device: ['dev-3000'] })).toEqual([]);
  });

  test('in a span of time, to the ms', () => {
    fill();
    expect(house.find({ from: T0 + 2 })).toEqual(['exc_3', 'exc_peek', 'exc_2']);
    expect(house.find({ from: T0 + 2, to: T0 + 5 })).toEqual(['exc_2']);
    expect(house.find({ to: T0 + 1 })).toEqual([]);
    expect(house.find({ from: T0 + WEEK, to: T0 + 2 * WEEK })).toEqual([]);
  });
});

test('nothing that is asked for can be taken for an operator, or for a term of another kind', () => {
  fill();
  const wishes = (text: string) => [{ words: [text] }, { device: [text] }, { reason: [text] }, { screen: [text] }];
  for (const text of ['" OR "', 'NOT', 'a AND b', 'NEAR(x y)', 'terms:', 'v:refuse', 'g:act', 'g:act" OR "g:act'])
    for (const wish of wishes(text)) expect([wish, house.find(wish)]).toEqual([wish, []]);
  for (const text of ['*', '(', "';--", '^', '\u0000', '"', '-'])
    for (const wish of wishes(text)) expect(() => house.find(wish)).not.toThrow();
  expect(() => search(house.database, EMPTY_WISH, '1 OR 1')).toThrow('not a cursor');
});

describe('pages', () => {
  test('follow each other without a gap or a double, over years, quarters and crowded moments', () => {
    const ids: string[] = [];
    const all = Array.from({ length: 400 }, (_, n) => {
      const at = n % 3 === 0 ? T0 + 500 * WEEK : T0 + Math.floor((n * 131) % 400) * WEEK + n;
      return act(`exc_${n}`, { at });
    });
    house.add(...all.slice(200), ...all.slice(0, 200));
    let cursor: string | null = null;
    let last = Number.POSITIVE_INFINITY;
    do {
      const page = search(house.database, { ...EMPTY_WISH, action: ['device.wipe'] }, cursor);
      for (const hit of page.hits) {
        expect(hit.at).toBeLessThanOrEqual(last);
        last = hit.at;
        ids.push(hit.kind === 'act' ? hit.id : '');
      }
      cursor = page.next;
    } while (cursor !== null);
    expect([ids.length, new Set(ids).size]).toEqual([400, 400]);
  });

  test('when the time is up a page says how far it came, and the next one goes on there', () => {
    house.add(...Array.from({ length: 60 }, (_, n) => act(`exc_${n}`, { at: T0 + n * 20 * WEEK })));
    const ids: string[] = [];
    let pages = 0;
    for (let cursor: string | null = null; pages === 0 || cursor !== null; pages += 1) {
      const page = search(house.database, EMPTY_WISH, cursor, -1);
      ids.push(...page.hits.map((hit) => (hit.kind === 'act' ? hit.id : '')));
      if (page.next !== null) expect(page.searchedTo).not.toBeNull();
      cursor = page.next;
    }
    expect(pages).toBeGreaterThan(10);
    expect([ids.length, new Set(ids).size]).toEqual([60, 60]);
  });
});

describe('what was on screen', () => {
  const text = (id: number, textContent: string) => ({ type: 3, id, textContent });
  const element = (id: number, tagName: string, childNodes: unknown[]) => ({
    ...{ type: 2, id, tagName, attributes: {}, childNodes },
  });
  const snapshot = (...childNodes: unknown[]) => ({
    ...{ type: 2, timestamp: T0, data: { node: { type: 0, id: 1, childNodes } } },
  });
  const change = (data: object) => ({ type: 3, timestamp: T0, data: { source: 0, adds: [], texts: [], ...data } });

  test('is found by its words, with the page; styles, scripts and form fields are not text', () => {
    fill();
    house.screen('ses_1', T0 + 10, [
      snapshot(
        element(2, 'style', [text(3, '.secretclass { color: red }')]),
        element(4, 'script', [text(5, 'var secretscript')]),
        element(6, 'textarea', [text(7, 'secretnote')]),
        element(8, 'p', [text(9, 'Zanzibar   Office'), element(10, 'b', [text(11, 'Marie Curie')])]),
      ),
    ]);
    expect(house.find({ words: ['zanzibar'] })).toEqual(['screen: Zanzibar Office · Marie Curie']);
    expect(house.find({ screen: ['Marie Curie'] })).toEqual(['screen: Zanzibar Office · Marie Curie']);
    expect(house.find({ words: ['marie'] })).toEqual(['exc_3', 'screen: Zanzibar Office · Marie Curie']);
    for (const word of ['secretclass', 'secretscript', 'secretnote']) expect(house.find({ words: [word] })).toEqual([]);
    expect(house.find({ words: ['zanzibar'], person: ['ada'] })).toHaveLength(1);
    expect(house.find({ words: ['zanzibar'], person: ['olga'] })).toEqual([]);
    expect(house.find({ words: ['zanzibar'], action: ['device.wipe'] })).toEqual([]);
  });

  test('changes count too, and the same text once a page', () => {
    fill();
    const first = snapshot(element(2, 'p', [text(3, 'Alpha')]), element(4, 'style', []));
    house.screen('ses_1', T0 + 10, [first]);
    house.screen('ses_1', T0 + 20, [
      first,
      change({
        adds: [
          { parentId: 2, node: text(5, 'Beta') },
          { parentId: 4, node: text(6, 'Gamma{}') },
        ],
      }),
      change({
        texts: [
          { id: 3, value: 'Delta' },
          { id: 6, value: 'Epsilon' },
        ],
      }),
    ]);
    house.screen('ses_1', T0 + 30, [first]);
    expect(house.find({ words: ['alpha'] })).toEqual(['screen: Alpha']);
    expect(house.find({ words: ['beta'] })).toEqual(['screen: Beta · Delta']);
    expect(house.find({ words: ['gamma'] })).toEqual([]);
    expect(house.find({ words: ['epsilon'] })).toEqual([]);
    house.screen('ses_1', T0 + 40, [first], 'pag_2');
    expect(house.find({ words: ['alpha'] })).toHaveLength(2);
  });

  test('events that are none stop nothing, and what is kept of them is bounded', () => {
    const deep = Array.from({ length: 900 }).reduce<unknown>((inner) => element(1, 'div', [inner]), text(2, 'Bottom'));
    for (const events of [
      null,
      5,
      'x',
      [null, 1, { type: 2 }, { type: 2, data: { node: 5 } }],
      [change({ adds: 7 })],
      [snapshot(deep)],
    ])
      house.screen('ses_1', T0 + 10, events);
    house.screen('ses_1', T0 + 11, [
      snapshot(...Array.from({ length: 20_000 }, (_, n) => text(n, `row ${n} of many`))),
    ]);
    const [found = ''] = house.find({ words: ['row'] });
    expect(found.length).toBeLessThan(4_200);
  });
});

test('suggestions are values that there are, by how they begin', () => {
  fill();
  const values = (field: Parameters<typeof suggest>[1], typed: string) =>
    suggest(house.database, field, typed).map(({ value }) => value);
  expect(values('person', 'ISL')).toEqual(['Ólga Íslandi']);
  expect(values('action', 'device.')).toEqual(['device.lock', 'device.wipe']);
  expect(values('device', 'd-0')).toEqual(['D-0142']);
  expect(values('reason', '')).toEqual(['grant.required', 'policy.forbidden']);
  expect(values('action', "x' OR 1")).toEqual([]);
});
