// Writes a tar archive as a stream: never more of it in memory than the reader takes. The only importer of modern-tar.
import { createTarPacker } from 'modern-tar';

export type TarFile = {
  readonly name: string;
  readonly size: number;
  /** @throws when the content is not to be had any more: the archive then ends in the middle, and says so by that */
  open(): AsyncIterable<Uint8Array>;
};

/** Names that every tar knows without extensions. */
const LONGEST_NAME = 100;

/** @param at modification time of all files, ms */
export async function* tarOf(files: readonly TarFile[], at: number): AsyncGenerator<Uint8Array, void, undefined> {
  const { readable, controller } = createTarPacker();
  const write = async (): Promise<void> => {
    for (const { name, size, open } of files) {
      if (Buffer.byteLength(name) > LONGEST_NAME) throw new Error(`the name ${name} is too long for an archive`);
      const file = controller.add({ name, size, type: 'file', mode: 0o644, mtime: new Date(at) });
      const writer = file.getWriter();
      for await (const bytes of open()) await writer.write(bytes);
      await writer.close();
    }
    controller.finalize();
  };
  const writing = write().catch((error: unknown) => controller.error(error));
  const reader = readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
    await writing;
  }
}
