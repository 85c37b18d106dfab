// The thread that keeps and asks the reports' database: a year of acts summed up must not hold up a request.
import { platform, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openReports } from './database.ts';
import * as queries from './queries.ts';
import type { Ask } from './reports.ts';
import { forgetAll, positionOf, takeIn } from './takeIn.ts';

const NICE = 10;
// Linux gives each thread a priority of its own; elsewhere 0 would be the whole process.
if (platform() === 'linux') setPriority(0, NICE);

const port = parentPort;
if (!port) throw new Error('this is a worker thread');
const database = openReports((workerData as { file: string }).file);

function answer(ask: Ask): unknown {
  switch (ask.do) {
    case 'position':
      return positionOf(database);
    case 'takeIn':
      return takeIn(database, ask.after, ask.entries);
    case 'forget':
      return forgetAll(database);
    case 'activity':
      return queries.activity(database, ask.filter, ask.by);
    case 'approvals':
      return queries.approvals(database, ask.filter);
    case 'acts':
      return queries.actPage(database, ask.filter, ask.after);
    case 'asks':
      return queries.askPage(database, ask.filter, ask.after);
    case 'close':
      database.close();
      port?.close();
      return null;
  }
}

port.on('message', ({ id, ask }: { id: number; ask: Ask }) => {
  try {
    port.postMessage({ id, value: answer(ask) });
  } catch (error) {
    port.postMessage({ id, fault: error instanceof Error ? error.message : String(error) });
  }
});
