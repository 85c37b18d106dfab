// What a session index says, to compare two of them: everything in the database but row numbers.
import { DatabaseSync } from 'node:sqlite';

export function indexContents(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true });
  const all = (sql: string) => database.prepare(sql).all();
  const dump = {
    files: all('SELECT name, taken FROM files ORDER BY name'),
    sessions: all('SELECT * FROM sessions ORDER BY id'),
    facets: all('SELECT * FROM facets ORDER BY session, console, action, risk, verdict'),
    exchanges: all(`
      SELECT exchanges.*, opened.name AS opened, closed.name AS closed FROM exchanges
      JOIN files AS opened ON opened.id = open_file LEFT JOIN files AS closed ON closed.id = close_file
      ORDER BY exchanges.id`).map(({ no, open_file, close_file, ...row }) => row),
    acts: all('SELECT person, at, console, action, devices FROM person_acts ORDER BY person, at, action, devices'),
    messages: all(`
      SELECT exchanges.id, name, offset, length FROM messages JOIN exchanges ON no = exchange
      JOIN files ON files.id = file ORDER BY name, offset`),
  };
  database.close();
  return structuredClone(dump);
}
