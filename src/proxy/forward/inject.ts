// Puts our script first into a page's head while the page streams through. Looks ahead a bounded number of bytes; when it
// cannot tell by then where the head is, the page goes through as it came. Nothing else of the page is touched.
import { Transform } from 'node:stream';

const LOOK_AHEAD = 64 * 1024;

/** @param tag ASCII */
export function createInjector(tag: string): Transform {
  let held: Buffer[] = [];
  let size = 0;
  let decided = false;

  const decide = (stream: Transform, ended: boolean) => {
    const bytes = held.length === 1 ? (held[0] ?? Buffer.alloc(0)) : Buffer.concat(held);
    const at = placeFor(bytes.toString('latin1'), ended);
    if (at === null && !ended && size < LOOK_AHEAD) {
      held = [bytes];
      return;
    }
    decided = true;
    held = [];
    if (at === null || bytes.length === 0) {
      if (bytes.length > 0) stream.push(bytes);
      return;
    }
    stream.push(Buffer.concat([bytes.subarray(0, at), Buffer.from(tag, 'latin1'), bytes.subarray(at)]));
  };

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (decided) return done(null, chunk);
      held.push(chunk);
      size += chunk.length;
      decide(this, false);
      done();
    },
    flush(done) {
      if (!decided) decide(this, true);
      done();
    },
  });
}

/**
 * Where the head's content begins: behind `<head ...>`, or before the first thing that would open a head by itself.
 * @returns null: more bytes are needed
 */
export function placeFor(html: string, ended = false): number | null {
  let at = html.startsWith('\xef\xbb\xbf') ? 3 : 0;
  for (;;) {
    while (/\s/.test(html[at] ?? '')) at += 1;
    const rest = html.slice(at, at + 4096);
    if (rest.startsWith('<!--')) {
      const end = html.indexOf('-->', at + 4);
      if (end < 0) return null;
      at = end + 3;
    } else if (/^<![a-z]/i.test(rest) || /^<html[\s/>]/i.test(rest)) {
      const end = tagEnd(html, at);
      if (end === null) return null;
      at = end;
    } else if (/^<head[\s/>]/i.test(rest)) return tagEnd(html, at);
    // Too little to tell: `<he` may become `<head>` or `<header>`.
    else if (!ended && rest.length < 10 && '<!--<html <head <!doctype'.includes(rest.toLowerCase())) return null;
    else return at;
  }
}

/** Behind the `>` that ends the tag, quotes respected. */
function tagEnd(html: string, from: number): number | null {
  let quote = '';
  for (let at = from; at < html.length; at += 1) {
    const character = html[at] ?? '';
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at + 1;
  }
  return null;
}
