// The script of the refusal page: the same panel as in the overlay, for a navigation or a form that was refused. The
// form's fields are in the page; sending it again means submitting the same form, with a signed hold in a short-lived cookie.
import type { AskedFor } from './flow/asked.ts';
import { popUp } from './flow/popUp.ts';
import { type Standing, standingOfGrant, standingOfHold } from './flow/standing.ts';
import { createGateway } from './gateway.ts';
import type { Attempt } from './intercept/attempt.ts';
import { type Remedy, readRefused } from './refused.ts';
import { h, ICONS, icon } from './view/dom.ts';
import { createPanel } from './view/panel.ts';
import { pageSheets } from './view/styles.ts';

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
        if (end.kind === 'asked') wait(end.asked);
        else if (end.kind === 'closed') history.length > 1 ? history.back() : location.assign('/');
      },
    });
    main.replaceChildren(panel.element);
    panel.focus();
  }

  /** Waits for what was asked for; a form stays in this page, so that it can be sent as it was filled in. */
  function wait({ kind, id, title }: AskedFor): void {
    let stop = () => {};
    const askedAt = Date.now();
    const box = h('div', { class: 'panel' });
    const leave = () => (history.length > 1 ? history.back() : location.assign('/'));
    const back = h('button', { type: 'button', onclick: leave }, 'Go back');
    const show = (mark: Element, what: string, more: string, ...actions: HTMLElement[]) =>
      box.replaceChildren(
        h('div', { class: 'brand' }, icon(ICONS.gate), refused.console?.name ?? 'Sallyport'),
        h('h1', { tabindex: '-1' }, title),
        h('p', { class: 'said', role: 'status' }, mark, h('span', {}, what)),
        h('p', { class: 'why' }, more),
        h('div', { class: 'actions' }, ...actions),
      );
    const look = ({ step, what }: Standing) => {
      if (step === 'waiting') {
        const keep =
          sent === 'lost'
            ? 'You can leave this page and send it again once it is approved.'
            : 'Leave this page open: what you filled in is kept here.';
        return show(h('i', { class: 'dots' }), what, keep);
      }
      stop();
      if (step === 'over') return show(icon(ICONS.stop), `${what}.`, '', back);
      if (sent === 'lost') return show(icon(ICONS.check), `${what}.`, 'Go back and send it again.', back);
      const again = () => void attempt.again(kind === 'hold' ? id : null);
      const go = h('button', { type: 'button', class: 'primary', onclick: again }, 'Continue');
      show(icon(ICONS.check), `${what}.`, '', go);
      go.focus();
    };
    const read = async (): Promise<void> => {
      if (kind === 'grant') {
        const grant = await gateway.grant(id);
        if (grant !== null) look(standingOfGrant(grant, Date.now()));
      } else {
        const hold = await gateway.hold(id);
        if (hold !== null) look(standingOfHold(hold, askedAt, Date.now()));
      }
    };
    main.replaceChildren(box);
    look({ step: 'waiting', denied: false, what: 'Waiting for approval' });
    stop = gateway.watch(() => void read());
    void read();
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
