// The frame of the few pages that the gateway itself shows on console origins. Every word from outside is escaped; the
// only script is ours, by address; styles carry the answer's nonce.

/** Also inside attribute values. Line breaks become references, because an HTML parser would change bare ones. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"'`\r\n]/g, (char) => `&#${char.charCodeAt(0)};`);

/** JSON inside a script element: nothing in it can end the element or begin a comment. */
export const embeddedJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The Content-Security-Policy of these pages. @param nonce base64url, new for each answer */
export const pagePolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--page:#eef0f6;--glow:#d6efed;--ink:#171a2b;--soft:#565c74;--line:#dcdfea;--quiet:#f4f5fb;--accent:#08716b;--accent-ink:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#171a28;--page:#0e1019;--glow:#123331;--ink:#eceef8;--soft:#a9afc8;--line:#32374f;--quiet:#1e2234;--accent:#4cb5ad;--accent-ink:#0d1115}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;grid-template-columns:minmax(0,1fr);place-items:center;padding:24px 12px;background:radial-gradient(60rem 34rem at 50% -6rem,var(--glow),transparent) var(--page);color:var(--ink);font:15px/1.5 Inter,"Segoe UI",system-ui,-apple-system,"Noto Sans",sans-serif}
main{width:100%;max-width:520px;background:var(--bg);border:1px solid var(--line);border-radius:18px;padding:26px 28px 24px;box-shadow:0 24px 60px -30px rgb(16 20 60/.35);display:grid;gap:14px}
main>*{min-width:0}
.brand{display:flex;align-items:center;gap:8px;font-size:13px;font-weight:600;color:var(--soft)}
.brand svg{width:18px;height:18px;fill:none;stroke:var(--accent);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
h1{margin:0;font-size:22px;line-height:1.25;font-weight:660;letter-spacing:-.015em;overflow-wrap:anywhere}
p{margin:0}
.effect{color:var(--soft)}
.why{color:var(--soft);font-size:14px}.why b{color:var(--ink);font-weight:600}
.said{padding:11px 14px;border-radius:12px;background:var(--quiet)}
.actions{display:flex;flex-wrap:wrap;justify-content:flex-end;gap:10px}
.button{font-weight:600;min-height:44px;padding:9px 18px;border-radius:11px;border:1px solid var(--line);color:var(--ink);text-decoration:none;display:inline-flex;align-items:center}
.button.primary{background:var(--accent);border-color:var(--accent);color:var(--accent-ink)}
.button:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
details{font-size:13.5px;color:var(--soft)}summary{cursor:pointer;width:fit-content}
dl{display:grid;grid-template-columns:auto 1fr;gap:3px 14px;margin:8px 0 0}
dd{margin:0;color:var(--ink);font:12.5px/1.6 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
@media (max-width:460px){main{padding:20px 16px 18px;border-radius:14px}}`;

const MARK =
  '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M3 17V8.5a7 7 0 0 1 14 0V17M10 17V9.5M3 17h14"/></svg>';

export type Frame = {
  readonly title: string;
  readonly nonce: string;
  /** the console's name */
  readonly place: string;
  /** HTML, already escaped */
  readonly content: string;
  /** HTML after the card: data and script */
  readonly after?: string;
};

export function pageFrame({ title, nonce, place, content, after = '' }: Frame): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><style nonce="${escapeHtml(nonce)}">${STYLE}</style></head><body><main><div class="brand">${MARK}<span>${escapeHtml(place)}</span></div>${content}</main>${after}</body></html>`;
}

/** A closed disclosure with the facts to quote; empty ones are left out. */
export function technicalDetails(rows: readonly (readonly [name: string, value: string])[]): string {
  const known = rows.filter(([, value]) => value !== '');
  if (known.length === 0) return '';
  const list = known.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('');
  return `<details><summary>Technical details</summary><dl>${list}</dl></details>`;
}
