// A report as one HTML page to print or to keep: no script, nothing from elsewhere, light and dark, charts as SVG with the same
// numbers in a table. Every text in it is somebody's and is escaped.
import type { Activity, Approvals, By, Column, Filter } from './queries.ts';

type Cell = string | number;
type Table = {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
};

const escaped = (text: Cell): string =>
  String(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const iso = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
const day = (at: number): string => iso(at).slice(0, 10);
const HEAD: { readonly [by in By]: string } = { person: 'Person', device: 'Device', action: 'Action' };

/** ms -> "2 min"; null: nobody has answered */
export function spanWords(ms: number | null): string {
  if (ms === null) return 'no answers';
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

export function activityPage(filter: Filter, by: By, report: Activity, made: number): string {
  const { sums, rows, more } = report;
  return page(
    `What was done, by ${by}`,
    filter,
    made,
    `${figures([
      ['Acts', sums.acts],
      ['Destructive', sums.destructive],
      ['Failed', sums.failed],
      ['Refused', sums.refused],
      ['Devices', sums.devices],
      ['People', sums.people],
    ])}
    ${chart('Acts and refusals over time', ['Acts', 'Refused'], report.columns)}
    ${table({
      caption: more > 0 ? `The first ${rows.length}; ${more} more are left out` : `All ${rows.length}`,
      head: [HEAD[by], 'Acts', 'Destructive', 'Failed', 'Refused', 'Devices', 'Last'],
      rows: rows.map((row) => [
        row.label,
        row.acts,
        row.destructive,
        row.failed,
        row.refused,
        row.devices,
        iso(row.lastAt),
      ]),
    })}`,
  );
}

export function approvalsPage(filter: Filter, report: Approvals, made: number): string {
  const { sums, speed, approvers, asks, more } = report;
  return page(
    'What was approved',
    filter,
    made,
    `${figures([
      ['Asked', sums.asked],
      ['Approved', sums.approved],
      ['By a rule', sums.automatic],
      ['Denied', sums.denied],
      ['Without answer', sums.lapsed],
      ['Half answered within', spanWords(speed.median)],
    ])}
    ${chart('Approved and denied over time', ['Approved', 'Denied'], report.columns)}
    ${table({
      caption: 'Who answered',
      head: ['Person', 'Approved', 'Denied', 'Half within'],
      rows: approvers.map(({ name, approved, denied, median }) => [name, approved, denied, spanWords(median)]),
    })}
    ${table({
      caption:
        more > 0 ? `The newest ${asks.length} requests; ${more} more are left out` : `All ${asks.length} requests`,
      head: ['Asked', 'Person', 'What', 'Reason', 'Answer', 'By', 'After'],
      rows: asks.map((ask) => [
        iso(ask.at),
        ask.name,
        ask.title,
        `${ask.reason}${ask.ticket === '' ? '' : ` (${ask.ticket})`}`,
        ask.answer,
        ask.automatic ? 'a rule' : ask.by.map(({ name }) => name).join(', '),
        ask.answeredAt === null ? '' : spanWords(ask.answeredAt - ask.at),
      ]),
    })}`,
  );
}

const figures = (list: readonly (readonly [string, Cell])[]): string =>
  `<dl>${list.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>`;

function table({ caption, head, rows }: Table): string {
  if (rows.length === 0) return `<p>${escaped(caption)}: nothing in this period.</p>`;
  const cell = (value: Cell): string => `<td${typeof value === 'number' ? ' class="n"' : ''}>${escaped(value)}</td>`;
  return `<table><caption>${escaped(caption)}</caption><thead><tr>${head.map((name) => `<th scope="col">${escaped(name)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody></table>`;
}

const WIDE = 720;
const HIGH = 150;

/** Two bars on each other for each column; the second also differs by its pattern, for those who see no colours. */
function chart(title: string, names: readonly [string, string], columns: readonly Column[]): string {
  const most = Math.max(1, ...columns.map(({ one, two }) => one + two));
  const step = WIDE / Math.max(1, columns.length);
  const bars = columns.map(({ from, one, two }, index) => {
    const height = (count: number): number => Math.round((count / most) * HIGH * 10) / 10;
    const x = Math.round(index * step * 10) / 10;
    const width = Math.max(1, Math.round((step - 2) * 10) / 10);
    const rect = (count: number, above: number, kind: string): string =>
      count === 0
        ? ''
        : `<rect class="${kind}" x="${x}" y="${HIGH - height(above) - height(count)}" width="${width}" height="${height(count)}"/>`;
    return `<g><title>${day(from)}: ${one} ${names[0].toLowerCase()}, ${two} ${names[1].toLowerCase()}</title>${rect(one, 0, 'one')}${rect(two, one, 'two')}</g>`;
  });
  const [first] = columns;
  const last = columns.at(-1);
  return `<figure><svg viewBox="0 -14 ${WIDE} ${HIGH + 32}" role="img" aria-label="${escaped(title)}">
<defs><pattern id="lines" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" class="back"/><rect width="2.5" height="5" class="line"/></pattern></defs>
<text x="0" y="-3">${most}</text><path class="axis" d="M0 ${HIGH}H${WIDE}"/>${bars.join('')}
<text x="0" y="${HIGH + 14}">${first ? day(first.from) : ''}</text><text x="${WIDE}" y="${HIGH + 14}" text-anchor="end">${last ? day(last.from) : ''}</text></svg>
<figcaption><span class="key one"></span>${escaped(names[0])} <span class="key two"></span>${escaped(names[1])}</figcaption></figure>`;
}

const STYLE = `:root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--line:#d0d7de;--one:#0b5cad;--two:#b35900;--paper:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#3d444d;--one:#6cb0f5;--two:#f0a355;--paper:#14181d}}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}p{color:var(--soft)}dl{display:flex;flex-wrap:wrap;gap:.5rem 2rem}dt{color:var(--soft)}dd{margin:0;font-size:1.4rem;font-variant-numeric:tabular-nums}
figure{margin:1.5rem 0}svg{width:100%;height:auto}text{fill:var(--soft);font-size:11px}.axis{stroke:var(--line)}rect.one{fill:var(--one)}rect.two{fill:url(#lines)}.back{fill:var(--paper)}.line{fill:var(--two)}
.key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .8em}.key.one{background:var(--one)}.key.two{background:repeating-linear-gradient(45deg,var(--two) 0 2px,var(--paper) 2px 4px)}
table{border-collapse:collapse;width:100%;margin:1.5rem 0}caption{text-align:left;color:var(--soft);padding:.3rem 0}th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}.n{font-variant-numeric:tabular-nums}
@media print{:root{--ink:#000;--soft:#333;--line:#999;--one:#0b5cad;--two:#b35900;--paper:#fff}body{max-width:none;margin:0;font-size:10pt}thead{display:table-header-group}tr,figure{break-inside:avoid}*{print-color-adjust:exact}}`;

function page(title: string, { from, to, person, console }: Filter, made: number, body: string): string {
  const only = [
    person === undefined ? '' : `person ${person}`,
    console === undefined ? '' : `console ${console}`,
  ].filter(Boolean);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<p>${iso(from)} to ${iso(to)}${only.length > 0 ? `, only ${escaped(only.join(', '))}` : ''}. Made ${iso(made)} from the audit journal. Times are UTC.</p>
${body}
</body></html>
`;
}
