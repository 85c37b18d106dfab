// The three scripts that console pages load from us, read once at start: under their digest for ever, else checked by ETag.
// They are the same for everybody and hold no secret, so they need no session.
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sha256Base64url } from '../../kernel/ids.ts';

export type Script = {
  /** `/.sallyport/shim.js?v=<digest>`: what goes into the page */
  readonly url: string;
  readonly digest: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
};
export type PageScripts = { readonly [Name in 'shim.js' | 'page.js' | 'recorder.js']: Script };

/** @param dir the folder that `vite build` made @throws when a script is missing: a gateway without it would look fine */
export function loadPageScripts(dir: string): PageScripts {
  const load = (name: string): Script => {
    const plain = readFileSync(join(dir, name));
    const digest = sha256Base64url(plain).slice(0, 22);
    return { url: `/.sallyport/${name}?v=${digest}`, digest, plain, zipped: gzipSync(plain, { level: 9 }) };
  };
  return { 'shim.js': load('shim.js'), 'page.js': load('page.js'), 'recorder.js': load('recorder.js') };
}

export function sendScript(req: IncomingMessage, res: ServerResponse, script: Script, query: string): void {
  const tag = `"${script.digest}"`;
  const fixed = query === `v=${script.digest}`;
  res.setHeader('Cache-Control', fixed ? 'public, max-age=31536000, immutable' : 'no-cache');
  res.setHeader('ETag', tag);
  res.setHeader('Vary', 'Accept-Encoding');
  if (req.headers['if-none-match'] === tag) {
    res.writeHead(304).end();
    return;
  }
  const zipped = /\bgzip\b/.test(String(req.headers['accept-encoding'] ?? ''));
  const bytes = zipped ? script.zipped : script.plain;
  if (zipped) res.setHeader('Content-Encoding', 'gzip');
  res.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8', 'Content-Length': bytes.length });
  res.end(req.method === 'HEAD' ? undefined : bytes);
}
