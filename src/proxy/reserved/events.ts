// GET /.sallyport/events: tells the page's shim that something of its own session changed, never what, and which message of
// its sockets was refused. Ends with the session. Each hint names only things that the session's person may read anyway.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Console } from '../../kernel/exchange.ts';
import type { Session } from '../../kernel/session.ts';
import { ReservedProblem } from './answer.ts';

export type Change = { readonly kind: string; readonly [member: string]: unknown };
export type EventParts = {
  readonly onChange: (heard: (change: Change) => void) => () => void;
  /** Registers what must be closed when the session ends; returns the way to take it out again. */
  readonly track: (sessionId: string, close: () => void) => () => void;
};

export const HEARTBEAT = 15_000;
const MOST_PER_SESSION = 8;
/** Bytes that may wait for a slow reader; the shim opens the stream anew and reads everything again. */
const MOST_WAITING = 256 * 1024;

export type Events = {
  /** @param alive asks again whether the session still stands */
  open(
    req: IncomingMessage,
    res: ServerResponse,
    known: { readonly session: Session; readonly console: Pick<Console, 'id'> },
    alive: () => Promise<boolean>,
  ): void;
};

export function createEvents({ onChange, track }: EventParts): Events {
  const streams = new Map<string, number>();

  return {
    open(req, res, { session, console }, alive) {
      const open = streams.get(session.id) ?? 0;
      if (open >= MOST_PER_SESSION) throw new ReservedProblem('too.many');
      streams.set(session.id, open + 1);
      res.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
      const say = (event: string, data: object) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      const write = (text: string) => {
        if (closed) return;
        if (res.writableLength + text.length <= MOST_WAITING) return void res.write(text);
        close();
        res.destroy();
      };
      res.write('retry: 3000\n\n');

      let closed = false;
      const close = () => {
        if (closed) return;
        closed = true;
        clearInterval(heartbeat);
        stopHearing();
        untrack();
        const left = (streams.get(session.id) ?? 1) - 1;
        if (left > 0) streams.set(session.id, left);
        else streams.delete(session.id);
      };
      const end = () => {
        if (closed) return;
        say('ended', {});
        close();
        res.end();
      };
      const check = () => {
        // Whether it can be checked or not: a stream that cannot be confirmed ends; the shim asks again by itself.
        alive().then(
          (stands) => stands || end(),
          () => end(),
        );
      };
      const stopHearing = onChange((change) => {
        if (change.kind === 'session' && change.id === session.id) check();
        else if (change.kind === 'epoch') check();
        else if (change.kind === 'resync') {
          say('resync', {});
          check();
        } else if (change.kind === 'grant' && change.holder === session.principal.id) say('grant', { id: change.id });
        else if (change.kind === 'hold' && change.session === session.id) say('hold', { id: change.id });
        else if (change.kind === 'stepup' && change.session === session.id) say('stepup', {});
        // A message on a socket has no answer of its own: the page hears here that it was refused, and what would help.
        else if (change.kind === 'refused' && change.session === session.id && change.console === console.id)
          say('refused', change.problem as object);
      });
      const untrack = track(session.id, end);
      const heartbeat = setInterval(() => {
        write(': still here\n\n');
        if (!closed) check();
      }, HEARTBEAT);
      heartbeat.unref();
      req.once('close', close);
      res.once('close', close);
    },
  };
}
