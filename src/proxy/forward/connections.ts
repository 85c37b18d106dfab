// Connections to upstreams for reads: kept alive per session, never shared between sessions, ended with the session.
// A connection is used again only after it was quiet for a turn of the event loop, and any byte that comes unasked ends it:
// an upstream that writes one answer too many must not have it taken for the next one (design, section 6; R-POOL-1).
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';

export type Connections = {
  agentFor(session: string, upstream: URL): HttpAgent;
  endSession(session: string): void;
  /** how many agents stand: for tests and metrics */
  size(): number;
  close(): void;
};

const OPTIONS = { keepAlive: true, maxFreeSockets: 64, maxSockets: 64, scheduling: 'lifo' as const };

type Entry = { readonly agent: HttpAgent; unusedSince: number };

const newAgent = (upstream: URL): HttpAgent =>
  quiet(upstream.protocol === 'https:' ? new HttpsAgent(OPTIONS) : new HttpAgent(OPTIONS));

/** @param idle ms after which a session's unused connections are ended */
export function createConnections({ idle }: { readonly idle: number }): Connections {
  const agents = new Map<string, Map<string, Entry>>();
  let turn = 0;
  const sweep = setInterval(() => {
    turn += 1;
    for (const [session, byOrigin] of agents) {
      for (const [origin, entry] of byOrigin) {
        if (Object.keys(entry.agent.sockets).length > 0) entry.unusedSince = turn;
        else if (turn - entry.unusedSince >= 2) {
          entry.agent.destroy();
          byOrigin.delete(origin);
        }
      }
      if (byOrigin.size === 0) agents.delete(session);
    }
  }, idle);
  sweep.unref();

  const endSession = (session: string) => {
    for (const { agent } of agents.get(session)?.values() ?? []) agent.destroy();
    agents.delete(session);
  };

  return {
    agentFor(session, upstream) {
      const byOrigin = agents.get(session) ?? new Map<string, Entry>();
      agents.set(session, byOrigin);
      const entry = byOrigin.get(upstream.origin) ?? { agent: newAgent(upstream), unusedSince: turn };
      byOrigin.set(upstream.origin, entry);
      entry.unusedSince = turn;
      return entry.agent;
    },
    endSession,
    size: () => agents.size,
    close() {
      clearInterval(sweep);
      for (const session of [...agents.keys()]) endSession(session);
    },
  };
}

function end(this: Socket): void {
  this.destroy();
}
const ignore = () => undefined;

/** Holds a socket back until whatever lies in the kernel for it was read: one poll phase between two immediates. */
function quarantine(socket: Socket, release: () => void): void {
  socket.on('data', end).on('error', ignore);
  socket.resume();
  setImmediate(() =>
    setImmediate(() => {
      socket.off('data', end).off('error', ignore);
      release();
    }),
  );
}

/** Gives one agent these habits. @returns the agent */
function quiet<A extends HttpAgent>(agent: A): A {
  const { emit, keepSocketAlive, reuseSocket } = agent;
  agent.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    const [socket] = args;
    if (event !== 'free' || socket === undefined) return emit.call(agent, event, ...args);
    quarantine(socket as Socket, () => emit.call(agent, event, ...args));
    return true;
  };
  // Into the pool: from here on, any byte ends it. Out of the pool: the next answer's parser listens.
  agent.keepSocketAlive = (socket) => {
    socket.on('data', end);
    return keepSocketAlive.call(agent, socket);
  };
  agent.reuseSocket = (socket, request) => {
    socket.off('data', end);
    reuseSocket.call(agent, socket, request);
  };
  return agent;
}
