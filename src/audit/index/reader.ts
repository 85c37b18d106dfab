// The main thread's own connection to the index, only for reading: WAL lets it read while the worker writes. Opened when it is
// first needed, and again when the worker made the database anew.
import type { DatabaseSync } from 'node:sqlite';
import { isBroken, openReader } from './database.ts';

export type Reader = {
  /** @throws what the query throws; when the file turns out to be broken, also tells so */
  read<T>(query: (database: DatabaseSync) => T): T;
  /** The database is another file now. */
  reopen(): void;
  close(): void;
};

/** @param onBroken reading is of no use until the database is made anew */
export function createReader({ file, onBroken }: { file: string; onBroken: () => void }): Reader {
  let database: DatabaseSync | undefined;
  let closed = false;
  const drop = (): void => {
    const before = database;
    database = undefined;
    try {
      before?.close();
    } catch {
      // a broken file: nothing of it is needed any more
    }
  };
  const attempt = <T>(query: (database: DatabaseSync) => T): T => {
    if (closed) throw new Error('the session index is closed');
    database ??= openReader(file);
    return query(database);
  };
  return {
    read(query) {
      try {
        return attempt(query);
      } catch (error) {
        if (!isBroken(error)) throw error;
      }
      // Perhaps only what this connection held of it.
      drop();
      try {
        return attempt(query);
      } catch (error) {
        if (isBroken(error)) onBroken();
        throw error;
      }
    },
    reopen: drop,
    close() {
      closed = true;
      drop();
    },
  };
}
