// 10: exactly one reading of the request, for exactly one console. Adds the console, path segments, query, headers.
// Refuses with request.ambiguous, request.too_large, host.unknown.
import type { Canonical } from '../../kernel/exchange.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import type { Arrival, ConsoleByHost } from '../exchange.ts';

export function createCanonicalise({ consoleByHost }: { readonly consoleByHost: ConsoleByHost }) {
  return (arrival: Arrival): Verdict<Canonical> => {
    const { message, ...facts } = arrival;
    if (!message.go) return message;
    const { host, ...read } = message.value;
    const console = consoleByHost(host);
    if (console === undefined) return refuse('host.unknown', 'no console has this host');
    return go({ ...facts, ...read, console });
  };
}
