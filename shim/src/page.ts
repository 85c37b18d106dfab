// The script of the refusal page: the same panel as in the overlay, for a navigation or a form that was refused. The
// form's fields are in the page; sending it again means submitting the same form, with a signed hold in a short-lived cookie.
import type { ShimGrant } from '../../src/portal/contract/consolePages.ts';
import { popUp } from './flow/popUp.ts';
import { createGateway } from './gateway.ts';
import type { Attempt } from './intercept/attempt.ts';
import { type Remedy, readRefused } from './refused.ts';
import { h, ICONS, icon } from './view/dom.ts';
import { createPanel } from './view/panel.ts';
import { pageSheets } from './view/styles.ts';
import { minutesInWords, since } from './words.ts';

/** Long enough for one more submit, short enough not to lie about. */
const HOLD_SECONDS = 60;
const RETRY_EVERY = 4000;

function start(data: HTMLElement, main: HTMLElement): void {
  const { problem, sent, retry } = JSON.parse(data.textContent ?? '') as {
    problem: unknown;
    sent: string;
    retry: boolean;
  };
  if (retry) {
    lookAgain();
    return;
  }
  const form = document.querySelector<HTMLFormElement>('form#again');
  const refused = readRefused(problem, '', 0);
  const gateway = createGateway(window.fetch);

  const attempt: Attempt = {
    refused: () => refused,
    repeatable: sent !== 'lost',
    waiting: () => true,
    onGone: () => {},
    again(hold) {
      if (hold !== null) {
        // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
        document.cookie = `__Host-sallyport-hold=${hold}; Path=/; Secure; SameSite=Strict; Max-Age=${HOLD_SECONDS}`;
      }
      // A field named "submit" would hide the form's own method.
      if (form) HTMLFormElement.prototype.submit.call(form);
      else location.reload();
      return new Promise(() => {});
    },
    giveUp: () => {},
  };

  function mount(been: readonly Remedy[]): void {
    const panel = createPanel({
      attempt,
      gateway,
      popUp,
      reload: () => location.reload(),
      been,
      closeWord: 'Go back',
      done(end) {
        if (end.kind === 'asked') wait(end.grant);
        else if (end.kind === 'closed') history.length > 1 ? history.back() : location.assign('/');
      },
    });
    main.replaceChildren(panel.element);
    panel.focus();
  }

  function wait(first: ShimGrant): void {
    let stop = () => {};
    const box = h('div', { class: 'panel' });
    const back = (word: string) =>
      h(
        'button',
        { type: 'button', onclick: () => (history.length > 1 ? history.back() : location.assign('/')) },
        word,
      );
    const show = (mark: Element, what: string, more: string, ...actions: HTMLElement[]) =>
      box.replaceChildren(
        h('div', { class: 'brand' }, icon(ICONS.gate), refused.console?.name ?? 'Sallyport'),
        h('h1', { tabindex: '-1' }, first.title),
        h('p', { class: 'said', role: 'status' }, mark, h('span', {}, what)),
        h('p', { class: 'why' }, more),
        h('div', { class: 'actions' }, ...actions),
      );
    const look = (grant: ShimGrant | 'gone' | null) => {
      if (grant === null) return;
      const by = grant === 'gone' ? '' : (grant.decidedBy?.name ?? 'Somebody');
      if (grant !== 'gone' && grant.state === 'asked') {
        const keep =
          sent === 'lost'
            ? 'You can leave this page and send it again once it is approved.'
            : 'Leave this page open: what you filled in is kept here.';
        return show(h('i', { class: 'dots' }), `Waiting for approval · ${since(grant.askedAt, Date.now())}`, keep);
      }
      stop();
      if (grant !== 'gone' && grant.state === 'active') {
        const what = `Approved by ${by}${grant.minutes === null ? '' : ` for ${minutesInWords(grant.minutes)}`}.`;
        if (sent === 'lost') return show(icon(ICONS.check), what, 'Go back and send it again.', back('Go back'));
        const go = h(
          'button',
          { type: 'button', class: 'primary', onclick: () => void attempt.again(null) },
          'Continue',
        );
        show(icon(ICONS.check), what, '', go);
        return go.focus();
      }
      const no =
        grant === 'gone'
          ? 'This request for access is no longer there.'
          : grant.state === 'denied'
            ? `${by} said no${grant.denyReason ? `: ${grant.denyReason}` : '.'}`
            : grant.state === 'lapsed'
              ? 'Nobody answered in time.'
              : 'This access has ended.';
      show(icon(ICONS.stop), no, '', back('Go back'));
    };
    main.replaceChildren(box);
    look(first);
    stop = gateway.watch(() => void gateway.grant(first.id).then(look));
  }

  document.adoptedStyleSheets = [...document.adoptedStyleSheets, ...pageSheets()];
  mount([]);
}

/** For what passes by itself: reloads as soon as the page is there again. */
function lookAgain(): void {
  setTimeout(async () => {
    const answer = await fetch(location.href, { method: 'HEAD', cache: 'no-store' }).catch(() => null);
    if (answer !== null && !answer.headers.has('X-Sallyport-Refused')) location.reload();
    else lookAgain();
  }, RETRY_EVERY);
}

const data = document.getElementById('sallyport-refused');
const main = document.querySelector('main');
if (data && main) start(data, main);
