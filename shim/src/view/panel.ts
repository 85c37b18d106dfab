// One refusal from "no" to the answer: shows what is needed, runs one remedy after the other, sends the request again,
// and goes on with the next refusal in the same place. Used by the overlay and by the refusal page.
import type { AskedFor } from '../flow/asked.ts';
import type { Gateway } from '../gateway.ts';
import type { Attempt } from '../intercept/attempt.ts';
import type { Refused, Remedy } from '../refused.ts';
import { isSessionEnd, ORDER, titleOf } from '../words.ts';
import { type AskForm, createAskForm } from './askForm.ts';
import { freshId, h, ICONS, icon } from './dom.ts';
import { brandLine, effectLine, heading, needList, targetList, technicalDetails, waitLine, whyLine } from './parts.ts';

export type PanelEnd =
  /** the page has its answer */
  | { readonly kind: 'sent' }
  /** the person closed it */
  | { readonly kind: 'closed' }
  /** other people were asked: waiting goes on elsewhere */
  | { readonly kind: 'asked'; readonly asked: AskedFor };

export type PanelDeps = {
  readonly attempt: Attempt;
  readonly gateway: Gateway;
  /** Opens the portal's pop-up. False: the browser blocked it. */
  readonly popUp: (url: string) => boolean;
  readonly reload: () => void;
  readonly done: (end: PanelEnd) => void;
  /** what the person has been through before this panel opened */
  readonly been?: readonly Remedy[];
  /** the word on the button that ends it without a remedy */
  readonly closeWord?: string;
};

export type Panel = {
  readonly element: HTMLElement;
  readonly titleId: string;
  /** Ends it as the Cancel button does. */
  cancel(): void;
  focus(): void;
};

/** As the portal's contract says: every target, and acts that name none. */
const ANYTHING = { kind: 'any', id: '*' };
const AGAIN = 'Done. Do it again in the console.';

export function createPanel({
  attempt,
  gateway,
  popUp,
  reload,
  done,
  been = [],
  closeWord = 'Close',
}: PanelDeps): Panel {
  const titleId = freshId();
  const element = h('div', { class: 'panel' });
  const through = new Set<Remedy>(been);
  let stopWatching = () => {};
  let ended = false;
  /** a refused message can be sent anew now */
  let ready = false;
  let focusFirst = () => {};

  const end = (how: PanelEnd) => {
    if (ended) return;
    ended = true;
    stopWatching();
    done(how);
  };
  const cancel = () => {
    // What was signed for the next try must not be taken back by closing the window.
    if (ready) return end({ kind: 'sent' });
    const hold = attempt.refused().hold;
    if (hold !== null && !ended) gateway.cancelHold(hold);
    attempt.giveUp();
    end({ kind: 'closed' });
  };
  const cancelButton = (word: string) => h('button', { type: 'button', onclick: cancel }, word);

  function show(step: HTMLElement | null, actions: readonly HTMLElement[], focus: HTMLElement | undefined): void {
    const refused = attempt.refused();
    element.replaceChildren(
      ...[
        brandLine(refused),
        heading(refused, titleId),
        effectLine(refused),
        needList(refused, through),
        whyLine(refused),
        waitLine(refused),
        step,
        targetList(refused),
        technicalDetails(refused),
        h('div', { class: 'actions' }, ...actions),
      ].filter((part): part is HTMLElement => part !== null),
    );
    focusFirst = () => (focus ?? element.querySelector<HTMLElement>('h1'))?.focus();
    if (element.isConnected) focusFirst();
  }

  /** A sentence and the way out; `primary` is offered beside it. */
  function say(what: string, primary?: HTMLElement): void {
    const close = cancelButton(primary ? 'Cancel' : closeWord);
    const sentence = h('p', { class: 'said', role: 'status' }, icon(ICONS.stop), h('span', {}, what));
    show(what === '' ? null : sentence, primary ? [close, primary] : [close], primary ?? close);
  }

  function waitHere(what: string, link: { url: string; word: string } | null): void {
    const close = cancelButton('Cancel');
    const text = h('span', {}, what);
    if (link) text.append(' ', h('a', { href: link.url, target: '_blank', rel: 'noopener' }, link.word));
    show(h('p', { class: 'said', role: 'status' }, h('i', { class: 'dots' }), text), [close], close);
  }

  /** What was in the way is not any more; the console's own button sends the message. */
  function finished(): void {
    ready = true;
    const close = h('button', { type: 'button', class: 'primary', onclick: () => end({ kind: 'sent' }) }, 'Close');
    const sentence = h('p', { class: 'said', role: 'status' }, icon(ICONS.check), h('span', {}, AGAIN));
    show(sentence, [close], close);
  }

  async function send(hold: string | null): Promise<void> {
    stopWatching();
    if (!attempt.waiting()) return say('The page stopped waiting. Close this and do it again.');
    if (attempt.byMessage) return finished();
    if (!attempt.repeatable) return say('The page has to send this anew. Close this and do it again.');
    waitHere('Sending your request …', null);
    const next = await attempt.again(hold);
    if (ended) return;
    if (next === null) return end({ kind: 'sent' });
    step(next);
  }
  const tryAgain = () => h('button', { type: 'button', class: 'primary', onclick: () => void send(null) }, 'Try again');

  /** Reads `look` whenever something changed, until it says that it is over. */
  function watch(look: () => Promise<boolean>): void {
    stopWatching();
    let over = false;
    const check = async () => {
      if (!over && !ended && (await look())) stopWatching();
    };
    const stop = gateway.watch(() => void check());
    stopWatching = () => {
      over = true;
      stop();
    };
    void check();
  }

  function ceremony(word: string, url: string, what: string, ready: () => void): void {
    const button = h(
      'button',
      {
        type: 'button',
        class: 'primary',
        onclick: () => {
          const opened = popUp(url);
          waitHere(opened ? what : 'Your browser blocked the window.', {
            url,
            word: opened ? 'Open it again' : 'Open it here',
          });
          ready();
        },
      },
      icon(ICONS.key),
      word,
    );
    const close = cancelButton('Cancel');
    show(null, [close, button], button);
  }

  function sign(refused: Refused, hold: string, portal: string): void {
    if (!attempt.repeatable && !attempt.byMessage) {
      say('What the page sent cannot be sent again, so it cannot be signed here.');
      return;
    }
    ceremony('Sign with passkey', `${portal}/sign/${encodeURIComponent(hold)}`, 'Sign in the window that opened.', () =>
      watch(async () => {
        const seen = await gateway.hold(hold);
        if (ended || attempt.refused() !== refused || seen === null) return ended;
        if (seen !== 'gone' && seen.state === 'ready') {
          through.add('stepup.bound');
          void send(hold);
        } else if (seen !== 'gone' && seen.state === 'waiting') {
          if (!seen.signed) return false;
          // Signed; others have been asked and will be waited for elsewhere.
          end({ kind: 'asked', asked: heldAs(refused, hold) });
        } else {
          const cancelled = seen !== 'gone' && seen.state === 'cancelled';
          say(cancelled ? 'The signature was cancelled.' : 'The time to sign has passed.', tryAgain());
        }
        return true;
      }),
    );
  }

  function stepUp(refused: Refused, portal: string): void {
    const before = gateway.me();
    const url = `${portal}/stepup?console=${encodeURIComponent(refused.console?.id ?? '')}`;
    ceremony('Use passkey', url, 'Use your passkey in the window that opened.', () =>
      watch(async () => {
        const [earlier, me] = await Promise.all([before, gateway.me()]);
        if (ended || me === null || attempt.refused() !== refused) return ended;
        if ((me.steppedUpAt ?? 0) <= (earlier?.steppedUpAt ?? 0)) return false;
        through.add('stepup.fresh');
        void send(null);
        return true;
      }),
    );
  }

  function showForm(form: AskForm): void {
    show(form.element, [cancelButton('Cancel'), form.submit], undefined);
    focusFirst = form.focus;
    if (element.isConnected) form.focus();
  }

  function ask(refused: Refused, console: string): void {
    // An act that names nothing needs access that names nothing either.
    const targets = refused.targets.length > 0 ? refused.targets.map(({ kind, id }) => ({ kind, id })) : [ANYTHING];
    showForm(
      createAskForm({
        refused,
        gateway,
        submitWord: 'Ask for access',
        timed: true,
        send: (words, minutes) => gateway.ask({ console, actions: refused.acts, targets, ...words, minutes }),
        asked: ({ id, title }) => end({ kind: 'asked', asked: { kind: 'grant', id, title } }),
      }),
    );
  }

  const heldAs = (refused: Refused, id: string): AskedFor => ({ kind: 'hold', id, title: titleOf(refused) });

  /** Others sign the very request: they are asked first, while the person signs. */
  function askOthers(refused: Refused, hold: string, portal: string): void {
    if (!attempt.repeatable && !attempt.byMessage) {
      say('What the page sent cannot be sent again, so it cannot be signed.');
      return;
    }
    showForm(
      createAskForm({
        refused,
        gateway,
        submitWord: 'Ask for approval',
        timed: false,
        send: (words) => gateway.askHold(hold, words),
        asked() {
          through.add('approval');
          if (refused.remedies.includes('stepup.bound')) sign(refused, hold, portal);
          else end({ kind: 'asked', asked: heldAs(refused, hold) });
        },
      }),
    );
  }

  function step(refused: Refused): void {
    const { reason, remedies, hold, portal } = refused;
    const remedy = ORDER.find((one) => remedies.includes(one));
    // What is asked for again was not enough the time before.
    for (const one of remedies) through.delete(one);
    const { action, console } = refused;
    if (isSessionEnd(reason)) {
      say(refused.next, h('button', { type: 'button', class: 'primary', onclick: reload }, 'Sign in again'));
    } else if (reason === 'recording.silent') {
      say(refused.next, h('button', { type: 'button', class: 'primary', onclick: reload }, 'Reload the page'));
    } else if (remedy === 'grant' && action && console) {
      ask(refused, console.id);
    } else if (remedy === 'approval' && hold !== null && portal !== null) {
      askOthers(refused, hold, portal);
    } else if (remedy === 'stepup.bound' && hold !== null && portal !== null) {
      sign(refused, hold, portal);
    } else if (remedy === 'stepup.fresh' && portal !== null) {
      stepUp(refused, portal);
    } else {
      const again = reason.startsWith('hold.') || remedy === 'stepup.bound';
      say(refused.next, again && attempt.waiting() && attempt.repeatable ? tryAgain() : undefined);
    }
  }

  attempt.onGone(() => {
    const { remedies } = attempt.refused();
    if (!ended && !remedies.includes('grant') && !through.has('approval'))
      say('The page stopped waiting. Close this and do it again.');
  });
  step(attempt.refused());
  return { element, titleId, cancel, focus: () => focusFirst() };
}
