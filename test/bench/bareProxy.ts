// What is compared with: http-proxy-middleware and nothing else, with kept connections (its own default makes a new one for
// every request, which would be too easy to beat).
import { Agent, createServer } from 'node:http';
import { createProxyMiddleware } from 'http-proxy-middleware';

const [, , target = '', kept = 'kept'] = process.argv;
const proxy = createProxyMiddleware({
  target,
  changeOrigin: true,
  ...(kept === 'kept' ? { agent: new Agent({ keepAlive: true, maxSockets: 64 }) } : {}),
});
const server = createServer((req, res) => void proxy(req, res, () => res.writeHead(404).end()));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
});
process.on('disconnect', () => process.exit());
