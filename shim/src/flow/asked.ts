// What was asked for from this tab, access or approvals of one request: one status line each, until the person closes it.
// It outlives navigation by sessionStorage, which holds ids and plain titles and nothing else; both are taken as hostile
// input, because the page's scripts can write there.
import type { ShimGrant, ShimHold } from '../../../src/portal/contract/consolePages.ts';
import type { Gateway } from '../gateway.ts';
import type { Attempt } from '../intercept/attempt.ts';
import { ID } from '../refused.ts';
import { h, ICONS, icon } from '../view/dom.ts';
import { type AskedKind, type Standing, standingOfGrant, standingOfHold } from './standing.ts';

const KEY = 'sallyport.asked';
const MOST = 4;

export type AskedFor = { readonly kind: AskedKind; readonly id: string; readonly title: string };

type Line = AskedFor & {
  readonly askedAt: number;
  /** as last read; null: not yet */
  seen: ShimGrant | ShimHold | 'gone' | null;
  /** the page's request that waits for it; null: that page is gone */
  attempt: Attempt | null;
};

export type AskedList = {
  add(asked: AskedFor, attempt: Attempt): void;
  /** The hold that was asked for under this title and may still count: the same request made again may bring it. */
  holdFor(title: string): string | null;
  /** Its request went through: the line has nothing left to say. */
  used(hold: string): void;
  /** Takes up what an earlier page of this tab asked for. */
  restore(): void;
};

type Deps = {
  readonly gateway: Gateway;
  readonly show: (lines: readonly HTMLElement[]) => void;
  /** Goes on with the page's request. `pressed`: the person asked for it; else it happens only where it cannot surprise. */
  readonly goOn: (attempt: Attempt, asked: AskedFor, pressed: boolean) => boolean;
};

export function createAskedList({ gateway, show, goOn }: Deps): AskedList {
  const list: Line[] = [];
  let stop: (() => void) | null = null;
  let clock: ReturnType<typeof setInterval> | undefined;

  function store(): void {
    try {
      if (list.length === 0) sessionStorage.removeItem(KEY);
      else sessionStorage.setItem(KEY, JSON.stringify(list.map(({ kind, id, title }) => ({ kind, id, title }))));
    } catch {
      // Without storage the line ends with the page.
    }
  }

  const standing = ({ kind, seen, askedAt }: Line): Standing =>
    kind === 'grant'
      ? standingOfGrant(seen as ShimGrant | 'gone' | null, Date.now())
      : standingOfHold(seen as ShimHold | 'gone' | null, askedAt, Date.now());
  const alive = (one: Line): boolean => one.attempt?.waiting() === true && one.attempt.repeatable;

  function remove(one: Line, giveUp: boolean): void {
    list.splice(list.indexOf(one), 1);
    if (giveUp) {
      one.attempt?.giveUp();
      // Approvers need not look at what nobody waits for.
      if (one.kind === 'hold' && standing(one).step !== 'over') gateway.cancelHold(one.id);
    }
    store();
    refresh();
  }

  function lineOf(one: Line): HTMLElement {
    const { step, denied, what } = standing(one);
    const close = h(
      'button',
      { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => remove(one, true) },
      icon(ICONS.cross),
    );
    const actions = h('div', { class: 'actions' });
    let more = one.title;
    if (step === 'approved') {
      if (alive(one)) {
        const go = () => {
          const { attempt } = one;
          if (attempt && goOn(attempt, one, true)) remove(one, false);
        };
        actions.append(h('button', { type: 'button', class: 'primary', onclick: go }, 'Continue'));
      } else more = `You can do it now: ${one.title}`;
    }
    const mark = step === 'waiting' ? h('i', { class: 'dots' }) : icon(step === 'approved' ? ICONS.check : ICONS.stop);
    return h(
      'div',
      { class: `pill ${step === 'approved' ? 'good' : denied ? 'bad' : ''}` },
      mark,
      h('b', { role: 'status' }, what),
      close,
      h('small', {}, more),
      actions,
    );
  }

  function refresh(): void {
    show(list.map(lineOf));
    const waits = list.some((one) => standing(one).step !== 'over');
    if (waits && stop === null) {
      stop = gateway.watch(() => void look());
      clock = setInterval(() => list.some((one) => standing(one).step === 'waiting') && show(list.map(lineOf)), 20_000);
    } else if (!waits && stop !== null) {
      stop();
      stop = null;
      clearInterval(clock);
    }
  }

  async function look(): Promise<void> {
    for (const one of [...list]) {
      const before = one.seen;
      const stepBefore = standing(one).step;
      const seen = await (one.kind === 'grant' ? gateway.grant(one.id) : gateway.hold(one.id));
      if (seen === null || !list.includes(one)) continue;
      one.seen = seen;
      const { step } = standing(one);
      // The page hears the refusal as soon as nothing more can come of waiting.
      if (step === 'over') one.attempt?.giveUp();
      const fresh = step === 'approved' && stepBefore === 'waiting';
      if (fresh && one.attempt && alive(one) && goOn(one.attempt, one, false)) remove(one, false);
      else if (JSON.stringify(before) !== JSON.stringify(seen)) refresh();
    }
  }

  function take(one: Line): void {
    if (list.length >= MOST) list.shift()?.attempt?.giveUp();
    list.push(one);
    store();
    refresh();
    void look();
  }

  return {
    add({ kind, id, title }, attempt) {
      attempt.onGone(refresh);
      take({ kind, id, title, askedAt: Date.now(), seen: null, attempt });
    },
    holdFor(title) {
      const one = list.find((line) => line.kind === 'hold' && line.title === title && line.attempt?.waiting() !== true);
      return one !== undefined && standing(one).step === 'approved' ? one.id : null;
    },
    used(hold) {
      const one = list.find(({ id }) => id === hold);
      if (one) remove(one, false);
    },
    restore() {
      try {
        const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
        if (!Array.isArray(stored)) return;
        for (const one of stored.slice(0, MOST)) {
          if (typeof one?.id !== 'string' || !ID.test(one.id) || typeof one.title !== 'string') continue;
          const kind = one.kind === 'hold' ? 'hold' : 'grant';
          take({ kind, id: one.id, title: one.title.slice(0, 300), askedAt: Date.now(), seen: null, attempt: null });
        }
      } catch {
        // Nothing to take up.
      }
    },
  };
}
