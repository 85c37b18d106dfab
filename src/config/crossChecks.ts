// Rules between settings. Each says where, what, and what to do.
import { exportFindings } from './export.ts';
import { noticeFindings } from './notices.ts';
import { replayOriginOf } from './replayOrigin.ts';
import { retentionFindings } from './retention.ts';
import type { Settings } from './schema.ts';

export type Finding = { readonly path: readonly (string | number)[]; readonly what: string };

export function crossChecks(settings: Settings): Finding[] {
  const findings: Finding[] = [];
  const add = (path: readonly (string | number)[], what: string) => findings.push({ path, what });
  const hosts = new Map<string, string>([[hostOf(settings.portal.origin), 'the portal']]);
  const replay = hostOf(replayOriginOf(settings));
  // What is recorded is a console's and cannot be trusted: it is never rebuilt where the portal's or a console's cookies are.
  if (replay === hostOf(settings.portal.origin))
    add(['replay', 'origin'], `the portal lives on host ${replay}: give the replay a host name of its own`);
  hosts.set(replay, 'the replay of recorded pages');
  const ids = new Set<string>();
  settings.consoles.forEach((console, index) => {
    const host = hostOf(console.origin);
    const taken = hosts.get(host);
    // Same host on another port would share cookies and the WebAuthn RP id with the console's scripts (pitfalls 31).
    if (taken)
      add(
        ['consoles', index, 'origin'],
        `${taken} lives on host ${host} already: give this console a host name of its own`,
      );
    hosts.set(host, `console ${console.id}`);
    if (ids.has(console.id)) add(['consoles', index, 'id'], `two consoles are called ${console.id}: choose another id`);
    ids.add(console.id);
    if (console.upstream === console.origin || console.upstream === settings.portal.origin) {
      add(['consoles', index, 'upstream'], 'this is the gateway itself: name the address of the console behind it');
    }
  });
  if (settings.session.idle > settings.session.absolute) {
    add(['session', 'idle'], 'longer than session.absolute, so it could never apply: make it shorter');
  }
  return [
    ...findings,
    ...noticeFindings(settings.notices),
    ...exportFindings(settings.export),
    ...retentionFindings(settings.retention, settings.consoles),
  ];
}

const hostOf = (origin: string): string => URL.parse(origin)?.hostname ?? origin;
