// Which of the configured networks an address is in: a fact for policies. An address that cannot be read is in none.
import { addressSet } from '../canonical/peer.ts';

export type NetworksOf = (address: string) => readonly string[];

const NONE: readonly string[] = Object.freeze([]);
/** Addresses whose answer is kept: a team's, not the internet's. */
const MOST_KEPT = 1000;

/** @param networks name -> addresses and networks */
export function createNetworks(networks: { readonly [name: string]: readonly string[] }): NetworksOf {
  const sets = Object.entries(networks).map(([name, cidrs]) => ({ name, has: addressSet(cidrs) }));
  if (sets.length === 0) return () => NONE;
  const kept = new Map<string, readonly string[]>();
  return (address) => {
    const known = kept.get(address);
    if (known !== undefined) return known;
    const names = sets.filter(({ has }) => has(address)).map(({ name }) => name);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(address, names);
    return names;
  };
}
