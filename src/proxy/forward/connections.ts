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

/** Said of a socket that must be quiet: held back, or in the pool. */
const QUIET = Symbol('quiet');
type Kept = Socket & { [QUIET]?: boolean };

function endWhenQuiet(this: Kept): void {
  if (this[QUIET]) this.destroy();
}
const ignore = () => undefined;

type Held = { readonly socket: Kept; readonly release: () => void };
let held: Held[] = [];
function releaseAll(these: readonly Held[]): void {
  for (const { socket, release } of these) {
    socket[QUIET] = false;
    release();
  }
}

/** Holds a socket back until whatever lies in the kernel for it was read: one poll phase between two immediates. */
function quarantine(socket: Kept, release: () => void): void {
  // Once a connection, not once a request.
  if (socket[QUIET] === undefined) socket.on('data', endWhenQuiet).on('error', ignore);
  socket[QUIET] = true;
  socket.resume();
  // Those of one turn go together.
  if (held.push({ socket, release }) > 1) return;
  setImmediate(() => {
    const these = held;
    held = [];
    setImmediate(releaseAll, these);
  });
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
  // Into the pool: from here on, any byte ends it.
  agent.keepSocketAlive = (socket) => {
    (socket as Kept)[QUIET] = true;
    return keepSocketAlive.call(agent, socket);
  };
  // Out of the pool: the next answer's parser listens.
  agent.reuseSocket = (socket, request) => {
    (socket as Kept)[QUIET] = false;
    reuseSocket.call(agent, socket, request);
  };
  return agent;
}
