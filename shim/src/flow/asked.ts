// The access that was asked for from this tab: one status line each, until the person closes it. It outlives navigation
// by sessionStorage, which holds the grant's id and the plain title and nothing else; both are taken as hostile input,
// because the page's scripts can write there.
import type { ShimGrant } from '../../../src/portal/contract/consolePages.ts';
import type { Gateway } from '../gateway.ts';
import type { Attempt } from '../intercept/attempt.ts';
import { ID } from '../refused.ts';
import { h, ICONS, icon } from '../view/dom.ts';
import { minutesInWords, since } from '../words.ts';

const KEY = 'sallyport.asked';
const MOST = 4;

type Asked = {
  readonly id: string;
  readonly title: string;
  grant: ShimGrant | 'gone' | null;
  /** the page's request that waits for this access; null: that page is gone */
  attempt: Attempt | null;
};

export type AskedList = {
  add(grant: ShimGrant, attempt: Attempt): void;
  /** Takes up what an earlier page of this tab asked for. */
  restore(): void;
};

type Deps = {
  readonly gateway: Gateway;
  readonly show: (lines: readonly HTMLElement[]) => void;
  /** Goes on with the page's request. `pressed`: the person asked for it; else it happens only where it cannot surprise. */
  readonly goOn: (attempt: Attempt, pressed: boolean) => boolean;
};

export function createAskedList({ gateway, show, goOn }: Deps): AskedList {
  const list: Asked[] = [];
  let stop: (() => void) | null = null;
  let clock: ReturnType<typeof setInterval> | undefined;

  function store(): void {
    try {
      if (list.length === 0) sessionStorage.removeItem(KEY);
      else sessionStorage.setItem(KEY, JSON.stringify(list.map(({ id, title }) => ({ id, title }))));
    } catch {
      // Without storage the line ends with the page.
    }
  }

  const pending = (one: Asked): boolean => one.grant === null || (one.grant !== 'gone' && one.grant.state === 'asked');
  const alive = (one: Asked): boolean => one.attempt?.waiting() === true && one.attempt.repeatable;

  function remove(one: Asked, giveUp: boolean): void {
    list.splice(list.indexOf(one), 1);
    if (giveUp) one.attempt?.giveUp();
    store();
    refresh();
  }

  function line(one: Asked): HTMLElement {
    const { grant } = one;
    const close = h(
      'button',
      { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => remove(one, true) },
      icon(ICONS.cross),
    );
    const actions = h('div', { class: 'actions' });
    let tone = '';
    let mark: Element = h('i', { class: 'dots' });
    let what = 'Waiting for approval';
    let more = one.title;
    if (grant === 'gone') {
      mark = icon(ICONS.stop);
      what = 'This request for access is no longer there';
    } else if (grant !== null) {
      const by = grant.decidedBy?.name ?? 'Somebody';
      if (grant.state === 'asked') what += ` · ${since(grant.askedAt, Date.now())}`;
      else mark = icon(ICONS.stop);
      if (grant.state === 'active') {
        tone = 'good';
        mark = icon(ICONS.check);
        what = `Approved by ${by}${grant.minutes === null ? '' : ` for ${minutesInWords(grant.minutes)}`}`;
        if (alive(one)) {
          const go = () => {
            const attempt = one.attempt;
            if (attempt && goOn(attempt, true)) remove(one, false);
          };
          actions.append(h('button', { type: 'button', class: 'primary', onclick: go }, 'Continue'));
        } else more = `You can do it now: ${one.title}`;
      } else if (grant.state === 'denied') {
        tone = 'bad';
        what = `${by} said no${grant.denyReason ? `: ${grant.denyReason}` : ''}`;
      } else if (grant.state === 'lapsed') what = 'Nobody answered in time';
      else if (grant.state === 'withdrawn') what = 'You took this request back';
      else if (grant.state === 'ended') what = 'This access has ended';
    }
    return h(
      'div',
      { class: `pill ${tone}` },
      mark,
      h('b', { role: 'status' }, what),
      close,
      h('small', {}, more),
      actions,
    );
  }

  function refresh(): void {
    show(list.map(line));
    const waits = list.some((one) =>
      one.grant === 'gone' ? false : one.grant === null || one.grant.state === 'asked' || one.grant.state === 'active',
    );
    if (waits && stop === null) {
      stop = gateway.watch(() => void look());
      clock = setInterval(() => list.some(pending) && show(list.map(line)), 20_000);
    } else if (!waits && stop !== null) {
      stop();
      stop = null;
      clearInterval(clock);
    }
  }

  async function look(): Promise<void> {
    for (const one of [...list]) {
      const before = one.grant;
      const grant = await gateway.grant(one.id);
      if (grant === null || !list.includes(one)) continue;
      one.grant = grant;
      const over = grant === 'gone' || !['asked', 'active'].includes(grant.state);
      // The page hears the refusal as soon as nothing more can come of waiting.
      if (over) one.attempt?.giveUp();
      const fresh =
        grant !== 'gone' &&
        grant.state === 'active' &&
        (before === null || (before !== 'gone' && before.state === 'asked'));
      if (fresh && one.attempt && alive(one) && goOn(one.attempt, false)) remove(one, false);
      else if (JSON.stringify(before) !== JSON.stringify(grant)) refresh();
    }
  }

  function take(one: Asked): void {
    if (list.length >= MOST) {
      const oldest = list.shift();
      oldest?.attempt?.giveUp();
    }
    list.push(one);
    store();
    refresh();
    void look();
  }

  return {
    add(grant, attempt) {
      attempt.onGone(refresh);
      take({ id: grant.id, title: grant.title, grant, attempt });
    },
    restore() {
      try {
        const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
        if (!Array.isArray(stored)) return;
        for (const one of stored.slice(0, MOST)) {
          if (typeof one?.id !== 'string' || !ID.test(one.id) || typeof one.title !== 'string') continue;
          take({ id: one.id, title: one.title.slice(0, 300), grant: null, attempt: null });
        }
      } catch {
        // Nothing to take up.
      }
    },
  };
}
