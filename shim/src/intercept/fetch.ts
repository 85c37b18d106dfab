// fetch that keeps its promise open while a refusal is being remedied. The page gets the very Response of the request
// that went through, or the refusal untouched. Whatever goes wrong in here, the page gets the answer that came.
import type { Page } from '../mark.ts';
import { type Refused, readRefused } from '../refused.ts';
import { type Attempt, HOLD_HEADER, isOurs, REFUSED_HEADER } from './attempt.ts';
import { carriesFile, type Preflight, targetOf } from './uploads.ts';

type Fetch = typeof window.fetch;

const PAGE_HEADER = 'X-Sallyport-Page';
const isStream = (body: unknown): boolean => body instanceof ReadableStream;

async function read(answer: Response, reason: string): Promise<Refused> {
  const value: unknown = await answer
    .clone()
    .json()
    .catch(() => null);
  return readRefused(value, reason, answer.status);
}

/** The same request with the hold's id. `no-cors` would drop the header; to our own origin `same-origin` means the same. */
function withHold(request: Request, hold: string | null): Request {
  const headers = new Headers(request.headers);
  headers.delete(HOLD_HEADER);
  if (hold !== null) headers.set(HOLD_HEADER, hold);
  return new Request(request, request.mode === 'no-cors' ? { headers, mode: 'same-origin' } : { headers });
}

/** @returns what to put in place of window.fetch */
export function wrapFetch(native: Fetch, take: (attempt: Attempt) => void, preflight: Preflight, page: Page): Fetch {
  /** The answer, or, before anything of an upload is sent, the refusal that it would get. */
  async function ahead(request: Request): Promise<Response> {
    const type = request.headers.get('content-type') ?? '';
    const refusal = await preflight(request.method, targetOf(request.url), type);
    if (refusal === null) return native.call(window, request);
    // Made anew, so that it has no address: it stands for the answer of the request itself.
    return new Response(await refusal.text(), { status: refusal.status, headers: refusal.headers });
  }

  async function judge(answer: Response, spare: Request | null, signal: AbortSignal | null): Promise<Response> {
    const reason = answer.headers.get(REFUSED_HEADER);
    if (reason === null || (answer.url !== '' && !isOurs(answer.url))) return answer;
    let refused = await read(answer, reason);
    return new Promise<Response>((resolve, reject) => {
      let open = !signal?.aborted;
      const heard: (() => void)[] = [];
      const end = (settle: () => void) => {
        if (!open) return;
        open = false;
        settle();
      };
      const gone = () => {
        end(() => reject(signal?.reason));
        for (const listener of heard) listener();
      };
      if (!open) return gone();
      signal?.addEventListener('abort', gone, { once: true });
      let latest = answer;
      take({
        refused: () => refused,
        repeatable: spare !== null,
        waiting: () => open,
        onGone: (listener) => heard.push(listener),
        async again(hold) {
          if (!open || spare === null) return null;
          try {
            const next = await native(withHold(spare.clone(), hold));
            const word = next.headers.get(REFUSED_HEADER);
            if (word === null) {
              end(() => resolve(next));
              return null;
            }
            latest = next;
            refused = await read(next, word);
            return refused;
          } catch (error) {
            end(() => reject(error));
            return null;
          }
        },
        giveUp: () => end(() => resolve(latest)),
      });
    });
  }

  // A proxy keeps the name, the length and the native look that some pages check for.
  return new Proxy(native, {
    apply(_target, _self, [input, init]: Parameters<Fetch>) {
      let first: Request | null = null;
      let spare: Request | null = null;
      try {
        if (!isOurs(input instanceof Request ? input.url : input)) return native.call(window, input, init);
        if (!isStream(init?.body)) {
          // A Request freezes what is sent: the same bytes, form boundary included, go out again after the remedy.
          first = new Request(input, init);
          for (const [name, value] of page.headers(first.method)) first.headers.set(name, value);
          if (first.headers.has(PAGE_HEADER)) page.acting();
          spare = first.clone();
        }
      } catch {
        // What a Request cannot be made of, the browser's own fetch reports in its own words.
      }
      const signal = first?.signal ?? init?.signal ?? null;
      const sent =
        first === null
          ? native.call(window, input, init)
          : spare !== null && carriesFile(init?.body)
            ? ahead(first)
            : native.call(window, first);
      return sent.then((answer) => judge(answer, spare, signal));
    },
  });
}
