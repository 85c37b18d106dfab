// Reads a tar archive (POSIX ustar) from its bytes as they come. Strict, because somebody hostile may have made it: plain files
// with plain names only, no links, no extensions, no name twice, nothing after the end. Writes nothing anywhere.

export type Member = {
  readonly name: string;
  /** bytes */
  readonly size: number;
  /** to be read before the next member is asked for */
  readonly content: AsyncIterable<Buffer>;
};

/** What is wrong with the archive as such; nothing after it can be read. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';
}

const BLOCK = 512;
/** Longer than any path that an archive of ours has; every part begins with a letter or digit, so none leads elsewhere. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*){0,5}$/;

/** @throws ArchiveFault */
export async function* readTar(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Member, void, undefined> {
  const source = sourceOf(bytes);
  const names = new Set<string>();
  for (;;) {
    const head = await source.take(BLOCK);
    if (isZero(head)) {
      if (!isZero(await source.take(BLOCK))) throw new ArchiveFault('something stands after the end');
      for await (const rest of source.rest())
        if (!isZero(rest)) throw new ArchiveFault('something stands after the end');
      return;
    }
    const { name, size } = readHead(head);
    if (names.has(name)) throw new ArchiveFault(`${name} is there twice`);
    names.add(name);
    let left = size;
    async function* content(): AsyncGenerator<Buffer, void, undefined> {
      while (left > 0) {
        const part = await source.some(left);
        left -= part.length;
        yield part;
      }
    }
    yield { name, size, content: content() };
    while (left > 0) left -= (await source.some(left)).length;
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (padding > 0 && !isZero(await source.take(padding))) throw new ArchiveFault(`something stands behind ${name}`);
  }
}

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

function readHead(head: Buffer): { name: string; size: number } {
  const text = (from: number, length: number): string => {
    const field = head.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.toString('latin1', 0, end < 0 ? length : end);
  };
  const number = (from: number, length: number): number => {
    const digits = text(from, length).trim();
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  let sum = 0;
  for (const [at, byte] of head.entries()) sum += at >= 148 && at < 156 ? 32 : byte;
  if (text(257, 5) !== 'ustar' || number(148, 8) !== sum)
    throw new ArchiveFault('this is not a tar archive, or it is damaged');
  const name = text(345, 155) === '' ? text(0, 100) : `${text(345, 155)}/${text(0, 100)}`;
  const kind = text(156, 1);
  if (!NAME.test(name)) throw new ArchiveFault(`${JSON.stringify(name.slice(0, 100))} is no name that may be in it`);
  if (kind !== '0' && kind !== '') throw new ArchiveFault(`${name} is no plain file`);
  const size = number(124, 12);
  if (!Number.isSafeInteger(size)) throw new ArchiveFault(`${name} has no size`);
  return { name, size };
}

function sourceOf(bytes: AsyncIterable<Uint8Array>) {
  const iterator = bytes[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done === true) return false;
      if (value.length === 0) continue;
      held = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      return true;
    }
  };
  /** At least one byte, at most `most`. */
  const some = async (most: number): Promise<Buffer> => {
    if (held.length === 0 && !(await more())) throw new ArchiveFault('it was cut: the end is missing');
    const part = held.subarray(0, most);
    held = held.subarray(part.length);
    return part;
  };
  return {
    some,
    async take(length: number): Promise<Buffer> {
      const parts: Buffer[] = [];
      for (let got = 0; got < length; ) {
        const part = await some(length - got);
        got += part.length;
        parts.push(part);
      }
      return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    },
    async *rest(): AsyncGenerator<Buffer, void, undefined> {
      do {
        if (held.length > 0) yield held;
        held = Buffer.alloc(0);
      } while (await more());
    },
  };
}
