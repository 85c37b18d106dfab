// GET /api/events: tells an open page to read again, and never what changed: the reading itself is what decides who sees
// what. Even the hint goes only to those who may see the thing. The stream ends with its session.
import { type Response, Router } from 'express';
import type { Session } from '../../kernel/session.ts';
import type { Change, Pulse } from '../../redis/pulse.ts';
import { serveStream } from '../api/serve.ts';
import type { May } from '../authenticate.ts';
import { listen } from '../endpoints/me.ts';

export type EventRouteDeps = {
  readonly pulse: Pick<Pulse, 'onChange'>;
  /** Whether the session still stands. May throw: then the stream ends and the page asks anew. */
  readonly alive: (session: Session) => Promise<boolean>;
  readonly may: May;
  /** Registers what must be closed with the session or the gateway; returns the way to take it out again. */
  readonly track?: (sessionId: string, close: () => void) => () => void;
  /** ms */
  readonly heartbeat?: number;
};

type Hint = 'grants' | 'holds' | 'freezes' | 'session' | 'sessions';

const HEARTBEAT = 15_000;
/** The oldest stream of a session gives way: a page that was left open somewhere must not keep out the one in use. */
const MOST_PER_SESSION = 12;
/** Bytes that may wait for a slow reader. */
const MOST_WAITING = 64 * 1024;
/** Changes come in bursts; a page that reads again once has seen them all. */
const GATHER = 25;

export function eventRoutes({ pulse, alive, may, track, heartbeat = HEARTBEAT }: EventRouteDeps): Router {
  const streams = new Map<string, (() => void)[]>();

  const open = (session: Session, res: Response): void => {
    const { principal } = session;
    const sees = may(principal, 'access.approve') || may(principal, 'recording.view');
    const reviews = may(principal, 'recording.view');
    const waiting = new Set<Hint>();
    let gathering: NodeJS.Timeout | undefined;
    let closed = false;

    const close = (last: string): void => {
      if (closed) return;
      closed = true;
      clearTimeout(gathering);
      clearInterval(beat);
      stopHearing();
      untrack();
      const rest = (streams.get(session.id) ?? []).filter((other) => other !== giveWay);
      if (rest.length > 0) streams.set(session.id, rest);
      else streams.delete(session.id);
      res.end(last);
    };
    const write = (text: string): void => {
      if (closed) return;
      if (res.writableLength > MOST_WAITING) {
        close('');
        res.destroy();
      } else res.write(text);
    };
    const ended = (): void => close('event: ended\ndata: {}\n\n');
    const giveWay = (): void => close('');
    const check = (): void => {
      alive(session).then(
        (stands) => (stands ? undefined : ended()),
        () => close(''),
      );
    };
    const flush = (): void => {
      gathering = undefined;
      for (const hint of waiting) write(`event: ${hint}\ndata: {}\n\n`);
      waiting.clear();
    };
    const hint = (...hints: Hint[]): void => {
      for (const one of hints) waiting.add(one);
      if (waiting.size > 0) gathering ??= setTimeout(flush, GATHER);
    };

    const hear = (change: Change): void => {
      switch (change.kind) {
        case 'grant':
          if (sees || change.holder === principal.id) hint('grants');
          break;
        case 'hold':
          if (change.session === session.id) hint('session', 'holds');
          // Its person may look at it in another session; approvers hear only of what they were asked for.
          else if (change.holder === principal.id || (change.asked === true && sees)) hint('holds');
          break;
        case 'freeze':
          hint('freezes');
          break;
        case 'stepup':
          if (change.session === session.id) hint('session');
          break;
        case 'passkey':
          if (change.person === principal.id) hint('session');
          break;
        case 'session':
          if (change.id === session.id) check();
          else if (reviews) hint('sessions');
          break;
        case 'epoch':
        case 'resync':
          // Some changes may have been missed: read everything that this person may see.
          hint('grants', 'holds', 'freezes', 'session');
          if (reviews) hint('sessions');
          check();
          break;
      }
    };

    res.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    const beat = setInterval(() => {
      write(': still here\n\n');
      check();
    }, heartbeat);
    beat.unref();
    const stopHearing = pulse.onChange(hear);
    const untrack = track?.(session.id, ended) ?? (() => undefined);
    res.once('close', giveWay);
    const own = [...(streams.get(session.id) ?? []), giveWay];
    streams.set(session.id, own);
    if (own.length > MOST_PER_SESSION) own[0]?.();
    write('retry: 2000\n\n');
    // The session may have ended between the request's check and our listening.
    check();
  };

  const router = Router();
  serveStream(router, listen, ({ session, res }) => open(session, res));
  return router;
}
