// Which notice goes to which places. Pure. A person's own address is asked for by the caller; it comes in as `own`.
import type { Item, Notice, NoticeEvent } from './notice.ts';

export type NoticeRoute = {
  /** whoever may answer; the one who asked; those who run the gateway; or only these groups of those who may answer */
  readonly to: 'approvers' | 'requester' | 'operators' | readonly string[];
  /** null: every event */
  readonly events: readonly NoticeEvent[] | null;
  readonly channels: readonly string[];
};

export type AddressBook = {
  /** by group of the IdP */
  readonly groups: { readonly [group: string]: readonly string[] };
  readonly operators: readonly string[];
};

export type Placed = Item & { readonly channel: string };

/**
 * @param personal whether a channel takes addresses of people
 * @param own the requester's mail address; null: not known
 * @returns each place once, however many routes lead there
 */
export function placesOf(
  notice: Notice,
  routes: readonly NoticeRoute[],
  book: AddressBook,
  personal: (channel: string) => boolean,
  own: string | null,
): Placed[] {
  const places = new Map<string, Placed>();
  for (const route of routes) {
    if (route.events !== null && !route.events.includes(notice.event)) continue;
    const addresses = addressesOf(notice, route, book, own);
    if (addresses === null) continue;
    for (const channel of route.channels) {
      for (const to of personal(channel) ? addresses : ['']) places.set(`${channel}\n${to}`, { channel, to, notice });
    }
  }
  return [...places.values()];
}

/** null: the route is not for this notice */
function addressesOf(
  { audience }: Notice,
  { to }: NoticeRoute,
  book: AddressBook,
  own: string | null,
): readonly string[] | null {
  if (audience.role === 'requester') return to === 'requester' ? (own === null ? [] : [own]) : null;
  if (audience.role === 'operators') return to === 'operators' ? book.operators : null;
  const groups =
    to === 'approvers'
      ? audience.groups
      : typeof to === 'string'
        ? []
        : audience.groups.filter((one) => to.includes(one));
  if (groups.length === 0) return null;
  // Nobody is asked about their own request: they could not answer it.
  const listed = groups.flatMap((group) => (Object.hasOwn(book.groups, group) ? (book.groups[group] ?? []) : []));
  return [...new Set(listed)].filter((address) => address !== own);
}
