// The console of the benchmark: answers every GET with the same 2 KB of JSON, as fast as node can. Tells its port to the parent.
import { createServer } from 'node:http';

const body = Buffer.from(
  JSON.stringify({
    devices: Array.from({ length: 20 }, (_, index) => ({
      id: `d-${index}`,
      name: `iPad ${index}`,
      status: 'compliant',
      os: '18.7',
      owner: 'somebody',
    })),
  }).padEnd(2048),
);
const server = createServer((_req, res) => {
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  res.end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
});
process.on('disconnect', () => process.exit());
