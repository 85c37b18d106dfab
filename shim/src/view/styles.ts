// The look of overlay, status line and refusal page: one accent, light and dark. Applied as a constructed style sheet,
// which a page's style-src does not govern, so the console's policy needs no exception.

const THEME = `
--bg:#fff;--ink:#171a2b;--soft:#565c74;--line:#dcdfea;--field:#fff;--quiet:#f4f5fb;--accent:#08716b;--accent-ink:#fff;--accent-over:#075c57;--ok:#0b6e4f;--bad:#b3261e;--bad-soft:#fdeceb;--warn:#8a4b00;--warn-soft:#fff3df;--shade:rgb(16 20 50/.48);
`;
const TEXT = `color-scheme:light dark;color:var(--ink);font:15px/1.5 Inter,"Segoe UI",system-ui,-apple-system,"Noto Sans",sans-serif;-webkit-font-smoothing:antialiased;text-align:start;letter-spacing:normal`;
const DARK = `--bg:#171a28;--ink:#eceef8;--soft:#a9afc8;--line:#32374f;--field:#10131e;--quiet:#1e2234;--accent:#4cb5ad;--accent-ink:#0d1115;--accent-over:#74c6c0;--ok:#5fd3a8;--bad:#ff9d94;--bad-soft:#3a1d22;--warn:#ffc87a;--warn-soft:#35281a;--shade:rgb(4 6 16/.66)`;

const PANEL = `
*,*::before,*::after{box-sizing:border-box}
.panel{display:grid;gap:14px;min-width:0}
.panel>*{min-width:0}
.brand{display:flex;align-items:center;gap:8px;font-size:13px;font-weight:600;color:var(--soft)}
.icon{width:18px;height:18px;flex:none;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.brand .icon{color:var(--accent)}
.risk{margin-inline-start:auto;display:inline-flex;align-items:center;gap:6px;padding:2px 10px;border-radius:99px;font-size:12.5px;color:var(--soft);background:var(--quiet)}
.risk::before{content:"";width:8px;height:8px;background:currentColor;border-radius:50%}
.risk.high{color:var(--warn);background:var(--warn-soft)}.risk.high::before{border-radius:1px;transform:rotate(45deg)}
.risk.destructive{color:var(--bad);background:var(--bad-soft)}.risk.destructive::before{border-radius:0;clip-path:polygon(50% 0,100% 100%,0 100%)}
h1{margin:0;font-size:21px;line-height:1.25;font-weight:660;letter-spacing:-.015em;overflow-wrap:anywhere;outline:0}
p{margin:0}
.effect{color:var(--soft);margin-top:-8px}
.needs{margin:0;padding:0;list-style:none;border:1px solid var(--line);border-radius:12px;overflow:hidden}
.needs li{display:flex;align-items:center;gap:10px;padding:9px 14px}
.needs li+li{border-top:1px solid var(--line)}
.needs b{font-weight:560}
.needs span{margin-inline-start:auto;font-size:13px;color:var(--soft);white-space:nowrap}
.needs i{flex:none;width:18px;height:18px;border:1.8px solid var(--soft);border-radius:50%;display:grid;place-items:center}
.needs .now i{border-color:var(--accent);border-width:5px}
.needs .done i{border-color:var(--ok);background:var(--ok);color:var(--bg)}
.needs .done i .icon{width:12px;height:12px;stroke-width:3}
.needs .done span{color:var(--ok)}
.why{color:var(--soft);font-size:14px}
.why b{color:var(--ink);font-weight:600}
.step{display:grid;gap:12px}
.row{display:grid;grid-template-columns:1fr 1fr;gap:12px}
label{display:grid;gap:5px;font-size:13.5px;font-weight:600;min-width:0}
label small{font-weight:400;font-size:13px;color:var(--soft)}
input,select{font:inherit;font-weight:400;font-size:16px;color:var(--ink);background:var(--field);border:1px solid color-mix(in srgb,var(--soft) 70%,transparent);border-radius:10px;padding:9px 12px;width:100%;min-height:44px;margin:0}
input[aria-invalid=true]{border-color:var(--bad)}
.error{color:var(--bad);font-size:14px}
.error:empty,.why:empty,.actions:empty{display:none}
.said{display:flex;gap:10px;align-items:flex-start;padding:11px 14px;border-radius:12px;background:var(--quiet)}
.said .icon{margin-top:2px}
.said a,.link{color:var(--accent);text-underline-offset:3px}
.dots{flex:none;width:18px;height:18px;margin-top:2px;border-radius:50%;border:2.5px solid var(--line);border-top-color:var(--accent);animation:turn 1s linear infinite}
@keyframes turn{to{transform:rotate(1turn)}}
details{font-size:13.5px;color:var(--soft)}
summary{cursor:pointer;border-radius:6px;width:fit-content}
.sentences{margin:8px 0 0;padding-inline-start:18px;color:var(--ink)}
.ids{margin:8px 0 0;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:6px;max-height:132px;overflow:auto}
.ids li{font:12.5px/1.5 ui-monospace,Menlo,Consolas,monospace;color:var(--ink);background:var(--quiet);border-radius:6px;padding:1px 8px;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:auto 1fr;gap:3px 14px;margin:8px 0 0}
dd{margin:0;color:var(--ink);font:12.5px/1.6 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.actions{display:flex;flex-wrap:wrap;justify-content:flex-end;gap:10px;margin-top:2px}
button,.button{font:inherit;font-weight:600;cursor:pointer;min-height:44px;padding:9px 18px;border-radius:11px;border:1px solid var(--line);background:transparent;color:var(--ink);text-decoration:none;display:inline-flex;align-items:center;justify-content:center;gap:8px}
button:hover,.button:hover{background:var(--quiet)}
.primary,.primary:hover{background:var(--accent);border-color:var(--accent);color:var(--accent-ink)}
.primary:hover{background:var(--accent-over);border-color:var(--accent-over)}
button:disabled{opacity:.55;cursor:default}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:460px){.actions>*{flex:1 1 auto}}
@media (prefers-reduced-motion:reduce){*,*::before,*::after{animation:none!important;transition:none!important}}`;

const OVERLAY = `
:host{all:initial!important;${THEME}position:static!important;display:block!important}
@media (prefers-color-scheme:dark){:host{${DARK}}}
dialog,.pills{${TEXT}}
dialog{width:min(500px,calc(100vw - 24px));max-width:none;max-height:calc(100dvh - 24px);overflow:auto;padding:22px 24px 20px;border:1px solid var(--line);border-radius:18px;background:var(--bg);color:var(--ink);box-shadow:0 32px 80px -24px rgb(10 12 40/.55);overscroll-behavior:contain}
dialog .actions{position:sticky;bottom:-20px;margin:-4px 0 -20px;padding:8px 0 20px;background:var(--bg)}
dialog::backdrop{background:var(--shade)}
dialog[open]{animation:rise .16s ease-out}
@keyframes rise{from{opacity:0;transform:translateY(8px)}}
.pills{position:fixed;inset:auto 16px 16px auto;margin:0;padding:0;border:0;background:transparent;color:var(--ink);overflow:visible;display:grid;gap:10px;width:min(400px,calc(100vw - 32px));z-index:2147483647}
.pills:empty{display:none}
.pill{display:grid;grid-template-columns:auto 1fr auto;gap:3px 11px;align-items:center;padding:10px 10px 10px 16px;border:1px solid var(--line);border-radius:16px;background:var(--bg);box-shadow:0 18px 44px -18px rgb(10 12 40/.5);font-size:14px}
.pill b{font-weight:620;overflow-wrap:anywhere}
.pill small{grid-column:2/4;font-size:13px;color:var(--soft);overflow-wrap:anywhere;padding-inline-end:6px;margin-top:-3px}
.pill .dots{margin-top:0}
.pill.good>.icon{color:var(--ok)}.pill.bad>.icon{color:var(--bad)}
.pill .actions{grid-column:2/4;justify-content:flex-start;margin:5px 0 3px}
.pill .actions:empty{display:none}
.pill button{min-height:38px;padding:5px 14px}
.note{justify-self:end;max-width:100%;padding:3px 11px;border:1px solid var(--line);border-radius:99px;background:var(--bg);color:var(--soft);font-size:12.5px}
.pill .close{padding:5px;min-width:38px;border-color:transparent;color:var(--soft)}
@media (max-width:460px){dialog{padding:18px 16px 20px}.pills{inset:auto 12px 12px 12px;width:auto}}`;

const PAGE = `
:root{${THEME}${TEXT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}`;

const sheet = (css: string): CSSStyleSheet => {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
};

export const overlaySheets = (): CSSStyleSheet[] => [sheet(PANEL), sheet(OVERLAY)];
export const pageSheets = (): CSSStyleSheet[] => [sheet(PAGE + PANEL)];
