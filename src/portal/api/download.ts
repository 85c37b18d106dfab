// Sends a file as it is made: what is large stands in memory nowhere.
import type { Response } from 'express';
import { drained } from './drained.ts';
import type { Answer } from './endpoint.ts';

/** A file that breaks off must not look whole: the connection is cut. */
export async function download(
  res: Response,
  { type, file = 'download' }: Answer,
  pieces: AsyncIterable<string>,
): Promise<void> {
  const parts = pieces[Symbol.asyncIterator]();
  // The first piece before the head: what fails at once is answered as a problem.
  let part = await parts.next();
  res.status(200).setHeader('Content-Type', `${type}; charset=utf-8`);
  res.setHeader('Content-Disposition', `attachment; filename="${file}"`);
  try {
    for (; !part.done; part = await parts.next()) {
      if (res.destroyed) break;
      if (!res.write(part.value)) await drained(res);
    }
    res.end();
  } catch (error) {
    res.destroy();
    throw error;
  } finally {
    await parts.return?.();
  }
}
