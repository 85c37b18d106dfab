// The main thread's own connection to the index, only for reading: WAL lets it read while the worker writes. Opened when it is
// first needed, and again when the worker made the database anew.
import type { DatabaseSync } from 'node:sqlite';
import { isBroken, openReader } from './database.ts';
import { IndexRebuilding, whole } from './rebuilding.ts';

export type Reader = {
  /** @throws what the query throws; IndexRebuilding when the file turns out to be broken, which is told too */
  read<T>(query: (database: DatabaseSync) => T): T;
  /** The same, for what would mislead while part of it is missing. @throws IndexRebuilding then too */
  readWhole<T>(query: (database: DatabaseSync) => T): T;
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
  const read = <T>(query: (database: DatabaseSync) => T): T => {
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
      if (!isBroken(error)) throw error;
      onBroken();
      throw new IndexRebuilding(0);
    }
  };
  return {
    read,
    readWhole: (query) =>
      read((database) => {
        whole(database);
        return query(database);
      }),
    reopen: drop,
    close() {
      closed = true;
      drop();
    },
  };
}
