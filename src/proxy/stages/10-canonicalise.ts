// 10: exactly one reading of the request, for exactly one console. Adds the console, path segments, query, headers.
// Refuses with request.ambiguous, request.too_large, host.unknown.
import type { Canonical } from '../../kernel/exchange.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import type { Arrival, ConsoleByHost } from '../exchange.ts';

export function createCanonicalise({ consoleByHost }: { readonly consoleByHost: ConsoleByHost }) {
  return (arrival: Arrival): Verdict<Canonical> => {
    const { id, at, door, peer, message } = arrival;
    if (!message.go) return message;
    const { host, method, target, path, segments, query, headers, bodyLength, navigation } = message.value;
    const console = consoleByHost(host);
    if (console === undefined) return refuse('host.unknown', 'no console has this host');
    const read = { method, target, path, segments, query, headers, bodyLength, navigation };
    return go({ id, at, door, peer, console, ...read });
  };
}
