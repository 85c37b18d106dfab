// What a destination is to the exporter. A destination only sends: cursors, order and repeats are the exporter's.
import type { Ocsf } from './ocsf/event.ts';

export type Outgoing = {
  /** number in the journal */
  readonly seq: number;
  /** names this entry for ever: receivers know repeats by it */
  readonly uid: string;
  /** ms */
  readonly at: number;
  readonly event: Ocsf;
  /** the event as one line of JSON */
  readonly json: string;
};

/**
 * What became of a batch. `why` names no address and no secret.
 * taken: all of it is with the receiver, but for `rejected` of them that it does not name. later: none is known to be, try again (after so many ms). never: the receiver refuses
 * what is in it, for good. each: one word for each item, in order.
 */
export type Delivery =
  | { readonly word: 'taken'; readonly rejected?: { readonly count: number; readonly why: string } }
  | { readonly word: 'later'; readonly why: string; readonly after?: number }
  | { readonly word: 'never'; readonly why: string }
  | { readonly word: 'each'; readonly items: readonly ('taken' | 'later' | 'never')[]; readonly why: string };

export const DESTINATION_KINDS = ['syslog', 'splunk', 'elastic', 'http', 'otlp', 'file'] as const;
export type DestinationKind = (typeof DESTINATION_KINDS)[number];

export type Destination = {
  readonly id: string;
  readonly kind: DestinationKind;
  /** Sends in order, within a time of its own, or says why not. Never throws; never called twice at once. */
  send(batch: readonly Outgoing[]): Promise<Delivery>;
  /** Lets go of connections and files; a send under way ends. */
  close(): Promise<void>;
};
