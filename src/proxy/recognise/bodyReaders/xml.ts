// Reads XML so that no other reader can come to another result, or not at all: UTF-8, no document type, no entities but the
// five of XML, no processing instruction, no comment (some readers cut a text at one), no prefixed names, no mixed content.

import { SaxesParser } from 'saxes';
import { foldKey } from './json.ts';
import { Unreadable } from './unreadable.ts';

export type XmlElement = {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
};
type Open = { name: string; attributes: Map<string, string>; children: Open[]; text: string };

const MAX_DEPTH = 32;
const MAX_ELEMENTS = 50_000;

/** @param doctype the only document type lines that may come; none for plain XML @throws Unreadable */
export function readXml(bytes: Uint8Array, doctype: ReadonlySet<string> = new Set()): XmlElement {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable('is not valid UTF-8');
  }
  if (text.startsWith('\ufeff')) throw new Unreadable('begins with a byte order mark');
  const fail = (what: string): never => {
    throw new Unreadable(what);
  };
  const parser = new SaxesParser({ xmlns: false, position: false });
  const open: Open[] = [];
  let root: Open | null = null;
  let count = 0;
  parser.on('error', () => fail('is no well-formed XML'));
  parser.on('xmldecl', ({ version, encoding }) => {
    if (version !== '1.0' || (encoding !== undefined && encoding.toLowerCase() !== 'utf-8'))
      fail('is XML of another version or encoding');
  });
  parser.on('doctype', (said) => {
    if (!doctype.has(said.trim().replaceAll(/\s+/g, ' '))) fail('has a document type');
  });
  parser.on('processinginstruction', () => fail('has a processing instruction'));
  parser.on('comment', () => fail('has a comment'));
  parser.on('opentag', ({ name, attributes }) => {
    count += 1;
    if (open.length >= MAX_DEPTH || count > MAX_ELEMENTS) fail('is too deep or too large XML');
    if (name.includes(':')) fail('has a prefixed name');
    const own = new Map<string, string>();
    for (const [key, value] of Object.entries(attributes)) {
      const declares = key === 'xmlns' || key.startsWith('xmlns:');
      if (declares ? open.length > 0 : key.includes(':')) fail('has a namespace inside');
      if (!declares) own.set(key, value);
    }
    const element: Open = { name, attributes: own, children: [], text: '' };
    const parent = open.at(-1);
    if (parent === undefined) root = element;
    else parent.children.push(element);
    open.push(element);
  });
  const add = (more: string) => {
    const inner = open.at(-1);
    if (inner !== undefined) inner.text += more;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', () => {
    const done = open.pop();
    if (done !== undefined && done.children.length > 0 && done.text.trim() !== '') fail('mixes text and elements');
  });
  parser.write(text).close();
  return root ?? fail('is no well-formed XML');
}

/**
 * The texts at a path such as `/computer/general/managed` or `/computer/@id`, the root's name first.
 * @throws Unreadable when an element is there in another case only
 */
export function textsAt(root: XmlElement, path: string, caseless: boolean): readonly (string | { other: true })[] {
  const steps = path.slice(1).split('/');
  const same = (given: string, wanted: string): boolean => {
    if (given === wanted) return true;
    if (foldKey(given) !== foldKey(wanted)) return false;
    if (caseless) return true;
    throw new Unreadable(`has "${wanted}" in another case`);
  };
  let found: readonly XmlElement[] = same(root.name, steps[0] ?? '') ? [root] : [];
  for (const step of steps.slice(1)) {
    if (step.startsWith('@'))
      return found.flatMap(({ attributes }) =>
        [...attributes].filter(([name]) => same(name, step.slice(1))).map(([, value]) => value),
      );
    found = found.flatMap(({ children }) => children.filter(({ name }) => same(name, step)));
  }
  return found.map(({ children, text }) => (children.length > 0 ? { other: true } : text));
}
