// Elements by function: text only as text, never as markup; no style attribute and no handler attribute, which a strict
// page policy would block.

type Attributes = { readonly [name: string]: string | boolean | number | (() => void) | ((event: Event) => void) };
type Child = Node | string | null | false;

/** `on…` members become listeners, true an empty attribute, false none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else if (value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== false));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function icon(path: string, className = 'icon'): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  gate: 'M3 17V8.5a7 7 0 0 1 14 0V17M10 17V9.5M3 17h14',
  key: 'M11.5 11.5 4 19M6.5 16.5l2 2M14 10.5a4.2 4.2 0 1 0 0-8.4 4.2 4.2 0 0 0 0 8.4Z',
  check: 'm4 10.5 4 4 8-9',
  clock: 'M10 5.5V10l3 2M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z',
  cross: 'm5 5 10 10M15 5 5 15',
  stop: 'M6.5 2h7L18 6.5v7L13.5 18h-7L2 13.5v-7ZM10 6v5M10 14h.01',
} as const;

/** An id for labels inside one shadow root. */
let last = 0;
export const freshId = (): string => {
  last += 1;
  return `sp${last}`;
};
