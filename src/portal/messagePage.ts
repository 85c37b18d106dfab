// The few pages that the portal shows without its front end: sign-in failures and refused navigations. Our own sentences
// only, no script, one style with the response's nonce.
import type { ReasonText } from '../kernel/reasons.ts';

export type MessagePage = ReasonText & {
  readonly nonce: string;
  /** the id to quote */
  readonly request: string;
  readonly link: { readonly href: string; readonly text: string };
  /** seconds after which the browser tries the same address again; for what passes by itself */
  readonly retryAfter?: number;
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const STYLE = `:root{color-scheme:light dark;--bg:#f3f4f8;--card:#fff;--ink:#191c2b;--soft:#565c73;--line:#dfe2ec;--accent:#3b45b8}
@media (prefers-color-scheme:dark){:root{--bg:#10121b;--card:#191c29;--ink:#edeff8;--soft:#a6acc5;--line:#2c3045;--accent:#a3aaff}}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:20px;box-sizing:border-box;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:440px;width:100%;box-sizing:border-box;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:28px}
h1{font-size:22px;line-height:1.25;margin:0 0 8px}p{margin:0 0 18px;color:var(--soft)}
a{color:var(--accent);font-weight:600}a:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
small{display:block;margin-top:22px;color:var(--soft)}code{font:13px ui-monospace,monospace}`;

export function renderMessagePage(page: MessagePage): string {
  const refresh = page.retryAfter === undefined ? '' : `<meta http-equiv="refresh" content="${page.retryAfter}">`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${refresh}<title>${escapeHtml(page.title)} - Sallyport</title><link rel="icon" href="data:,"><style nonce="${page.nonce}">${STYLE}</style></head><body><main><h1>${escapeHtml(page.title)}</h1><p>${escapeHtml(page.next)}</p><a href="${escapeHtml(page.link.href)}">${escapeHtml(page.link.text)}</a><small>Request <code>${escapeHtml(page.request)}</code></small></main></body></html>`;
}
