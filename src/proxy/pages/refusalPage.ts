// What people see when a navigation or a form is refused: what, why, what to do, and the truth for the operator one click
// behind. Readable without script; with it, page.js puts the remedies in place of the words, and what was typed into a
// form stays in this page so that it can be sent again, byte for byte.
import { WHOLE_FLEET } from '../../kernel/action.ts';
import type { RefusalProblem } from '../../portal/contract/consolePages.ts';
import type { Problem } from '../../portal/contract/nouns.ts';
import { embeddedJson, escapeHtml, pageFrame, technicalDetails } from './html.ts';

export type RefusedForm = {
  /** the request target, path and query */
  readonly action: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
};

/** What the page reads of a problem; the problem JSON that scripts get has all of it. */
export type PageProblem = Pick<Problem, 'title' | 'status' | 'reason' | 'next' | 'request' | 'detail'> &
  Pick<
    RefusalProblem,
    | 'console'
    | 'targets'
    | 'devices'
    | 'remedies'
    | 'approvals'
    | 'whom'
    | 'sentences'
    | 'freesAt'
    | 'ask'
    | 'hold'
    | 'why'
    | 'portal'
  > & {
    readonly policies?: readonly string[] | undefined;
    readonly action?: { readonly name: string; readonly title: string; readonly effect: string } | undefined;
  };

type ReadonlyDeep<T> = T extends readonly (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T;

export type RefusalPage = {
  readonly problem: ReadonlyDeep<PageProblem>;
  /** a form post whose fields are all known */
  readonly form?: RefusedForm;
  /** the method of what was refused; with another than GET and no `form` (a file, say) it cannot be sent from here */
  readonly method?: string;
  /** base64url; the same as in `pagePolicy` */
  readonly nonce: string;
};

/** Reasons that pass by themselves: the page looks again every few seconds, when it was a page that was asked for. */
const PASSING: readonly string[] = [
  'upstream.failed',
  'upstream.timeout',
  'state.unavailable',
  'journal.unavailable',
  'recording.unavailable',
  'gateway.stopping',
];

export function renderRefusalPage({ problem, form, method = 'GET', nonce }: RefusalPage): string {
  // When nothing would help, what was wanted matters less than that it may not be.
  const forbidden = problem.reason === 'policy.forbidden';
  const title = forbidden ? problem.title : (problem.action?.title ?? problem.title);
  const read = method === 'GET' || method === 'HEAD';
  const sent = form ? 'form' : read ? 'page' : 'lost';
  const retry = read && PASSING.includes(problem.reason);
  const content = [
    `<h1>${escapeHtml(title)}</h1>`,
    forbidden && problem.action ? `<p class="effect">${escapeHtml(problem.action.title)}</p>` : '',
    !forbidden && problem.action?.effect ? `<p class="effect">${escapeHtml(problem.action.effect)}</p>` : '',
    !forbidden && problem.action ? `<p>${escapeHtml(problem.title)}.</p>` : '',
    forbidden && problem.detail ? `<p>${escapeHtml(problem.detail)}</p>` : '',
    problem.why ? `<p class="why"><b>Why:</b> ${escapeHtml(problem.why)}</p>` : '',
    ...moreWords(problem).map((words) => `<p class="why">${escapeHtml(words)}</p>`),
    problem.next ? `<p class="said">${escapeHtml(problem.next)}</p>` : '',
    retry ? '<p class="why">This page looks again by itself.</p>' : '',
    sent === 'lost' ? '<p class="why">What you sent is not kept here. Go back and send it again.</p>' : '',
    sentencesOf(problem.sentences ?? []),
    technicalDetails([
      ['Reason', problem.reason],
      ['Status', String(problem.status)],
      ['Action', problem.action?.name ?? ''],
      ['Policies', (problem.policies ?? []).join(', ')],
      ['Request', problem.request ?? ''],
    ]),
    `<div class="actions"><a class="button" href="/">Open the console</a>${wayOn(problem)}</div>`,
  ].join('');
  const hidden = (form?.fields ?? [])
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
  const again = form
    ? `<form id="again" method="post" accept-charset="utf-8" action="${escapeHtml(ownPath(form.action))}">${hidden}</form>`
    : '';
  const data = embeddedJson({ problem, sent, retry });
  const script = `<script type="application/json" id="sallyport-refused">${data}</script><script src="/.sallyport/page.js" nonce="${escapeHtml(nonce)}"></script>`;
  return pageFrame({ title, nonce, place: problem.console?.name ?? 'Sallyport', content, after: again + script });
}

/** Whom it goes to, and when it is free again: what the reason's own words cannot know. */
function moreWords({ whom, approvals, remedies, devices, freesAt, ask }: RefusalPage['problem']): string[] {
  const words: string[] = [];
  if (devices !== undefined && devices > 1) words.push(`It would reach ${inDevices(devices)}.`);
  if (whom !== undefined) words.push(`It goes to ${whom}.`);
  else if (remedies?.includes('approval') && approvals !== undefined)
    words.push('Nobody can be asked for this: no approval rule names who could sign. Tell your operator.');
  if (freesAt !== undefined)
    words.push(`Enough is free again at ${new Date(freesAt).toISOString().slice(0, 16).replace('T', ' ')} UTC.`);
  if (ask !== undefined) words.push(`Until then, ask ${ask}.`);
  return words;
}

const inDevices = (count: number): string =>
  count >= WHOLE_FLEET ? 'as many devices as there are' : `${count.toLocaleString('en-US')} devices`;

function sentencesOf(sentences: readonly string[]): string {
  if (sentences.length === 0) return '';
  const list = sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join('');
  return `<details><summary>How this was decided</summary>${list}</details>`;
}

/** A plain link for when the page's script does not run: the portal shows the same request and asks for the passkey. */
function wayOn({ hold, portal }: RefusalPage['problem']): string {
  if (hold === undefined || portal === undefined || !/^https?:\/\/[^/]+$/i.test(portal)) return '';
  const href = escapeHtml(`${portal}/sign/${encodeURIComponent(hold)}`);
  return `<a class="button primary" href="${href}" target="_blank" rel="noopener">Show it in the portal</a>`;
}

/** `//host` would leave this origin. */
const ownPath = (target: string): string => (/^\/(?![/\\])/.test(target) ? target : '/');
