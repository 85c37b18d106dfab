// Starts the demo (demo/run.ts) and says what to try; `--tour` plays the story in a headless browser instead.
import { join, resolve } from 'node:path';
import { bold, complain, dim, print, table } from './report.ts';

export type DemoOptions = { port: string; data: string; fresh?: boolean; tour?: boolean; pictures: string };

export async function demo(options: DemoOptions): Promise<number> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 1024 || port > 65_000) {
    complain(`--port ${options.port}: write a number from 1024 to 65000.`);
    return 2;
  }
  const { startDemo, PortBusy } = await import('../../demo/run.ts').catch(() => {
    throw new Error('The demo does not come with this installation: clone the repository to run it.');
  });
  let running: Awaited<ReturnType<typeof startDemo>>;
  try {
    running = await startDemo({ port, dataDir: options.data, fresh: options.fresh ?? false });
  } catch (error) {
    if (error instanceof PortBusy || (error instanceof Error && error.name === 'RedisNotStarted')) {
      complain(error.message);
      return 2;
    }
    throw error;
  }
  try {
    if (options.tour) {
      const { playTour } = await import('../../demo/tour.ts');
      await playTour({ demo: running, pictures: resolve(options.pictures), say: print });
      return 0;
    }
    print(welcome(running.addresses, resolve(options.data)));
    await new Promise<void>((stop) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
    });
    print(dim('\nStopping. The data stays; --fresh forgets it.'));
    return 0;
  } finally {
    await running.close();
  }
}

const welcome = (
  addresses: { portal: string; console: string; idp: string; upstream: string },
  data: string,
): string => `
${bold('Sallyport demo is running.')}  Ctrl-C stops everything.

${table([
  ['Console through the gateway', bold(addresses.console), 'user demo, password demo'],
  ['Portal', bold(addresses.portal), 'access, approvals, passkeys, sessions'],
  ['Identity provider', addresses.idp, ''],
  ['The console itself', addresses.upstream, 'what the gateway protects'],
])}

${bold('People')} (one click to sign in; use one browser profile or private window each)
${table([
  ['  ada', 'admin', 'wipes a device, after asking'],
  ['  grace', 'approver', 'approves with a passkey'],
  ['  linus', 'auditor', 'sees what was done'],
  ['  olga', 'admin and approver', 'still cannot approve her own request'],
  ['  mallory', 'no group', 'can sign in and do nothing, and is told why'],
])}

${bold('Try')}
  1. As grace and as ada: open the portal, add a passkey.
  2. As ada: open the console, Devices, "iPad of Marie", Wipe. Ask for access.
  3. As grace: open Approvals in the portal, approve with your passkey.
  4. As ada: continue, sign the exact request, and the device is wiped once.
  5. As linus: open Sessions in the portal and look at it.

${dim(`The same as JSON: ${join(data, 'demo.json')}. Check the audit chain: npx sallyport audit verify --data ${data}`)}
`;
