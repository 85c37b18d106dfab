// Server-sent events -> "read it again". A lost connection is known to the screens, heals by itself, and on healing everything is
// read again, because what happened meanwhile is unknown.
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { type Connection, ConnectionContext } from './connection.ts';
import { keys } from './queries.ts';

const FIRST_RETRY = 1000;
const LAST_RETRY = 15_000;
/** A shorter break is not worth a word. */
const PATIENCE = 2500;

export const LiveProvider = ({ children }: { children: ReactNode }) => {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>('connecting');

  useEffect(() => {
    let source: EventSource | undefined;
    let retryTimer: number | undefined;
    let lostTimer: number | undefined;
    let wait = FIRST_RETRY;
    let opened = false;
    const again = (queryKey: readonly string[]) => void client.invalidateQueries({ queryKey });

    const connect = () => {
      source = new EventSource('/api/events');
      source.onopen = () => {
        window.clearTimeout(lostTimer);
        lostTimer = undefined;
        wait = FIRST_RETRY;
        setConnection('live');
        if (opened) void client.invalidateQueries();
        opened = true;
      };
      source.onerror = () => {
        // The browser's own retry gives up for good after some answers (401, 503), so it is never relied on.
        source?.close();
        lostTimer ??= window.setTimeout(() => setConnection('lost'), PATIENCE);
        again(keys.me);
        retryTimer = window.setTimeout(connect, wait);
        wait = Math.min(LAST_RETRY, wait * 2);
      };
      source.addEventListener('grants', () => {
        again(keys.grants);
        again(keys.budgets);
      });
      source.addEventListener('holds', () => {
        again(keys.holds);
        again(keys.budgets);
      });
      source.addEventListener('freezes', () => again(keys.freezes));
      source.addEventListener('sessions', () => again(keys.sessionLists));
      source.addEventListener('session', () => {
        again(keys.me);
        again(keys.passkeys);
        again(keys.holds);
      });
      source.addEventListener('ended', () => {
        source?.close();
        again(keys.me);
        // Still signed in after all (another tab signed in again): go on listening.
        retryTimer = window.setTimeout(connect, LAST_RETRY);
      });
    };
    const hurry = () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      window.clearTimeout(retryTimer);
      connect();
    };
    connect();
    window.addEventListener('online', hurry);
    return () => {
      window.removeEventListener('online', hurry);
      window.clearTimeout(retryTimer);
      window.clearTimeout(lostTimer);
      source?.close();
    };
  }, [client]);

  return <ConnectionContext value={connection}>{children}</ConnectionContext>;
};
