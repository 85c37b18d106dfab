// The replay origin: one page without cookies, where what a console looked like is rebuilt out of a recording. What is recorded
// is hostile, so this page can do nothing but that: its own script by digest and no other, no network at all, no storage, no
// forms, no frames but empty ones. It holds no data: the portal hands it the events. Shown inside the portal only.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

export type ReplayPageDeps = {
  /** the built page: replay.js, replay.css */
  readonly dir: string;
  /** the only one that may show it */
  readonly portalOrigin: string;
};

type Built = { readonly html: Buffer; readonly policy: string };

/** What a page of nobody needs none of. */
const SWITCHED_OFF = [
  ...['accelerometer', 'autoplay', 'camera', 'clipboard-read', 'clipboard-write', 'display-capture', 'fullscreen'],
  ...['geolocation', 'gyroscope', 'hid', 'identity-credentials-get', 'idle-detection', 'local-fonts', 'magnetometer'],
  ...['microphone', 'midi', 'payment', 'publickey-credentials-create', 'publickey-credentials-get'],
  ...['screen-wake-lock', 'serial', 'storage-access', 'usb', 'xr-spatial-tracking'],
];

const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** @returns answers every request that comes to the replay origin */
export function createReplayPage({ dir, portalOrigin }: ReplayPageDeps) {
  let built: Promise<Built> | undefined;
  const read = async (): Promise<Built> => {
    const [script, style] = await Promise.all([
      readFile(join(dir, 'replay.js'), 'utf8'),
      readFile(join(dir, 'replay.css'), 'utf8'),
    ]);
    if (/<\/script/i.test(script) || /<\/style/i.test(style))
      throw new Error('the replay page cannot hold its own parts');
    const head =
      '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">' +
      `<meta name="sallyport-portal" content="${portalOrigin}"><title>Recorded page</title><style>${style}</style>`;
    return {
      html: Buffer.from(`${head}</head><body><div id="stage"></div><script>${script}</script></body></html>`),
      policy: policyOf(digest(script), portalOrigin),
    };
  };

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Referrer-Policy', 'no-referrer');
    res.setHeader('X-DNS-Prefetch-Control', 'off');
    res.setHeader('Cross-Origin-Resource-Policy', 'same-site');
    res.setHeader('Permissions-Policy', SWITCHED_OFF.map((name) => `${name}=()`).join(', '));
    // A process of its own where the browser grants it: a page that is too much for it leaves the portal alive.
    res.setHeader('Origin-Agent-Cluster', '?1');
    if (req.url !== '/' || (req.method !== 'GET' && req.method !== 'HEAD')) {
      res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
      res.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
      return void res.end('There is nothing here.\n');
    }
    built ??= read();
    let page: Built;
    try {
      page = await built;
    } catch {
      built = undefined;
      res.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8' });
      return void res.end('The replay page is not built.\n');
    }
    res.setHeader('Content-Security-Policy', page.policy);
    res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': page.html.length });
    res.end(req.method === 'HEAD' ? undefined : page.html);
  };
}

/**
 * The frames in which pages are rebuilt are empty documents of this page and take this policy over. `allow-same-origin` is
 * needed: a frame of an opaque origin cannot reach into the empty one in it. The origin itself holds nothing.
 */
const policyOf = (script: string, portalOrigin: string): string =>
  [
    "default-src 'none'",
    `script-src ${script}`,
    "script-src-attr 'none'",
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    'font-src data:',
    "frame-src 'none'",
    "worker-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${portalOrigin}`,
    'sandbox allow-scripts allow-same-origin',
  ].join('; ');
