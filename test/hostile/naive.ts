// The twenty lines that everybody writes: a login gate, a path rule and an identity header in front of httpxy.
// Run with the upstream's origin as argument; tells its port; blocks its event loop for as long as it is told to.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createProxyServer } from 'httpxy';

const target = process.argv[2] ?? '';
const proxy = createProxyServer({});
proxy.on('proxyReq', (proxyReq) => proxyReq.setHeader('X-Gw-User', 'ada'));
proxy.on('error', () => undefined);
const server = createServer((req, res): void => {
  const refuse = (status: number): void => void res.writeHead(status, { 'Content-Length': 0 }).end();
  if (req.headers.cookie === undefined) refuse(401);
  else if (!new URL(req.url ?? '', 'http://gate').pathname.startsWith('/safe/')) refuse(403);
  else proxy.web(req, res, { target, xfwd: true }).catch(() => undefined);
});
server.on('upgrade', (req, socket, head) => proxy.ws(req, socket as never, { target }, head).catch(() => undefined));
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', (ms: number) => {
  for (const until = performance.now() + ms; performance.now() < until; );
});
