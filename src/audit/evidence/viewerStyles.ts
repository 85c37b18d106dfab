// How the viewer looks: quiet, the reader's own fonts, light and dark, and a form for paper where everything is open.
export const VIEWER_STYLES = `
:root{color-scheme:light dark;--text:#1c2430;--soft:#515c6b;--line:#d5dbe3;--page:#fff;--card:#f5f7fa;--act:#8a4b00;--refused:#b3261e;--agreed:#17663a;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--text:#e7ebf0;--soft:#aab4c0;--line:#38414d;--page:#14181d;--card:#1d232a;--act:#ffb866;--refused:#ff9d94;--agreed:#7bd6a0;--bad:#ff9d94}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
header,main,footer{max-width:54rem;margin:0 auto;padding:1rem 1.25rem}
header{padding-top:2rem}
.over,.when,footer{color:var(--soft);font-size:.875rem}
.over{margin:0}
h1{margin:.25rem 0 .5rem;font-size:1.6rem;line-height:1.25;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2rem 0 .75rem}
.note{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.25rem 1rem}
.note h2{margin-top:.75rem}
code,pre{font-family:ui-monospace,monospace;font-size:.875rem}
code{overflow-wrap:anywhere}
.story{list-style:none;margin:0;padding:0;border-left:2px solid var(--line)}
.story li{padding:.1rem 0 .75rem 1rem;border-left:4px solid transparent;margin-left:-3px;break-inside:avoid}
.story p{margin:.2rem 0;overflow-wrap:anywhere}
.act{border-left-color:var(--act)!important}.refused,.bad{border-left-color:var(--refused)!important}.agreed{border-left-color:var(--agreed)!important}
.mark{font-weight:600;font-size:.8125rem;border:1px solid currentColor;border-radius:4px;padding:0 .4em;margin-right:.2em}
.act .mark{color:var(--act)}.refused .mark,.bad .mark{color:var(--refused)}.agreed .mark{color:var(--agreed)}
dl{margin:.4rem 0;font-size:.9375rem}
dl div{display:grid;grid-template-columns:11rem 1fr;gap:.5rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:40rem){dl div{grid-template-columns:1fr;gap:0;margin-bottom:.3rem}}
summary{cursor:pointer}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.75rem;max-height:24rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
:focus-visible{outline:3px solid #2f6fed;outline-offset:2px}
@media print{:root{--text:#000;--soft:#333;--page:#fff;--card:#fff;--act:#000;--refused:#000;--agreed:#000}header,main,footer{max-width:none;padding:0}pre{max-height:none}details::details-content{content-visibility:visible;block-size:auto}a{color:inherit}}
`;
