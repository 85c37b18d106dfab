// The text that somebody could read on a recorded page, out of the events of its recorder. The page's own scripts can put
// anything there, so nothing is believed of the events' shape, and everything has a bound. What was told of a page before is
// not told again: the same table drawn twice is one finding.
import { sha256Base64url } from '../../kernel/ids.ts';

/** What is kept of one line of a recording. */
export const MOST_TEXT = 4_096;
const MOST_EVENTS = 5_000;
const MOST_NODES = 200_000;
/** Texts and hidden elements that are remembered of a page. */
const MOST_REMEMBERED = 5_000;
const MOST_PAGES = 50;
const DEEPEST = 512;
const HIDDEN: ReadonlySet<unknown> = new Set(['style', 'script', 'noscript', 'template', 'textarea', 'input']);

export type ScreenText = {
  /** The text of these events that the page did not show before; '' for none. Never throws. */
  of(page: string, events: string): string;
  /** @param page those whose names begin with this; absent: all */
  forget(page?: string): void;
};

type Page = { readonly told: Set<string>; readonly hidden: Set<number> };
type Fields = { readonly [member: string]: unknown };

export function createScreenText(): ScreenText {
  const pages = new Map<string, Page>();
  const pageOf = (id: string): Page => {
    const page = pages.get(id) ?? { told: new Set(), hidden: new Set() };
    pages.delete(id);
    pages.set(id, page);
    const oldest = pages.size > MOST_PAGES ? pages.keys().next().value : undefined;
    if (oldest !== undefined) pages.delete(oldest);
    if (page.told.size > MOST_REMEMBERED) page.told.clear();
    if (page.hidden.size > MOST_REMEMBERED) page.hidden.clear();
    return page;
  };

  return {
    of(id, events) {
      let list: unknown;
      try {
        list = JSON.parse(events);
      } catch {
        return '';
      }
      if (!Array.isArray(list)) return '';
      const { told, hidden } = pageOf(id);
      const texts: string[] = [];
      let length = 0;
      const add = (value: unknown): void => {
        if (typeof value !== 'string' || length >= MOST_TEXT) return;
        const text = value.replace(/\s+/g, ' ').trim();
        if (text === '' || !/[\p{L}\p{N}]/u.test(text)) return;
        const key = text.length > 40 ? sha256Base64url(text).slice(0, 16) : text;
        if (told.has(key)) return;
        told.add(key);
        texts.push(text.slice(0, MOST_TEXT - length));
        length += text.length + 3;
      };
      let nodes = 0;
      const walk = (root: unknown): void => {
        const waiting: { node: unknown; depth: number }[] = [{ node: root, depth: 0 }];
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          const node = fieldsOf(next.node);
          nodes += 1;
          if (nodes > MOST_NODES || length >= MOST_TEXT) return;
          if (typeof node.tagName === 'string' && HIDDEN.has(node.tagName.toLowerCase())) {
            hide(node);
            continue;
          }
          if (node.type === 3 && node.isStyle !== true) add(node.textContent);
          const children = Array.isArray(node.childNodes) ? node.childNodes : [];
          if (next.depth < DEEPEST)
            for (let at = children.length - 1; at >= 0; at -= 1)
              waiting.push({ node: children[at], depth: next.depth + 1 });
        }
      };
      const hide = (node: Fields): void => {
        if (typeof node.id === 'number') hidden.add(node.id);
        for (const child of Array.isArray(node.childNodes) ? node.childNodes.slice(0, 50) : []) {
          const { id: inner } = fieldsOf(child);
          if (typeof inner === 'number') hidden.add(inner);
        }
      };

      for (const event of list.slice(0, MOST_EVENTS)) {
        const { type, data } = fieldsOf(event);
        const fields = fieldsOf(data);
        // rrweb: 2 is a full snapshot, 3 a change, source 0 one of the document's nodes.
        if (type === 2) walk(fields.node);
        if (type !== 3 || fields.source !== 0) continue;
        for (const added of listOf(fields.adds)) {
          const { parentId, node } = fieldsOf(added);
          if (typeof parentId === 'number' && hidden.has(parentId)) hide(fieldsOf(node));
          else walk(node);
        }
        for (const changed of listOf(fields.texts)) {
          const { id: node, value } = fieldsOf(changed);
          if (typeof node === 'number' && !hidden.has(node)) add(value);
        }
      }
      return texts.join(' · ').slice(0, MOST_TEXT);
    },
    forget(page = '') {
      for (const id of pages.keys()) if (id.startsWith(page)) pages.delete(id);
    },
  };
}

const fieldsOf = (value: unknown): Fields => (value !== null && typeof value === 'object' ? (value as Fields) : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
