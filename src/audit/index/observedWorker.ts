// The thread that reads recordings for one report, so that decrypting them keeps no request waiting.
import { parentPort, workerData } from 'node:worker_threads';
import { type ObservedQuery, observedReport } from './observedReport.ts';
import type { Recorded } from './openings.ts';

const { recorded, query } = workerData as { recorded: Recorded; query: ObservedQuery };
parentPort?.postMessage(await observedReport(recorded, query));
