// Recorded pages for the tests and the bench: events as the recorder writes them, made here.
export type Event = { type: number; data: unknown; timestamp: number };
type Node = { readonly [member: string]: unknown };

let ids = 1;
const nextId = (): number => {
  ids += 1;
  return ids;
};

export const text = (content: string, more: Node = {}): Node => ({
  type: 3,
  id: nextId(),
  textContent: content,
  ...more,
});
export const element = (
  tagName: string,
  attributes: Node = {},
  childNodes: readonly Node[] = [],
  more: Node = {},
): Node => ({
  ...{ type: 2, id: nextId(), tagName, attributes, childNodes },
  ...more,
});
/** A whole document. */
export const page = (body: readonly Node[], head: readonly Node[] = []): Node => ({
  ...{ type: 0, id: 1 },
  childNodes: [
    { type: 1, id: nextId(), name: 'html', publicId: '', systemId: '' },
    element('html', { lang: 'en' }, [element('head', {}, head), element('body', {}, body)]),
  ],
});

export const meta = (timestamp: number, width = 1024, height = 640): Event => ({
  type: 4,
  data: { href: 'https://mdm.example.com/devices', width, height },
  timestamp,
});
export const whole = (timestamp: number, node: Node): Event => ({
  type: 2,
  data: { node, initialOffset: { top: 0, left: 0 } },
  timestamp,
});
export const step = (timestamp: number, data: Node): Event => ({ type: 3, data, timestamp });
export const addNode = (timestamp: number, parentId: number, node: Node): Event =>
  step(timestamp, {
    source: 0,
    ...{ texts: [], attributes: [], removes: [] },
    adds: [{ parentId, nextId: null, node }],
  });
export const setText = (timestamp: number, id: number, value: string): Event =>
  step(timestamp, { source: 0, texts: [{ id, value }], attributes: [], removes: [], adds: [] });
export const click = (timestamp: number, id: number): Event =>
  step(timestamp, { source: 2, type: 2, id, x: 40, y: 40 });

/** A device console: a table of so many rows, and the ids of what changes. */
export function consolePage(rows: number): { node: Node; clock: number; body: number; button: number } {
  const clock = text('00:00:00');
  const button = element('button', { class: 'act' }, [text('Wipe')]);
  const body = element('tbody', {}, [
    ...Array.from({ length: rows }, (_, n) =>
      element('tr', { class: n % 2 === 0 ? 'even' : 'odd' }, [
        element('td', {}, [text(`d-${String(n).padStart(4, '0')}`)]),
        element('td', {}, [text(`iPad of person ${n}`)]),
        element('td', {}, [text(n % 3 === 0 ? 'Compliant' : 'Not compliant')]),
        element('td', {}, [element('a', { href: `https://mdm.example.com/devices/${n}` }, [text('Open')])]),
      ]),
    ),
  ]);
  const style = element('style', {}, [
    text('body{font:14px sans-serif}td{padding:4px;border:1px solid #ccc}', { isStyle: true }),
  ]);
  return {
    node: page(
      [
        element('h1', {}, [text('Devices')]),
        element('p', { id: 'clock' }, [clock]),
        button,
        element('table', {}, [body]),
      ],
      [style],
    ),
    ...{ clock: Number(clock.id), body: Number(body.id), button: Number(button.id) },
  };
}
