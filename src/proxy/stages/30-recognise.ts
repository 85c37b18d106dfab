// 30: exactly one action with its targets, and the body as far as it is judged. Bodies are read here and not before:
// nobody unknown makes us hold bytes. Refuses with action.*, body.*, request.timeout, and origin.foreign for acts.
import type { Action } from '../../kernel/action.ts';
import { isRead } from '../../kernel/action.ts';
import type { Authenticated, Body, ReadBody, Recognised } from '../../kernel/exchange.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import { isForeign } from '../canonical/origin.ts';
import { HOLD_HEADER } from '../decide/heldRequest.ts';
import type { Client } from '../exchange.ts';
import type { MessageArrival } from '../messages.ts';

export type RecogniseRequest = (
  request: Authenticated,
  readBody: ReadBody,
) => Promise<Verdict<{ readonly action: Action; readonly body: Body }>>;

export function createRecognise({ recognise }: { readonly recognise: RecogniseRequest }) {
  return async (request: Authenticated, client: Pick<Client, 'body'>): Promise<Verdict<Recognised>> => {
    const recognised = await recognise(request, client.body.read);
    if (!recognised.go) return recognised;
    const { action } = recognised.value;
    // The reader's own record counts, not what was said about it: a body that nobody asked for must not be there.
    let body = client.body.body();
    if (body === null) {
      const none = await client.body.read('none', 0);
      if (!none.go) return none;
      body = none.value;
    }
    // A page of another site can navigate here, and so send a form: acts need our own page's word.
    if (!isRead(action) && isForeign(request)) return refuse('origin.foreign', 'another origin sent this act');
    if (action.upgrade !== (request.door === 'upgrade') && request.door === 'upgrade')
      return refuse('request.ambiguous', 'an upgrade where the pack knows none');
    return go({ ...request, action, body });
  };
}

/** @param text null: a binary message */
export type RecogniseMessage = (upgrade: Action, text: string | null) => Verdict<Action>;

/** The same for a message of a socket, which is here already and can name no hold by itself. */
export function createRecogniseMessage({ recogniseMessage }: { readonly recogniseMessage: RecogniseMessage }) {
  return (message: Authenticated & MessageArrival): Verdict<Recognised> => {
    const { socket, bytes, text, heldAs, ...request } = message;
    const recognised = recogniseMessage(socket.action, text);
    if (!recognised.go) return recognised;
    const action = recognised.value;
    const body = { mode: 'judged', digest: sha256Hex(bytes), bytes } as const;
    const hold = heldAs(action.signedDigest ?? body.digest);
    const headers = hold === undefined ? request.headers : [...request.headers, [HOLD_HEADER, hold] as const];
    return go({ ...request, headers, action, body });
  };
}
