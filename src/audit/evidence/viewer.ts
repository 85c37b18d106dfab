// The archive for people: one page that stands alone, without scripts and without network, for the screen and for paper.
// Everything in it comes from recordings and events, so from people who may be hostile: it is text, never markup.
import { type About, aboutWords } from './about.ts';
import type { RecordedExchange } from './recorded.ts';
import type { Chosen } from './selection.ts';
import { textOf } from './selection.ts';
import { keyMark, type Step, storyOf } from './story.ts';
import { VIEWER_STYLES } from './viewerStyles.ts';

export type ViewerInput = {
  readonly about: About;
  readonly made: { readonly at: number; readonly by: string; readonly why: string; readonly version: string };
  readonly origin: string;
  readonly size: number;
  readonly chosen: Chosen;
  readonly recorded: ReadonlyMap<string, RecordedExchange>;
  readonly withheld: readonly {
    readonly session: string;
    readonly part: string;
    readonly chunk: number;
    readonly why: string;
  }[];
};

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Also what would turn text around or hide in it is shown as a mark. */
const esc = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�');

const utc = (at: number): string => {
  const iso = new Date(at).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
};

export function renderViewer(input: ViewerInput): string {
  const { about, made, origin, size, chosen, recorded, withheld } = input;
  const steps = storyOf(chosen);
  const title = aboutWords(about);
  const acts = steps.filter(({ tone }) => tone === 'act').length;
  const refused = steps.filter(({ mark }) => mark === 'Refused').length;
  const agreed = steps.filter(({ tone }) => tone === 'agreed').length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Evidence: ${esc(title)}</title>
<style>${VIEWER_STYLES}</style>
</head>
<body>
<header>
<p class="over">Evidence from ${esc(origin)}</p>
<h1>${esc(title)}</h1>
<p>Exported ${utc(made.at)} by ${esc(made.by)}. ${made.why === '' ? '' : `Reason: ${esc(made.why)}`}</p>
<p>${count(acts, 'act')}, ${count(refused, 'refusal')}, ${count(agreed, 'signature')}; ${chosen.entries.length} of the ${size} entries of the ledger.</p>
</header>
<main>
<section class="note" aria-labelledby="check"><h2 id="check">This page is for reading</h2>
<p>The proof is in the files beside it. To check them, with the key of the ledger from somebody you trust:</p>
<p><code>sallyport evidence verify &lt;archive&gt; --key &lt;key of the ledger&gt;</code></p>
<p>It proves what is here. It does not prove that nothing else happened: for that, check the whole ledger.</p></section>
<section aria-labelledby="story"><h2 id="story">What happened</h2>
<ol class="story">
${steps.map((step) => stepHtml(step, recorded)).join('\n')}
</ol></section>
${keysHtml(chosen)}
${recordingsHtml(chosen, withheld)}
</main>
<footer><p>Sallyport ${esc(made.version)}. Times are of the gateway’s clock, in UTC.</p></footer>
</body>
</html>
`;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function stepHtml({ index, at, tone, mark, says, more, exchange }: Step, recorded: ViewerInput['recorded']): string {
  const rows = more.map(([name, value]) => `<div><dt>${esc(name)}</dt><dd>${esc(value)}</dd></div>`).join('');
  const bodies = tone === 'act' ? bodiesHtml(recorded.get(exchange)) : '';
  const badge = mark === '' ? '' : `<span class="mark">${esc(mark)}</span> `;
  return `<li class="${tone}"><p>${badge}${esc(says)}</p><p class="when">${utc(at)} · entry ${index}</p>${
    rows === '' ? '' : `<dl>${rows}</dl>`
  }${bodies}</li>`;
}

/** A region that scrolls can be reached with the keyboard. */
const textHtml = (name: string, text: string | null): string =>
  text === null || text === ''
    ? ''
    : `<details><summary>${name}</summary><pre tabindex="0" role="group" aria-label="${name}">${esc(text)}</pre></details>`;

const bodiesHtml = (exchange: RecordedExchange | undefined): string =>
  exchange === undefined
    ? ''
    : `${textHtml('What was sent', exchange.request)}${textHtml('What the console answered', exchange.answer)}`;

function keysHtml({ entries }: Chosen): string {
  const rows = entries
    .filter(({ told }) => told.kind === 'passkey.enrolled')
    .map(
      ({ at, told: { actor, actorName, facts } }) =>
        `<tr><td>${esc(actorName || actor)}</td><td>${esc(textOf(facts.name))}</td><td><code>${keyMark(textOf(facts.publicKey))}</code></td><td>${utc(at)}</td></tr>`,
    );
  if (rows.length === 0) return '';
  return `<section aria-labelledby="keys"><h2 id="keys">Passkeys</h2><div class="wide" tabindex="0" role="group" aria-labelledby="keys"><table>
<thead><tr><th scope="col">Person</th><th scope="col">Passkey</th><th scope="col">Key</th><th scope="col">Enrolled</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div></section>`;
}

function recordingsHtml({ chunks }: Chosen, withheld: ViewerInput['withheld']): string {
  if (chunks.length === 0) return '';
  const words: { readonly [why: string]: string } = {
    deleted: 'deleted when its time was over',
    gone: 'not to be had',
  };
  const name = (one: { session: string; part: string; chunk: number }): string =>
    `${one.session}/${one.part}/${one.chunk}`;
  const absent = new Map(withheld.map((one) => [name(one), words[one.why] ?? one.why]));
  const rows = chunks.map(
    (chunk) =>
      `<tr><td>${esc(chunk.session)}</td><td>${esc(chunk.part)}</td><td>${chunk.chunk}</td><td><code>${esc(chunk.sha256.slice(0, 16))}…</code></td><td>${esc(absent.get(name(chunk)) ?? 'here')}</td></tr>`,
  );
  return `<section aria-labelledby="recordings"><h2 id="recordings">Recordings</h2><div class="wide" tabindex="0" role="group" aria-labelledby="recordings"><table>
<thead><tr><th scope="col">Session</th><th scope="col">Part</th><th scope="col">Chunk</th><th scope="col">SHA-256</th><th scope="col">File</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div></section>`;
}
