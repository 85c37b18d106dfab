// GET /.sallyport/enter?code=…&tab=…: the last step of signing in. Exchanges the portal's one-time code, with the cookie of this
// origin that asked for it, for a session cookie of this origin. Never says more than "it did not work".
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  clearCookie,
  handoffCookie,
  isHandoffTab,
  readCookie,
  SESSION_COOKIE,
  writeCookie,
} from '../../auth/session/cookie.ts';
import type { Console } from '../../kernel/exchange.ts';
import { newSecret } from '../../kernel/ids.ts';
import type { Verdict } from '../../kernel/verdict.ts';
import { pagePolicy } from '../pages/html.ts';
import { renderProblemPage } from '../pages/problemPage.ts';

export type EnterParts = {
  readonly redeem: (
    code: string | undefined,
    cookie: string | undefined,
    console: string,
  ) => Promise<Verdict<{ session: string; returnTo: string }>>;
  readonly issueToken: (session: { id: string }, origin: string) => Promise<string>;
};

export async function enter(
  { redeem, issueToken }: EnterParts,
  req: IncomingMessage,
  res: ServerResponse,
  console: Console,
  query: string,
): Promise<void> {
  const asked = new URLSearchParams(query);
  const codes = asked.getAll('code');
  const [tab, ...moreTabs] = asked.getAll('tab');
  // Each login under way has a cookie of its own; without a name for it there is none.
  const name = isHandoffTab(tab) && moreTabs.length === 0 ? handoffCookie(tab) : null;
  const cookie = name === null ? null : readCookie(req.headers.cookie, name);
  const verdict =
    codes.length === 1 && cookie?.go ? await redeem(codes[0], cookie.value, console.id) : ({ go: false } as const);
  if (!verdict.go) {
    const nonce = newSecret();
    res.setHeader('Content-Security-Policy', pagePolicy(nonce));
    if (name !== null) res.setHeader('Set-Cookie', clearCookie(name));
    res.writeHead(400, { 'Content-Type': 'text/html; charset=utf-8' });
    res.end(
      renderProblemPage({
        problem: {
          title: 'Signing in did not work',
          status: 400,
          reason: 'session.missing',
          next: 'The link was used already, is too old, or was made for another browser. Nothing is lost: sign in again.',
        },
        place: console.name,
        nonce,
        link: { href: '/', text: 'Sign in again' },
      }),
    );
    return;
  }
  const token = await issueToken({ id: verdict.value.session }, console.origin);
  res.setHeader('Set-Cookie', [writeCookie(SESSION_COOKIE, token), ...(name === null ? [] : [clearCookie(name)])]);
  res.writeHead(302, { Location: ownPath(verdict.value.returnTo), 'Content-Length': 0 });
  res.end();
}

/** The hand-off gives safe paths only; a fault there must still not become an open redirect here (pitfalls 32). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const ownPath = (path: string): string => (/^\/(?![/\\])[^\\\u0000-\u0020\u007f-\uffff]*$/.test(path) ? path : '/');
