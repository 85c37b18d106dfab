// Which refusals come before the person, one at a time, and which the page settles by itself. Background work of a page
// must not raise an overlay again and again: what the person closed stays closed until they act.
import type { Gateway } from '../gateway.ts';
import type { Attempt } from '../intercept/attempt.ts';
import type { Remedy } from '../refused.ts';
import { createPanel } from '../view/panel.ts';
import type { Stage } from '../view/stage.ts';
import { isSessionEnd, titleOf } from '../words.ts';
import { createAskedList } from './asked.ts';
import { popUp } from './popUp.ts';

type Turn = { readonly attempt: Attempt; readonly been: readonly Remedy[] };

export type Flow = {
  take(attempt: Attempt): void;
  restore(): void;
};

/** The person did something within the last seconds: what is refused now is most likely theirs. */
const acting = (): boolean => navigator.userActivation?.isActive ?? true;

const typing = (): boolean => {
  const active = document.activeElement;
  return active instanceof HTMLElement && (active.isContentEditable || active.matches('input,textarea,select'));
};

export function createFlow(stage: Stage, gateway: Gateway): Flow {
  const queue: Turn[] = [];
  const closed = new Set<string>();
  let busy = false;
  let sessionTold = false;

  const keyOf = (attempt: Attempt) => `${attempt.refused().reason} ${titleOf(attempt.refused())}`;

  function next(): void {
    if (busy) return;
    const turn = queue.shift();
    if (turn === undefined) return;
    busy = true;
    const { attempt } = turn;
    const panel = createPanel({
      attempt,
      gateway,
      popUp,
      been: turn.been,
      reload: () => location.reload(),
      done(end) {
        if (end.kind === 'closed') closed.add(keyOf(attempt));
        stage.close();
        if (end.kind === 'asked') asked.add(end.asked, attempt);
        busy = false;
        next();
      },
    });
    stage.open(panel.element, panel.titleId, panel.cancel);
    panel.focus();
  }

  const show = (attempt: Attempt): void => {
    queue.push({ attempt, been: [] });
    next();
  };

  const asked = createAskedList({
    gateway,
    show: stage.pills,
    goOn(attempt, { kind, id }, pressed) {
      const more = kind === 'grant' && attempt.refused().remedies.some((remedy) => remedy !== 'grant');
      // By itself only when a passkey still stands between and the person is not in the middle of something.
      if (!pressed && (!more || typing() || document.hidden || stage.isOpen())) return false;
      void attempt.again(kind === 'hold' ? id : null).then((refused) => {
        if (refused === null) return;
        queue.push({ attempt, been: kind === 'hold' ? [] : ['grant'] });
        next();
      });
      return true;
    },
  });

  return {
    take(attempt) {
      const refused = attempt.refused();
      if (isSessionEnd(refused.reason)) {
        attempt.giveUp();
        if (sessionTold) return;
        sessionTold = true;
        queue.unshift({ attempt, been: [] });
        return next();
      }
      if (refused.remedies.length === 0) {
        // Nothing to wait for: the page gets its answer now, the person the reason if it was them.
        attempt.giveUp();
        if (!acting() || busy || queue.length > 0) return;
      } else if (closed.has(keyOf(attempt)) && !acting()) return attempt.giveUp();
      const hold = refused.remedies.includes('approval') && attempt.repeatable ? asked.holdFor(titleOf(refused)) : null;
      if (hold === null) return show(attempt);
      // Approved on an earlier page of this tab: the same request again may be that very one. The gateway compares.
      void attempt.again(hold).then((other) => (other === null ? asked.used(hold) : show(attempt)));
    },
    restore: asked.restore,
  };
}
