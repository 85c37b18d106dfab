// The promises of a store (src/audit/ledger/blobs.ts), held against whatever keeps one.
import { expect, test } from 'vitest';
import { BlobExists, type Blobs, CheckpointMoved } from '../../src/audit/ledger/blobs.ts';

const text = (value: string) => Buffer.from(value);

/** @param open a store with nothing in it @param another a second writer's view of the same store */
export function keepsThePromises(open: () => { blobs: Blobs; another: Blobs }): void {
  test('what was never written is absent', async () => {
    expect(await open().blobs.read('tile/0/000')).toBeNull();
  });
  test('written once: the same bytes are welcome again, others never, and the other writer sees them', async () => {
    const { blobs, another } = open();
    await blobs.writeOnce('tile/0/000', text('a'));
    await another.writeOnce('tile/0/000', text('a'));
    await expect(another.writeOnce('tile/0/000', text('b'))).rejects.toThrow(BlobExists);
    expect(String(await another.read('tile/0/000'))).toBe('a');
  });
  test('of many writers of one path one wins, and everybody sees its bytes', async () => {
    const { blobs, another } = open();
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, (_, at) => (at % 2 ? blobs : another).writeOnce('tile/0/007', text(`writer ${at}`))),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(String(await blobs.read('tile/0/007'))).toMatch(/^writer \d+$/);
  });
  test('swapped only by who has seen what is there', async () => {
    const { blobs, another } = open();
    expect(await blobs.swap('checkpoint', text('x'), text('1'))).toBe(false);
    expect(await blobs.swap('checkpoint', null, text('1'))).toBe(true);
    expect(await another.swap('checkpoint', null, text('2'))).toBe(false);
    expect(await another.swap('checkpoint', text('1'), text('2'))).toBe(true);
    expect(await blobs.swap('checkpoint', text('1'), text('3'))).toBe(false);
    expect(String(await blobs.read('checkpoint'))).toBe('2');
  });
  test('of many who swap the same one at most succeeds', async () => {
    const { blobs, another } = open();
    expect(await blobs.swap('checkpoint', null, text('0'))).toBe(true);
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, (_, at) =>
        (at % 2 ? blobs : another).swap('checkpoint', text('0'), text(`${at + 1}`)),
      ),
    );
    expect(tries.filter((one) => one.status === 'fulfilled' && one.value)).toHaveLength(1);
    expect(String(await blobs.read('checkpoint'))).not.toBe('0');
  });
  test('written over only while the checkpoint stands', async () => {
    const { blobs, another } = open();
    await blobs.swap('checkpoint', null, text('1'));
    await blobs.writeOnce('tile/0/000', text('a'));
    await blobs.writeOver('tile/0/000', text('b'), text('1'));
    expect(String(await another.read('tile/0/000'))).toBe('b');
    await another.swap('checkpoint', text('1'), text('2'));
    await expect(blobs.writeOver('tile/0/000', text('c'), text('1'))).rejects.toThrow(CheckpointMoved);
    expect(String(await another.read('tile/0/000'))).toBe('b');
  });
  test.each(['../x', '/etc/passwd', 'tile//0', 'tile/../../x', '', 'tile/0/.x', 'a?b'])(
    'has no path %j',
    async (path) => {
      const { blobs } = open();
      await expect(blobs.read(path)).rejects.toThrow('no path');
      await expect(blobs.writeOnce(path, text('x'))).rejects.toThrow('no path');
    },
  );
}
