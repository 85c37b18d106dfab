// Whether live events arrive. Screens outside the provider count as not connected.
import { createContext, use } from 'react';

export type Connection = 'connecting' | 'live' | 'lost';

export const ConnectionContext = createContext<Connection>('connecting');
export const useConnection = (): Connection => use(ConnectionContext);
