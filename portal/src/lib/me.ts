// Who reads this page. Provided once they are known; screens below may rely on it.
import { createContext, use } from 'react';
import type { Me } from '../../../src/portal/contract/me.ts';

export const MeContext = createContext<Me | null>(null);

export const useMe = (): Me => {
  const me = use(MeContext);
  if (me === null) throw new Error('nobody is signed in');
  return me;
};

/** The name of a console by its id; the id itself when it is not configured any more. */
export const consoleName = (consoles: Me['consoles'], id: string): string =>
  consoles.find((console) => console.id === id)?.name ?? id;

/** Where signing in starts; comes back to `to`. */
export const loginUrl = (to: string, fresh = false): string =>
  `/login?to=${encodeURIComponent(to)}${fresh ? '&fresh=1' : ''}`;
