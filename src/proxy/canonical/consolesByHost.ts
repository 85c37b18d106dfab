// Which console lives at a host, by every spelling of its origin's host that a browser sends.
import type { Console } from '../../kernel/exchange.ts';
import { hostsOf } from './message.ts';

export function consolesByHost(consoles: readonly Console[]): (host: string) => Console | undefined {
  const hosts = new Map(consoles.flatMap((console) => hostsOf(console.origin).map((host) => [host, console] as const)));
  return (host) => hosts.get(host);
}
