// One POST to an address that is a secret: it never stands in an error, a log or a dead letter. Redirects are not followed (they
// could carry the message to anybody), nothing is waited for longer than ten seconds, no more than 4 KiB of an answer is read.
import type { Sent } from '../notice.ts';

export const TIMEOUT = 10_000;
const MOST_READ = 4096;

export type Post = (url: string, headers: { readonly [name: string]: string }, body: string) => Promise<Sent>;

/** @param timeout ms */
export const createPost =
  (timeout = TIMEOUT): Post =>
  async (url, headers, body) => {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Sallyport', ...headers },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
      });
      await readLittle(answer);
      const { status } = answer;
      if (status >= 200 && status < 300) return { done: true, answer: `answered ${status}` };
      if (status >= 300 && status < 400)
        return { done: false, again: false, why: `answered ${status}, a redirect: redirects are not followed` };
      // RFC 9110: 408 and 429 ask for another try (425 too, RFC 8470); other 4xx mean that this message is never taken.
      const again = status >= 500 || status === 408 || status === 425 || status === 429;
      const after = retryAfter(answer.headers.get('retry-after'));
      return { done: false, again, why: `answered ${status}`, ...(after === null ? {} : { after }) };
    } catch (error) {
      return { done: false, again: true, why: failureOf(error) };
    }
  };

async function readLittle(answer: Response): Promise<void> {
  const reader = answer.body?.getReader();
  if (!reader) return;
  for (let read = 0; read < MOST_READ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    read += value.length;
  }
  await reader.cancel();
}

/** Seconds only: a date would need the other side's clock. ms */
const retryAfter = (value: string | null): number | null =>
  value !== null && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : null;

/** A word for what happened: the messages of the network's errors name addresses. */
export function failureOf(error: unknown): string {
  const names = [error, error instanceof Error ? error.cause : undefined].map((one) => {
    const { name, code } = (one ?? {}) as { name?: unknown; code?: unknown };
    return typeof code === 'string' ? code : typeof name === 'string' ? name : '';
  });
  const [outer = '', inner = ''] = names;
  if (outer === 'TimeoutError' || inner === 'TimeoutError' || inner.endsWith('TIMEOUT')) return 'no answer in time';
  const code = /^[A-Z0-9_]{3,60}$/.test(inner) ? inner : outer;
  return /^[A-Za-z0-9_]{3,60}$/.test(code) ? `not reachable (${code})` : 'not reachable';
}
