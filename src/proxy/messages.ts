// A client's message on an upgraded connection, as an exchange of its own: method MESSAGE, the upgrade's target, the message's
// bytes as its body. It is judged by the stages that judge requests. A message cannot carry the number of a hold, so each
// socket remembers which hold was offered for which bytes; what a hold releases is still decided by its terms (40) and once (50).
import type { Action } from '../kernel/action.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Authenticated, Canonical } from '../kernel/exchange.ts';
import { newId } from '../kernel/ids.ts';
import type { Refusal } from '../kernel/verdict.ts';
import { offerOf } from './decide/offer.ts';
import type { ForwardRefusal } from './stages/70-forward.ts';
import type { Known } from './stages/80-settle.ts';

export type ClientMessage = {
  readonly bytes: Buffer;
  /** null: binary */
  readonly text: string | null;
  /** Sends it on; resolves when it was handed to the network, or with why not. */
  readonly send: () => Promise<ForwardRefusal | null>;
};

/** @returns null: it went on. Else it did not, and the page was told. Never rejects. */
export type JudgeMessage = (message: ClientMessage) => Promise<Refusal | null>;

/** What is known of a message before anybody has looked at it. */
export type MessageArrival = Canonical & {
  /** the upgrade's own request and action */
  readonly socket: Authenticated & { readonly action: Action };
  readonly bytes: Buffer;
  readonly text: string | null;
  /** the hold that was offered for these bytes on this socket */
  readonly heldAs: (digest: string) => string | undefined;
};

/** Holds that a socket remembers: as many as a session may have waiting. */
const MOST_HELD = 50;

export type SocketHolds = {
  readonly heldAs: (digest: string) => string | undefined;
  /** Notes what became of a message. */
  note(known: Known, refusal: Refusal | null): void;
};

export function createSocketHolds(): SocketHolds {
  const held = new Map<string, string>();
  return {
    heldAs: (digest) => held.get(digest),
    note({ action, body }, refusal) {
      if (action === undefined || body === undefined || body.mode === 'opaque') return;
      const digest = action.signedDigest ?? body.digest;
      const offer = refusal === null ? null : offerOf(refusal);
      // Refused after the decision, such as for a journal that is away: the signature stands.
      if (refusal !== null && offer === null) return;
      held.delete(digest);
      if (offer?.hold == null) return;
      held.set(digest, offer.hold);
      for (const oldest of held.keys()) {
        if (held.size <= MOST_HELD) break;
        held.delete(oldest);
      }
    },
  };
}

export function messageArrival(
  socket: MessageArrival['socket'],
  { bytes, text }: Pick<ClientMessage, 'bytes' | 'text'>,
  heldAs: MessageArrival['heldAs'],
  clock: Clock,
): MessageArrival {
  const { door, peer, console, target, path, segments, query } = socket;
  return {
    id: newId('exc'),
    at: clock.now(),
    door,
    peer,
    console,
    method: 'MESSAGE',
    target,
    path,
    segments,
    query,
    // Nothing of the upgrade's: no hold that came with it may count for what follows.
    headers: [['content-type', text === null ? 'application/octet-stream' : 'application/json']],
    bodyLength: bytes.length,
    navigation: false,
    socket,
    bytes,
    text,
    heldAs,
  };
}
