// The script that the gateway puts first into a console's pages. It catches refusals of the gateway on fetch and
// XMLHttpRequest, shows why and the way through, and sends the same request again. Of refused socket messages it hears.
//
// It guards nothing. The page's scripts are not trusted, and the shim gives them no power that they lack: they already
// act with the person's console session, everything under /.sallyport/ can be called by them too, and each request is
// judged at the gateway whoever sends it. What counts, signing and approving, happens on the portal's origin.
// It must never break a page: what it does not understand it passes on untouched.
import { createFlow } from './flow/flow.ts';
import { createGateway } from './gateway.ts';
import type { Attempt } from './intercept/attempt.ts';
import { wrapFetch } from './intercept/fetch.ts';
import { wrapSocket } from './intercept/socket.ts';
import { wrapXhr } from './intercept/xhr.ts';
import { createPage } from './mark.ts';
import { note } from './view/parts.ts';
import { createStage } from './view/stage.ts';

const RECORDED = 'This session is recorded.';
const HOLD = '__Host-sallyport-hold';
const MARK = Symbol.for('sallyport.shim');

/** After the form that the refusal page sent again has gone through, its cookie has nothing left to do. */
function dropHold(): void {
  try {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
    if (document.cookie.includes(`${HOLD}=`)) document.cookie = `${HOLD}=; Path=/; Secure; SameSite=Strict; Max-Age=0`;
  } catch {
    // A sandboxed frame has no cookies.
  }
}

function start(): void {
  if (MARK in window) return;
  Object.defineProperty(window, MARK, { value: true });
  dropHold();
  const own = document.currentScript;
  const page = createPage(own?.getAttribute('data-page') ?? null);
  const native = window.fetch;
  const gateway = createGateway(native);
  const stage = createStage();
  const flow = createFlow(stage, gateway);
  const take = (attempt: Attempt): void => {
    try {
      flow.take(attempt);
    } catch (error) {
      attempt.giveUp();
      throw error;
    }
  };
  window.fetch = wrapFetch(native, take, gateway.preflight, page);
  wrapXhr(take, gateway.preflight, page);
  if (own?.hasAttribute('data-messages')) wrapSocket(gateway, take, page.acting);
  const restore = (): void => {
    flow.restore();
    const plain = own?.hasAttribute('data-notice') && window.top === window ? RECORDED : null;
    if (plain !== null) stage.note(note(plain));
    page.watch((words) => window.top === window && (words ?? plain) !== null && stage.note(note(words ?? plain ?? '')));
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', restore, { once: true });
  else restore();
}

start();
