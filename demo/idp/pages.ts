// The pages that people see at the demo IdP. No script at all; one style block with a nonce.

import { randomBytes } from 'node:crypto';
import { DEMO_PEOPLE, type DemoPerson } from '../people.ts';

export interface IdpPage {
  readonly html: string;
  /** The Content-Security-Policy that goes with it. */
  readonly policy: string;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const STYLE = `
:root{color-scheme:light dark;--bg:#eef0f6;--glow:#dfe3ff;--card:#fff;--ink:#171a2b;--soft:#5a6078;--line:#dfe2ec;--hover:#f5f6fc;--accent:#4650c8}
@media (prefers-color-scheme:dark){:root{--bg:#0e1019;--glow:#1b1e3a;--card:#171a28;--ink:#eceef8;--soft:#a2a8c3;--line:#2a2e43;--hover:#1f2336;--accent:#98a0ff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px 14px;background:radial-gradient(60rem 34rem at 50% -6rem,var(--glow),transparent) var(--bg);color:var(--ink);font:16px/1.5 Inter,"Segoe UI",system-ui,-apple-system,"Noto Sans",sans-serif}
main{width:100%;max-width:440px;background:var(--card);border:1px solid var(--line);border-radius:18px;padding:30px 28px 22px;box-shadow:0 24px 60px -30px rgb(16 20 60/.35)}
.brand{display:flex;align-items:center;gap:10px;font-weight:650;font-size:15px}
.brand svg{width:28px;height:28px}
.tag{margin-left:auto;font-size:12px;font-weight:600;color:var(--accent);border:1px solid currentColor;border-radius:99px;padding:1px 10px}
h1{font-size:26px;line-height:1.2;letter-spacing:-.02em;margin:26px 0 4px}
p{margin:0;color:var(--soft);font-size:15px}
ul{list-style:none;margin:22px 0 0;padding:0;display:grid;gap:8px}
button{font:inherit;color:inherit;cursor:pointer;border-radius:12px}
.person{width:100%;display:grid;grid-template-columns:42px 1fr auto;gap:2px 13px;align-items:center;text-align:left;padding:11px 14px;background:transparent;border:1px solid var(--line);transition:background .12s,border-color .12s,transform .12s}
.person:hover{background:var(--hover);border-color:var(--accent)}
.person:active{transform:scale(.99)}
button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.person i{font-style:normal;width:42px;height:42px;border-radius:50%;display:grid;place-items:center;font-weight:650;color:#fff;grid-row:span 2}
.a0{background:#4650c8}.a1{background:#0b7a66}.a2{background:#a34a0a}.a3{background:#9a2f74}.a4{background:#565c70}
.person b{font-weight:620;line-height:1.3;grid-column:2}
.person small{color:var(--soft);font-size:13.5px;line-height:1.35;grid-column:2}
.person em{font-style:normal;font-size:12px;font-weight:600;color:var(--accent);grid-column:3;grid-row:1/span 2}
.person svg{grid-column:3;grid-row:1/span 2;width:18px;height:18px;color:var(--soft)}
footer{margin-top:20px;padding-top:14px;border-top:1px solid var(--line);display:flex;gap:14px;justify-content:space-between;align-items:center;font-size:13px;color:var(--soft)}
.cancel{background:none;border:0;padding:6px 10px;color:var(--soft);text-decoration:underline;text-underline-offset:3px;font-size:14px}
code{font:13px ui-monospace,Menlo,Consolas,monospace}
@media (max-width:420px){main{padding:24px 18px 16px;border-radius:14px}h1{font-size:23px;margin-top:20px}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}`;

const LOGO = `<svg viewBox="0 0 28 28" aria-hidden="true"><rect width="28" height="28" rx="8" fill="#4650c8"/><path d="M7 20 14 7l7 13h-4l-3-6-3 6z" fill="#fff"/></svg>`;
const ARROW = `<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M4 10h12m-5-5 5 5-5 5"/></svg>`;

function page(title: string, content: string): IdpPage {
  const nonce = randomBytes(16).toString('base64');
  return {
    // No form-action: a sign-in ends in a redirect to another origin, and browsers apply form-action to redirects too.
    policy: `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; base-uri 'none'; frame-ancestors 'none'`,
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><style nonce="${nonce}">${STYLE}</style></head><body><main><div class="brand">${LOGO}<span>Acme Sign-in</span><span class="tag">demo</span></div>${content}</main></body></html>`,
  };
}

function personButton(person: DemoPerson, index: number, current: DemoPerson | undefined): string {
  const groups = person.groups.length === 0 ? 'no group' : person.groups.join(', ');
  const end = person === current ? '<em>last used</em>' : ARROW;
  return `<li><button class="person" name="person" value="${person.login}"><i class="a${index % 5}" aria-hidden="true">${person.name.charAt(0)}</i><b>${escapeHtml(person.name)}</b><small>${escapeHtml(person.about)}<br>${escapeHtml(groups)}</small>${end}</button></li>`;
}

/** The choice of people. `action` is the path the form posts to. */
export function renderSignInPage(action: string, current: DemoPerson | undefined): IdpPage {
  const people = DEMO_PEOPLE.map((person, index) => personButton(person, index, current)).join('');
  return page(
    'Acme Sign-in (demo)',
    `<h1>Who are you today?</h1><p>Choose a person to sign in. This is a demo, so there are no passwords.</p><form method="post" action="${escapeHtml(action)}"><ul>${people}</ul><footer><span>Runs on this machine only</span><button class="cancel" name="cancel" value="1">Cancel</button></footer></form>`,
  );
}

export function renderErrorPage(title: string, description: string): IdpPage {
  return page(`${title} - Acme Sign-in (demo)`, `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(description)}</p>`);
}
