// XMLHttpRequest that hides a refused answer from the page's listeners while it is being remedied. The very same object
// is opened and sent again, so its events and its answer are the browser's own; after a cancel the refusal that is still
// in it is announced. Synchronous requests cannot wait and pass untouched, and so do answers read as a document.
import type { Page } from '../mark.ts';
import { type Refused, readRefused } from '../refused.ts';
import { type Attempt, HOLD_HEADER, isOurs, REFUSED_HEADER } from './attempt.ts';
import { encodeMultipart } from './multipart.ts';
import { carriesFile, type Preflight, targetOf } from './uploads.ts';

type Body = XMLHttpRequestBodyInit | Document | null | undefined;
type Kept = {
  method: string;
  url: string | URL;
  user: string | null | undefined;
  password: string | null | undefined;
  headers: [string, string][];
  body: Body;
  /** a same-origin, asynchronous request */
  watched: boolean;
  /** pass: the page sees events; hide: a refusal is being remedied; mute: we are opening it again */
  events: 'pass' | 'hide' | 'mute';
  waiting: boolean;
  gone: (() => void)[];
  /** what `again` waits for */
  answered: ((refused: Refused | null) => void) | null;
};

const SEEN = ['readystatechange', 'loadstart', 'progress', 'load', 'error', 'timeout', 'abort', 'loadend'];

/** A copy that later changes by the page do not reach. */
function freeze(body: Body): Body {
  if (body instanceof URLSearchParams) return new URLSearchParams(body);
  if (body instanceof ArrayBuffer) return body.slice(0);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  return body;
}

async function readAnswer(xhr: XMLHttpRequest, reason: string): Promise<Refused> {
  let value: unknown = null;
  try {
    const kind = xhr.responseType;
    if (kind === 'json') value = xhr.response;
    else if (kind === 'arraybuffer') value = JSON.parse(new TextDecoder().decode(xhr.response));
    else if (kind === 'blob') value = JSON.parse(await (xhr.response as Blob).text());
    else value = JSON.parse(xhr.responseText);
  } catch {
    // The reason alone still tells what to say.
  }
  return readRefused(value, reason, xhr.status);
}

/** Puts the watching in place of window.XMLHttpRequest and its methods. */
export function wrapXhr(take: (attempt: Attempt) => void, preflight: Preflight, page: Page): void {
  const Native = window.XMLHttpRequest;
  const native = { ...methodsOf(Native.prototype) };
  const kept = new WeakMap<XMLHttpRequest, Kept>();

  const tell = (xhr: XMLHttpRequest, ...types: string[]) => {
    for (const type of types) {
      xhr.dispatchEvent(type === 'readystatechange' ? new Event(type) : new ProgressEvent(type));
    }
  };
  const drop = (state: Kept) => {
    state.events = 'pass';
    if (!state.waiting) return;
    state.waiting = false;
    for (const heard of state.gone) heard();
  };

  /** Asks before the body of an upload is sent. */
  async function sendAhead(xhr: XMLHttpRequest, state: Kept): Promise<void> {
    state.waiting = true;
    const { body, headers } = state;
    const given = headers.findLast(([name]) => name.toLowerCase() === 'content-type')?.[1];
    const type = given ?? (body instanceof Blob ? body.type : '');
    const refusal = await preflight(state.method, targetOf(state.url), type);
    if (!state.waiting) return;
    state.waiting = false;
    if (refusal === null) return native.send.call(xhr, body);
    const problem: unknown = await refusal.json().catch(() => null);
    const reason = refusal.headers.get(REFUSED_HEADER) ?? '';
    // Given up: the page gets the answer of its own request.
    waitFor(xhr, state, readRefused(problem, reason, refusal.status), () => {
      state.watched = false;
      native.send.call(xhr, body);
    });
  }

  async function refusedAnswer(xhr: XMLHttpRequest, state: Kept, reason: string): Promise<void> {
    const refused = await readAnswer(xhr, reason);
    if (state.events !== 'hide') return;
    if (state.answered !== null) {
      const answered = state.answered;
      state.answered = null;
      answered(refused);
      return;
    }
    waitFor(xhr, state, refused, () => tell(xhr, 'readystatechange', 'load', 'loadend'));
  }

  /** @param handOver gives the page the refusal */
  function waitFor(xhr: XMLHttpRequest, state: Kept, first: Refused, handOver: () => void): void {
    let refused = first;
    state.waiting = true;
    state.gone = [];
    const end = () => {
      state.waiting = false;
      state.events = 'pass';
    };
    take({
      refused: () => refused,
      repeatable: !(state.body instanceof Document),
      waiting: () => state.waiting,
      onGone: (heard) => state.gone.push(heard),
      async again(hold) {
        if (!state.waiting) return null;
        const outcome = new Promise<Refused | null>((resolve) => {
          state.answered = resolve;
        });
        try {
          state.events = 'mute';
          native.open.call(xhr, state.method, state.url, true, state.user ?? null, state.password ?? null);
          for (const [name, value] of state.headers) native.setRequestHeader.call(xhr, name, value);
          if (hold !== null) native.setRequestHeader.call(xhr, HOLD_HEADER, hold);
          native.send.call(xhr, state.body);
        } catch {
          end();
          tell(xhr, 'error', 'loadend');
          return null;
        }
        const next = await outcome;
        if (next === null) state.waiting = false;
        else refused = next;
        return next;
      },
      giveUp() {
        if (!state.waiting) return;
        end();
        handOver();
      },
    });
  }

  function hear(this: XMLHttpRequest, event: Event): void {
    const state = kept.get(this);
    // What is announced by hand, by us or by the page, passes.
    if (!state?.watched || !event.isTrusted) return;
    if (event.type === 'readystatechange' && state.events !== 'hide' && this.readyState >= 2) {
      const refused = this.responseType !== 'document' && this.getResponseHeader(REFUSED_HEADER) !== null;
      state.events = refused ? 'hide' : 'pass';
    }
    const failed = event.type === 'error' || event.type === 'timeout' || event.type === 'abort';
    if (failed) state.events = 'pass';
    if (state.events === 'pass') {
      if (state.answered !== null && (failed || event.type === 'loadend')) {
        const answered = state.answered;
        state.answered = null;
        answered(null);
      }
      return;
    }
    event.stopImmediatePropagation();
    if (state.events === 'hide' && event.type === 'loadend') {
      void refusedAnswer(this, state, this.getResponseHeader(REFUSED_HEADER) ?? '');
    }
  }

  window.XMLHttpRequest = new Proxy(Native, {
    construct(target, args, newTarget) {
      const xhr = Reflect.construct(target, args, newTarget) as XMLHttpRequest;
      // First of all listeners, so that none of the page's sees what is hidden.
      for (const type of SEEN) xhr.addEventListener(type, hear);
      return xhr;
    },
  });

  const prototype = Native.prototype;
  prototype.open = function open(
    this: XMLHttpRequest,
    method: string,
    url: string | URL,
    ...rest: [boolean?, (string | null)?, (string | null)?]
  ) {
    const before = kept.get(this);
    if (before) drop(before);
    const [async = true, user, password] = rest;
    kept.set(this, {
      method,
      url,
      user,
      password,
      headers: [],
      body: null,
      watched: rest.length === 0 ? isOurs(url) : Boolean(async) && isOurs(url),
      events: 'pass',
      waiting: false,
      gone: [],
      answered: null,
    });
    return Reflect.apply(native.open, this, [method, url, ...(rest.length === 0 ? [true] : rest)]);
  };
  prototype.setRequestHeader = function setRequestHeader(this: XMLHttpRequest, name: string, value: string) {
    native.setRequestHeader.call(this, name, value);
    kept.get(this)?.headers.push([name, value]);
  };
  prototype.send = function send(this: XMLHttpRequest, body?: Body) {
    const state = kept.get(this);
    if (state !== undefined && this.readyState === 1 && isOurs(state.url)) {
      const said = page.headers(state.method);
      for (const [name, value] of said) {
        native.setRequestHeader.call(this, name, value);
        state.headers.push([name, value]);
      }
      if (said.length > 0) page.acting();
    }
    if (!state?.watched) return native.send.call(this, body);
    state.body = body instanceof FormData ? encodeMultipart(body) : freeze(body);
    if (carriesFile(body)) return void sendAhead(this, state);
    return native.send.call(this, state.body);
  };
  prototype.abort = function abort(this: XMLHttpRequest) {
    const state = kept.get(this);
    const waited = state?.waiting === true && (this.readyState === 4 || this.readyState === 1);
    if (state) drop(state);
    native.abort.call(this);
    if (waited) tell(this, 'readystatechange', 'abort', 'loadend');
  };
}

function methodsOf({ open, send, abort, setRequestHeader }: XMLHttpRequest) {
  return { open, send, abort, setRequestHeader };
}
