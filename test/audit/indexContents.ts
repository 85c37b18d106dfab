// What a session index says, to compare two of them: everything in the database but row numbers.
import { DatabaseSync } from 'node:sqlite';

export function indexContents(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true });
  const all = (sql: string) => database.prepare(sql).all();
  const dump = {
    parts: all('SELECT name, taken FROM parts ORDER BY name'),
    sessions: all('SELECT * FROM sessions ORDER BY id'),
    facets: all('SELECT * FROM facets ORDER BY session, console, action, risk, verdict'),
    exchanges: all(`
      SELECT exchanges.*, opened.name AS opened, closed.name AS closed FROM exchanges
      JOIN parts AS opened ON opened.id = open_part LEFT JOIN parts AS closed ON closed.id = close_part
      ORDER BY exchanges.id`).map(({ no, open_part, close_part, ...row }) => row),
    acts: all('SELECT person, at, console, action, devices FROM person_acts ORDER BY person, at, action, devices'),
    messages: all(`
      SELECT exchanges.id, name, messages.chunk, n FROM messages JOIN exchanges ON no = exchange
      JOIN parts ON parts.id = part ORDER BY name, n`),
  };
  database.close();
  return structuredClone(dump);
}
