// What the shim asks of the gateway under /.sallyport/, with the browser's own fetch taken before the page could change
// it. Answers are read member by member; a failure is a value with a sentence that people can read.
import type { ShimGrant, ShimHold, ShimMe } from '../../src/portal/contract/consolePages.ts';
import type { AskRule } from '../../src/portal/contract/grants.ts';

/** What asking came to: the thing that was asked for, or why not. */
export type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly what: string; readonly faults: readonly { at: string; what: string }[] };

export type AskTerms = {
  readonly console: string;
  readonly actions: readonly string[];
  readonly targets: readonly { readonly kind: string; readonly id: string }[];
  readonly reason: string;
  readonly ticket: string;
  readonly minutes: number;
};
export type Words = { readonly reason: string; readonly ticket: string };

export type Gateway = {
  ask(terms: AskTerms): Promise<Asked<ShimGrant>>;
  /** Asks others to sign the held request too. */
  askHold(id: string, words: Words): Promise<Asked<ShimHold>>;
  /** What the form must know before somebody asks; null: it cannot be read at the moment */
  rule(console: string, actions: readonly string[]): Promise<AskRule | null>;
  /** The answer that a request of this head would get, before its body is sent; null: it may go, or nobody knows. */
  preflight(method: string, target: string, contentType: string): Promise<Response | null>;
  /** null: it cannot be read at the moment; 'gone': there is none for this person any more */
  grant(id: string): Promise<ShimGrant | 'gone' | null>;
  hold(id: string): Promise<ShimHold | 'gone' | null>;
  me(): Promise<ShimMe | null>;
  cancelHold(id: string): void;
  /** Calls `changed` whenever something of this session may have changed: events when they flow, else every few seconds. */
  watch(changed: () => void): () => void;
  /** Calls `refused` with the problem JSON, unread, of every refused message of this console's sockets, from now on. */
  watchRefused(refused: (problem: unknown) => void): void;
};

const PREFIX = '/.sallyport/';
const POLL = 3000;
/** Even with events flowing: a message lost somewhere is made up for. */
const POLL_ANYWAY = 20_000;
const EVENTS = ['grant', 'hold', 'stepup', 'resync', 'ended'];

export function createGateway(native: typeof window.fetch): Gateway {
  const watchers = new Set<() => void>();
  let refused: ((problem: unknown) => void) | null = null;
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const send = (path: string, body?: unknown): Promise<Response> =>
    native.call(window, PREFIX + path, {
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
      ...(body === undefined
        ? {}
        : {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', 'X-Sallyport-Shim': '1' },
            body: JSON.stringify(body),
          }),
    });

  async function read<T>(path: string): Promise<T | 'gone' | null> {
    try {
      const answer = await send(path);
      if (answer.ok) return (await answer.json()) as T;
      return answer.status === 404 ? 'gone' : null;
    } catch {
      return null;
    }
  }

  async function post<T>(path: string, body: unknown): Promise<Asked<T>> {
    try {
      const answer = await send(path, body);
      const value = await answer.json();
      if (answer.ok) return { ok: true, value: value as T };
      const faults = Array.isArray(value?.faults) ? value.faults : [];
      return { ok: false, what: [value?.title, value?.next].filter(Boolean).join('. ') || 'That did not work', faults };
    } catch {
      return { ok: false, what: 'Sallyport did not answer. Check your connection, then try again', faults: [] };
    }
  }

  const tell = () => {
    for (const changed of watchers) changed();
  };
  const again = () => {
    clearTimeout(timer);
    if (watchers.size === 0 && refused === null) {
      source?.close();
      source = null;
      return;
    }
    timer = setTimeout(
      () => {
        if (!document.hidden || source?.readyState !== EventSource.OPEN) tell();
        if (refused !== null) listen();
        again();
      },
      source?.readyState === EventSource.OPEN ? POLL_ANYWAY : POLL,
    );
  };
  const hear = (data: unknown) => {
    try {
      refused?.(JSON.parse(String(data)));
    } catch {
      // Not one of ours.
    }
  };
  const listen = () => {
    if (source !== null && source.readyState !== EventSource.CLOSED) return;
    try {
      source = new EventSource(`${PREFIX}events`);
      // Also when it opens: what happened before then was told to nobody.
      for (const name of ['open', ...EVENTS]) source.addEventListener(name, tell);
      source.addEventListener('refused', (event) => hear(event.data));
    } catch {
      source = null; // asking every few seconds is enough
    }
  };

  return {
    ask: (terms) => post('grants', terms),
    askHold: (id, words) => post(`holds/${encodeURIComponent(id)}/ask`, words),
    async rule(console, actions) {
      const asked = actions.map((action) => `&action=${encodeURIComponent(action)}`).join('');
      const rule = await read<AskRule>(`rule?console=${encodeURIComponent(console)}${asked}`);
      return rule === 'gone' ? null : rule;
    },
    async preflight(method, target, contentType) {
      try {
        const answer = await send('preflight', { method, target, contentType });
        return answer.headers.has('X-Sallyport-Refused') ? answer : null;
      } catch {
        return null;
      }
    },
    grant: (id) => read<ShimGrant>(`grants/${encodeURIComponent(id)}`),
    hold: (id) => read<ShimHold>(`holds/${encodeURIComponent(id)}`),
    async me() {
      const me = await read<ShimMe>('me');
      return me === 'gone' ? null : me;
    },
    cancelHold(id) {
      void send(`holds/${encodeURIComponent(id)}/cancel`, {}).catch(() => undefined);
    },
    watchRefused(heard) {
      refused = heard;
      listen();
      again();
    },
    watch(changed) {
      watchers.add(changed);
      listen();
      again();
      return () => {
        watchers.delete(changed);
        again();
      };
    },
  };
}
