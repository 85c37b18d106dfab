// Where a client really is. The socket's address, unless that is a proxy of ours: then the rightmost address in
// X-Forwarded-For that is none. Everything left of it was written by the client and means nothing.
import { BlockList, isIP } from 'node:net';

/** Entries that are looked at, from the right. More proxies in a row than this nobody has. */
const MOST_HOPS = 20;

/** @param cidrs addresses and networks, checked by the configuration */
export function addressSet(cidrs: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (text) => {
    const address = plainAddress(text);
    return address !== null && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  };
}

/** `::ffff:10.0.0.1` is 10.0.0.1; with a port (`10.0.0.1:80`, `[::1]:80`) the port is cut. Null: no address. */
export function plainAddress(text: string): string | null {
  const trimmed = text.trim();
  const [, bracketed] = /^\[([0-9a-f:.]+)\](?::\d{1,5})?$/i.exec(trimmed) ?? [];
  const [, withPort] = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/.exec(trimmed) ?? [];
  const address = bracketed ?? withPort ?? trimmed;
  const [, mapped] = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address) ?? [];
  const plain = mapped ?? address;
  return isIP(plain) === 0 || plain.includes('%') ? null : plain;
}

export type PeerOf = (socketAddress: string | undefined, rawHeaders: readonly string[]) => string;

/** @returns the client's address; '' when there is none */
export function createPeerOf(trustedProxies: readonly string[]): PeerOf {
  const trusted = addressSet(trustedProxies);
  return (socketAddress = '', rawHeaders) => {
    let peer = plainAddress(socketAddress) ?? socketAddress;
    if (trustedProxies.length === 0 || !trusted(peer)) return peer;
    for (const hop of forwardedFor(rawHeaders).reverse().slice(0, MOST_HOPS)) {
      const address = plainAddress(hop);
      // What is no address was not written by a proxy of ours: nothing left of it counts either.
      if (address === null) return peer;
      peer = address;
      if (!trusted(address)) return peer;
    }
    return peer;
  };
}

/** All entries of all such headers, in order: several headers of the name are one list (RFC 9110, 5.3). */
function forwardedFor(rawHeaders: readonly string[]): string[] {
  const hops: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === 'x-forwarded-for') hops.push(...(rawHeaders[at + 1] ?? '').split(','));
  return hops;
}
