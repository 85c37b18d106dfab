// Refused messages of the page's sockets. A message has no answer, so nothing is held back here and nothing can be sent
// again: the gateway tells of the refusal by its events, and the person does it once more in the console.
import type { Gateway } from '../gateway.ts';
import { readRefused } from '../refused.ts';
import type { Attempt } from './attempt.ts';

/** From the first socket that the page opens: a page without one needs no stream of events. */
export function wrapSocket(
  gateway: Pick<Gateway, 'watchRefused'>,
  take: (attempt: Attempt) => void,
  acting: () => void,
): void {
  let hearing = false;
  const hear = () => {
    if (hearing) return;
    hearing = true;
    gateway.watchRefused((problem) => {
      // The session's other windows are told too: the one that the person looks at speaks.
      if (!document.hidden) take(messageAttempt(problem));
    });
  };
  const { send } = WebSocket.prototype;
  // Each message may be an act: the gateway hears at once that the page's recorder is alive.
  WebSocket.prototype.send = function (this: WebSocket, data: Parameters<typeof send>[0]) {
    acting();
    return send.call(this, data);
  };
  window.WebSocket = new Proxy(window.WebSocket, {
    construct(target, args, newTarget) {
      const socket = Reflect.construct(target, args, newTarget) as WebSocket;
      if (URL.parse(socket.url)?.host === location.host) hear();
      return socket;
    },
  });
}

function messageAttempt(problem: unknown): Attempt {
  const refused = readRefused(problem, '', 0);
  return {
    refused: () => refused,
    repeatable: false,
    byMessage: true,
    waiting: () => true,
    onGone: () => {},
    again: () => Promise.resolve(null),
    giveUp: () => {},
  };
}
