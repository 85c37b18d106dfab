// Writes finished recordings, in a process of its own so that what it leaves to the garbage collector is not the test's.
// Arguments: folder, how many exchanges, how many in a part, lines in a chunk. Tells parts and their numbers of lines as JSON.
import type { LineContent } from '../../src/audit/recording/lines.ts';
import { closing, opening, storePart, T0 } from './recordingKit.ts';

const [dir = '', count = '', each = '', chunk = '400'] = process.argv.slice(2);
const sizes: [part: string, lines: number][] = [];
for (let from = 0; from < Number(count); from += Number(each)) {
  const session = `ses_${from / Number(each)}`;
  const lines: LineContent[] = [];
  for (let n = from; n < Math.min(from + Number(each), Number(count)); n += 1) {
    const wipe = n % 40 === 7 ? { action: 'device.wipe', risk: 'destructive', title: `Wipe d-${n % 9}` } : {};
    const open = opening(`exc_${n}`, { session, at: T0 + n, ...wipe });
    lines.push({ type: 'open', ...open });
    lines.push({ type: 'close', id: open.id, at: T0 + n + 1, ...closing() });
  }
  const part = `${session}/gw_1-000001`;
  sizes.push([part, await storePart(dir, part, lines, Number(chunk))]);
}
process.stdout.write(JSON.stringify(sizes));
