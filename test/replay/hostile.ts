// Recordings out of hostile pages, with all that can be done to them later, and streams that are no recordings.
import { addNode, type Event, element, meta, page, setText, step, text, whole } from './events.ts';
import { css, RUN, url } from './hostilePages.ts';

/** Elements that something is done to later. */
const CHANGED = ['div', 'img', 'a', 'iframe', 'button', 'form', 'input', 'video', 'style', 'object', 'base', 'meta'];
const changes = () => ({
  ...Object.fromEntries(
    [
      ...[
        'src',
        'href',
        'xlink:href',
        'srcset',
        'poster',
        'data',
        'background',
        'action',
        'formaction',
        'ping',
        'cite',
      ],
      ...[
        'rr_dataURL',
        'rr_src',
        'imagesrcset',
        'lowsrc',
        'manifest',
        'codebase',
        'icon',
        'longdesc',
        'attributionsrc',
      ],
    ].map((name) => [name, url('changed')]),
  ),
  ...Object.fromEntries(['onclick', 'onload', 'onerror', 'onfocus', 'ONERROR', 'srcdoc'].map((name) => [name, RUN])),
  ...{ 'http-equiv': 'refresh', content: `0;url=${url('changedrefresh')}`, autofocus: '', target: '_top' },
  style: { background: `url(${url('changedstyle')})`, 'mask-image': [`url(${url('changedmask')})`, 'important'] },
});

/** Shows PLAYED when all of it was played. */
export const PLAYED = 'All of it was played';
export const recordingOf = (at: number, { head = [], body = [] }: { head?: object[]; body?: object[] }): Event[] => {
  const anchor = element('div', { id: 'late' }, [text('Something here')]);
  const changed = CHANGED.map((tag) => element(tag, {}));
  const sheet = element('style', {}, [text('p{color:black}', { isStyle: true })]);
  const inner = element('iframe', {});
  const said = text('A page of a console');
  const node = page(
    [element('p', {}, [said]), anchor, inner, ...changed, ...(body as (typeof anchor)[])],
    [sheet, ...(head as (typeof anchor)[])],
  );
  // The same once more as later steps of the page, in a frame of its own, and as changed attributes.
  const again = [...(body as (typeof anchor)[]), ...(head as (typeof anchor)[])].map((one, index) =>
    addNode(at + 200 + index, Number(anchor.id), one),
  );
  const framed = page(body as (typeof anchor)[], head as (typeof anchor)[]);
  const id = Number(sheet.id);
  const rule = (name: string) => `p{background:url(${url(name)})}`;
  return [
    meta(at),
    whole(at + 1, node),
    ...again,
    step(at + 300, {
      ...{ source: 0, texts: [], attributes: [], removes: [], isAttachIframe: true },
      adds: [{ parentId: inner.id, nextId: null, node: { ...framed, id: 900_000 } }],
    }),
    step(at + 400, {
      ...{ source: 0, adds: [], removes: [], texts: [{ id: 1, value: RUN }] },
      attributes: [anchor, ...changed].map(({ id }) => ({ id, attributes: changes() })),
    }),
    step(at + 401, { source: 8, id, adds: [{ rule: rule('rule'), index: 0 }] }),
    step(at + 402, { source: 8, id, adds: [{ rule: `@import url(${url('ruleimport')});`, index: 0 }] }),
    step(at + 403, { source: 13, id, index: [0], set: { property: 'background', value: `url(${url('declared')})` } }),
    step(at + 404, {
      ...{ source: 15, id: 1, styleIds: [1] },
      styles: [
        {
          styleId: 1,
          rules: [rule('adopted'), `@import url(${url('adoptedimport')});`].map((rule, index) => ({ rule, index })),
        },
      ],
    }),
    step(at + 405, { source: 8, styleId: 1, replace: `@import url(${url('replace')}); ${rule('replaced')}` }),
    step(at + 406, {
      source: 8,
      styleId: 1,
      replaceSync: `@import url(${url('replacesync')}); ${rule('replacedsync')}`,
    }),
    step(at + 407, {
      source: 9,
      id: anchor.id,
      type: 0,
      commands: [{ property: 'drawImage', args: [{ rr_type: 'ImageElement', src: url('canvascommand') }] }],
    }),
    step(at + 408, { source: 10, family: 'x', fontSource: `url(${url('fontevent')})`, buffer: false }),
    step(at + 409, { source: 16, id: anchor.id, define: { name: 'x-evil' } }),
    step(at + 410, { source: 7, id: anchor.id, type: 0, currentTime: 1 }),
    step(at + 411, { source: 5, id: changed[6]?.id, text: RUN, isChecked: true }),
    { type: 6, data: { plugin: 'rrweb/console@1', payload: {} }, timestamp: at + 412 },
    step(at + 500, { source: 2, type: 2, id: anchor.id, x: 5, y: 5 }),
    step(at + 501, { source: 2, type: 5, id: changed[6]?.id }),
    setText(at + 600, Number(said.id), PLAYED),
  ];
};

const broken = (events: unknown[]): Event[] => events as Event[];
/** Streams that are no recording. */
export const BROKEN: { readonly [name: string]: (at: number) => Event[] } = {
  'no whole look': (at) => [meta(at), step(at + 1, { source: 2, type: 2, id: 9, x: 1, y: 1 })],
  'steps about nothing': (at) => [
    meta(at),
    whole(at + 1, page([text('x')])),
    ...Array.from({ length: 40 }, (_, source) =>
      step(at + 2 + source, {
        source,
        id: 99_999,
        texts: [{ id: 5 }],
        removes: [{ id: 7, parentId: 8 }],
        adds: [{ parentId: 1, nextId: 12, node: null }],
        attributes: [{ id: 3, attributes: null }],
      }),
    ),
  ],
  'members of wrong types': (at) =>
    broken([
      meta(at),
      {
        type: 2,
        data: {
          node: {
            type: 0,
            id: 1,
            childNodes: [
              null,
              5,
              'x',
              { type: 2, id: 'a' },
              { type: 2, id: 3, tagName: 7, attributes: [1], childNodes: {} },
            ],
          },
          initialOffset: null,
        },
        timestamp: at + 1,
      },
      { type: 3, data: null, timestamp: at + 2 },
      { type: 3, data: { source: 0, adds: 'x', removes: 5, texts: null }, timestamp: at + 3 },
      { type: 'x', data: {}, timestamp: at + 4 },
      { type: 4, data: { width: 1e12, height: -4 }, timestamp: at + 5 },
      { type: 3, data: { source: 3, id: {}, x: 'y' }, timestamp: at + 6 },
    ]),
  'pointers at no time': (at) => [
    meta(at),
    whole(at + 1, page([text('x')])),
    ...broken(
      [null, 'abc', [null], [{ timeOffset: 'x' }], [{ timeOffset: 1e300 }], [{ timeOffset: -1e300, id: 1 }], {}, 7].map(
        (positions, n) => ({ type: 3, timestamp: at + 10 + n, data: { source: n % 2 === 0 ? 1 : 12, positions } }),
      ),
    ),
  ],
  'a million steps at once': (at) => {
    const inner = text('x');
    const texts = Array.from({ length: 1_000_001 }, () => ({ id: inner.id, value: 'y' }));
    return [
      meta(at),
      whole(at + 1, page([inner])),
      step(at + 2, { source: 0, texts, attributes: [], removes: [], adds: [] }),
    ];
  },
  'texts without end': (at) => {
    const long = 'x'.repeat(4_500_000);
    return [
      meta(at),
      whole(at + 1, page([text(long), element('i', { title: long, class: 'a' })], [css('{'.repeat(300_000))])),
    ];
  },
  'a node in itself': (at) => {
    const inner = element('div', {}, []);
    return [
      meta(at),
      whole(at + 1, page([inner])),
      addNode(at + 2, Number(inner.id), { ...inner, childNodes: [inner] }),
    ];
  },
};

/** Lies about time, and prototypes as members; says AFTER at 600 ms. */
export const AFTER = 'What came after the lies';
export const lies = (at: number): Event[] => {
  const said = text('before');
  const prototype = (more: string): Event['data'] =>
    JSON.parse(`{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${more}}`);
  return [
    meta(at),
    whole(at + 1, page([element('p', {}, [said])])),
    ...[1e300, -1e300, 2 ** 53, 8e15, -1].map((timestamp) => step(timestamp, { source: 3, id: 1, x: 0, y: 0 })),
    { type: 3, timestamp: at + 100, data: prototype('"source":5,"id":4,"text":"x"') },
    {
      ...{ type: 3, timestamp: at + 101 },
      data: prototype(
        '"source":0,"attributes":[{"id":3,"attributes":{"__proto__":{"polluted":1},"style":{"__proto__":{"polluted":1}}}}]',
      ),
    },
    { type: 2, timestamp: at + 102, data: prototype('"node":{"__proto__":{"type":0,"id":1}}') },
    setText(at + 600, Number(said.id), AFTER),
    step(at + 900, { source: 3, id: 1, x: 0, y: 0 }),
  ];
};

export const deep = (at: number, depth: number): Event[] => {
  let node = element('div', {}, [text('deep')]);
  for (let level = 0; level < depth; level += 1) node = element('div', {}, [node]);
  return [meta(at), whole(at + 1, page([node]))];
};
export const huge = (at: number, nodes: number): Event[] => [
  meta(at),
  whole(at + 1, page(Array.from({ length: nodes / 2 }, () => element('i', {}, [text('x')])))),
];
