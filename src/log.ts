// One JSON object a line on stdout. Values come from an allow-list of facts by the caller; this file adds only time and level.
// The only importer of pino.
import { destination, pino } from 'pino';

export type Log = {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
};

/** @param file where to write; stdout when undefined. Written synchronously, so that the last words before a crash stay. */
export function createLog(options: { level: 'debug' | 'info' | 'warn' | 'error'; file?: string }): Log {
  const logger = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination({ dest: options.file ?? 1, sync: true, mkdir: true }),
  );
  const line = (level: keyof Log) => (facts: object, message: string) => logger[level](facts, message);
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

/** The words of an error for a log line: bounded, never its stack or its members. */
export const errorText = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 2000);
