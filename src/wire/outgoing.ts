// What leaves the gateway for people and other systems: notices, exports, reports. All of it reads the journal, none of it is
// waited for by a request. Part of the composition: called by wire.ts, once.
import { join } from 'node:path';
import type { Freezes } from '../access/freezes/freezes.redis.ts';
import type { Grants } from '../access/grants/grants.redis.ts';
import type { Holds } from '../access/holds/holds.redis.ts';
import { createCursors } from '../audit/export/cursors.redis.ts';
import { createExports } from '../audit/export/exports.ts';
import type { Journal } from '../audit/journal/journal.redis.ts';
import { createReports } from '../audit/reports/reports.ts';
import type { Config } from '../config/schema.ts';
import type { AccessRules } from '../kernel/accessRules.ts';
import { systemClock } from '../kernel/clock.ts';
import { createChannels, createNotices } from '../notices/notices.ts';
import { createOutbox } from '../notices/outbox.redis.ts';
import { VERSION } from '../version.ts';
import type { State } from './state.ts';

export type OutgoingParts = Pick<State, 'scripts' | 'client' | 'keys' | 'pulse'> & {
  readonly journal: Journal;
  readonly grants: Pick<Grants, 'get'>;
  readonly holds: Pick<Holds, 'get'>;
  readonly freezes: Pick<Freezes, 'current'>;
  readonly rules: () => AccessRules;
  /** this process */
  readonly run: string;
  readonly portalOrigin: string;
  readonly onError: (what: string) => (error: unknown) => void;
};

export function createOutgoing(
  config: Pick<Config, 'consoles' | 'notices' | 'export' | 'data' | 'deployment'>,
  parts: OutgoingParts,
) {
  const { scripts, client, keys, pulse, journal, grants, holds, freezes, rules, run, portalOrigin, onError } = parts;
  const { consoles } = config;
  const notices = createNotices({
    outbox: createOutbox({ scripts, client, keys }),
    journal,
    ...config.notices,
    channels: createChannels(config.notices.channels, { portalOrigin, clock: systemClock }),
    grant: grants.get,
    hold: holds.get,
    freezeStands: async (id) => (await freezes.current()).some((freeze) => freeze.id === id),
    consoleName: (id) => consoles.find((console) => console.id === id)?.name ?? id,
    // Whoever may approve anything must know that nothing goes.
    freezeGroups: () => [...new Set(rules().approvals.flatMap((rule) => rule.steps.flatMap(({ groups }) => groups)))],
    portalOrigin,
    me: run,
    clock: pulse.clock,
    onChange: (heard) => pulse.onChange(({ kind }) => ['grant', 'hold', 'freeze', 'resync'].includes(kind) && heard()),
    onError: onError('notices'),
  });

  const reports = createReports({ file: join(config.data, 'reports.sqlite'), journal });
  const exports = createExports({
    settings: config.export,
    cursors: createCursors({ scripts, client, keys }),
    journal,
    product: { version: VERSION, deployment: config.deployment },
    hostname: new URL(portalOrigin).hostname,
    me: run,
    clock: pulse.clock,
    onError: onError('export'),
  });
  return { notices, reports, exports };
}
