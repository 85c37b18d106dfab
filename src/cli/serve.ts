// Runs the gateway until SIGTERM or SIGINT, then drains. SIGHUP: look at the changed rules now. Exit code 2 when it cannot start.
import { createLog, errorText } from '../log.ts';
import { RedisNotStarted } from '../redis/embedded.ts';
import { startGateway } from '../wire.ts';
import { complainAbout, configOr } from './faults.ts';
import { complain } from './report.ts';

export async function serve(options: { config: string }): Promise<number> {
  const config = configOr(options.config);
  if (!config) return 2;
  const log = createLog({ level: config.log.level });
  try {
    const gateway = await startGateway(config, log);
    process.on('SIGHUP', () => void gateway.reload());
    const signal = await new Promise<string>((resolve) => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
    });
    log.info({ signal }, 'stopping');
    await gateway.close();
    return 0;
  } catch (error) {
    if (error instanceof Error && 'faults' in error && Array.isArray(error.faults)) complainAbout(error.faults);
    else if (error instanceof RedisNotStarted) complain(error.message);
    else if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      complain(
        `Port ${config.listen.port} on ${config.listen.host} is taken by another program: stop it, or change listen.port in ${options.config}.`,
      );
    else complain(`Sallyport could not start: ${errorText(error)}`);
    return 2;
  }
}
