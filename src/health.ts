// Health on a port of its own, on loopback by default: never on the portal's or a console's origin (pitfalls 14, 35).
import { createServer } from 'node:http';

export type HealthReport = {
  readonly ok: boolean;
  readonly redis: boolean;
  readonly recorder: boolean;
  readonly identityProvider?: boolean;
  /** the sealing of the journal: what lags is durable in Redis, so it refuses nobody, but somebody should look */
  readonly ledger: {
    /** entries that nobody has sealed yet */
    readonly behind: number;
    /** when everything was sealed last, ms; null: not since the start */
    readonly since: number | null;
    readonly leading: boolean;
    readonly fault: string | null;
  };
  /** destinations of the export that this gateway sends to: what lags is kept, so it refuses nobody */
  readonly export: readonly { readonly id: string; readonly lag: number; readonly behind: boolean }[];
};

/** GET /health -> 200 or 503 with the report. @throws when the port is taken */
export async function startHealth(deps: {
  host: string;
  port: number;
  report: () => HealthReport;
}): Promise<{ close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/health') {
      response.writeHead(404).end();
      return;
    }
    const report = deps.report();
    response
      .writeHead(report.ok ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      .end(JSON.stringify(report));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(deps.port, deps.host, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Redis is well when it answered within the last second. */
export const healthOf = (
  age: number,
  recorder: boolean,
  sealing: HealthReport['ledger'],
  exporting: HealthReport['export'],
): HealthReport => {
  const redis = age < 1000;
  const { behind, since, leading, fault } = sealing;
  return { ok: redis && recorder, redis, recorder, ledger: { behind, since, leading, fault }, export: exporting };
};
