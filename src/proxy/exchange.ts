// What travels beside a request through the stages: how it arrived, and the client's side of it. Stages up to 60 see only
// the body reader of it; only 70 and the exit write to the client.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Console, Door } from '../kernel/exchange.ts';
import type { Verdict } from '../kernel/verdict.ts';
import type { BodyReader } from './canonical/body.ts';
import type { Message } from './canonical/message.ts';

/** Made by the listener. */
export type Arrival = {
  readonly id: string;
  /** ms */
  readonly at: number;
  readonly door: Door;
  readonly peer: string;
  readonly message: Verdict<Message>;
};

export type Client = {
  readonly req: IncomingMessage;
  /** for upgrades too: an answer that is not 101 goes out here */
  readonly res: ServerResponse;
  readonly socket: Socket;
  /** what came behind an upgrade request's head */
  readonly head: Buffer;
  readonly body: BodyReader;
};

export type ConsoleByHost = (host: string) => Console | undefined;

export type Log = {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
};

/** Redis did not answer. Told by name, so that the request path needs no Redis client to know it. */
export const isStateUnavailable = (error: unknown): boolean =>
  error instanceof Error && error.name === 'StateUnavailable';
