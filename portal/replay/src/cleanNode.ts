// A recorded node as it may be rebuilt: a copy with nothing in it that could run, load, lead elsewhere or take the browser down. The
// frame's policy and sandbox forbid the same once more; this is the layer that also keeps name look-ups and preloads from being tried.

export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

type Plain = { readonly [member: string]: unknown };
export type Budget = { nodes: number; cut: boolean };

/** A browser lays such a page out within seconds; more is no page that somebody worked in. */
export const MOST_NODES = 200_000;
/** The browsers' own parsers nest no deeper than 512; deeper trees come from nobody's page and overflow the rebuilding. */
const MOST_DEPTH = 500;
const MOST_TEXT = 4_000_000;

const DOCUMENT = 0;
const ELEMENT = 2;

/** Elements that run, load, embed or lead elsewhere; they stay as empty boxes, so that what refers to them finds them. */
const EMPTIED: ReadonlyMap<string, string> = new Map([
  ['script', 'noscript'],
  ...['object', 'embed', 'applet', 'portal', 'fencedframe', 'webview', 'frame', 'frameset', 'param', 'bgsound'].map(
    (name) => [name, 'div'] as const,
  ),
  ...['base', 'meta', 'animate', 'animatemotion', 'animatetransform', 'set', 'handler', 'listener', 'track'].map(
    (name) => [name, 'noscript'] as const,
  ),
]);
const FOREIGN = /^[a-z][a-z0-9.-]{0,60}$/i;

const DROPPED = new Set([
  ...['srcdoc', 'ping', 'action', 'formaction', 'manifest', 'http-equiv', 'autofocus', 'target', 'download', 'nonce'],
  ...[
    'integrity',
    'is',
    'codebase',
    'archive',
    'classid',
    'data',
    'profile',
    'longdesc',
    'cite',
    'imagesrcset',
    'sandbox',
  ],
  ...[
    'allow',
    'allowfullscreen',
    'autoplay',
    'preload',
    'srcset',
    'credentialless',
    'csp',
    'popovertarget',
    'commandfor',
  ],
  ...['invoketarget', 'shadowrootmode', '__proto__', 'attributionsrc', 'rel', 'as'],
]);
/** Members that the rebuilding itself knows. */
const OWN = new Set(['rr_width', 'rr_height', 'rr_dataurl', 'rr_open_mode', '_csstext']);
const ADDRESSES = new Set([
  'src',
  'href',
  'xlink:href',
  'poster',
  'background',
  'rr_dataurl',
  'lowsrc',
  'dynsrc',
  'icon',
]);
/** SVG's, which are read as styles: what they name is found within the page. */
const STYLED = new Set([
  ...['fill', 'stroke', 'filter', 'mask', 'clip-path', 'cursor', 'marker', 'marker-start', 'marker-mid', 'marker-end'],
]);
/** Written with escapes, or something that is not a part of this page. */
const LEADS = /\\|(?:url|src|image|image-set|cross-fade)\((?!\s*["']?#)/i;
/** What a browser takes as the name of a page's own element. */
const OWN_ELEMENT = /^(?!annotation-xml$|font-face|color-profile$|missing-glyph$)[a-z][a-z0-9._]*-[a-z0-9._-]*$/;
/** Other elements cannot have a shadow root, and one that is tried ends the rebuilding. */
const HOSTS = /^(?:article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span)$/;
const NAME = /^[a-z_:@][a-z0-9_:.@-]{0,120}$/i;
const IMAGE = /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon|svg\+xml)[;,]/i;

/** One attribute; undefined: it is left out. */
export function cleanAttribute(tag: string, name: string, value: unknown): unknown {
  const low = name.toLowerCase();
  if (!NAME.test(name) || low.startsWith('on') || DROPPED.has(low)) return undefined;
  if (low.startsWith('rr_') && !OWN.has(low)) return undefined;
  if (value === null) return null;
  if (low === 'style' && typeof value === 'object') return value;
  if (typeof value === 'number' || value === true) return ADDRESSES.has(low) ? undefined : value;
  if (typeof value !== 'string' || value.length > MOST_TEXT) return undefined;
  if (STYLED.has(low) && LEADS.test(value)) return undefined;
  if (ADDRESSES.has(low)) {
    if (IMAGE.test(value)) return value;
    // Links keep their looks and lead nowhere; parts of a picture are found within the page.
    if (low.endsWith('href')) return tag === 'a' || tag === 'area' ? '#' : /^#[^\s]*$/.test(value) ? value : undefined;
    return undefined;
  }
  return value;
}

function cleanAttributes(tag: string, given: unknown): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  if (typeof given !== 'object' || given === null) return clean;
  for (const [name, value] of Object.entries(given)) {
    const kept = cleanAttribute(tag, name, value);
    if (kept !== undefined) clean[name] = kept;
  }
  return clean;
}

/** @returns null when it is no node @throws TooLarge */
export function cleanNode(given: unknown, budget: Budget, depth = 0): Plain | null {
  if (typeof given !== 'object' || given === null) return null;
  const { type, id, rootId, textContent, isStyle, name, publicId, systemId, compatMode } = given as Plain;
  if (!Number.isSafeInteger(type) || !Number.isSafeInteger(id)) return null;
  budget.nodes += 1;
  if (budget.nodes > MOST_NODES) throw new TooLarge('more nodes than can be rebuilt');
  const base = { type, id, ...(Number.isSafeInteger(rootId) ? { rootId } : {}) };
  if (type === DOCUMENT) {
    const mode = compatMode === 'BackCompat' ? { compatMode } : {};
    return { ...base, ...mode, childNodes: children(given, budget, depth) };
  }
  if (type === 1) return { ...base, name: text(name), publicId: text(publicId), systemId: text(systemId) };
  if (type === ELEMENT) return element(given as Plain, base, budget, depth);
  if (type === 3 || type === 4 || type === 5)
    return { ...base, textContent: text(textContent), ...(isStyle === true ? { isStyle } : {}) };
  return null;
}

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MOST_TEXT) : '');

function children(given: unknown, budget: Budget, depth: number): Plain[] {
  const { childNodes } = given as { childNodes?: unknown };
  if (!Array.isArray(childNodes)) return [];
  if (depth >= MOST_DEPTH) {
    if (childNodes.length > 0) budget.cut = true;
    return [];
  }
  return childNodes.map((child) => cleanNode(child, budget, depth + 1)).filter((child) => child !== null);
}

function element(given: Plain, base: Plain, budget: Budget, depth: number): Plain {
  const tagName = typeof given.tagName === 'string' && FOREIGN.test(given.tagName) ? given.tagName : 'div';
  const flags: Record<string, unknown> = {};
  const low = tagName.toLowerCase();
  const own = OWN_ELEMENT.test(tagName);
  for (const flag of ['isSVG', 'isShadow', 'needBlock']) if (given[flag] === true) flags[flag] = true;
  if (given.isCustom === true && own) flags.isCustom = true;
  if (given.isShadowHost === true && given.isSVG !== true && (own || HOSTS.test(low))) flags.isShadowHost = true;
  const instead = EMPTIED.get(low);
  if (instead !== undefined) return { ...base, ...flags, tagName: instead, attributes: {}, childNodes: [] };
  const attributes = cleanAttributes(low, given.attributes);
  // A link is a style sheet whose text was recorded, or nothing: it must not be tried, nor its host be looked up.
  if (low === 'link' && typeof attributes._cssText !== 'string')
    return { ...base, ...flags, tagName: 'noscript', attributes: {}, childNodes: [] };
  if (low === 'link') attributes.rel = 'stylesheet';
  return { ...base, ...flags, tagName, attributes, childNodes: children(given, budget, depth) };
}
