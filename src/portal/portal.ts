// The portal put together: its routes over the domains, behind the app's doors. wire.ts hands the domains in; nothing is
// built here that outlives a request.
import type { Express } from 'express';
import type { GrantReview } from '../access/grants/review.redis.ts';
import type { SessionIndex } from '../audit/index/sessionIndex.ts';
import type { Journal } from '../audit/journal/journal.redis.ts';
import type { Session } from '../kernel/session.ts';
import type { Pulse } from '../redis/pulse.ts';
import { createPortalApp, type PortalAppDeps } from './app.ts';
import type { Asking } from './asking.ts';
import type { ConsoleWords } from './consoleWords.ts';
import { createNotes } from './notes.ts';
import type { Rights } from './rights.ts';
import { apiRoutes } from './routes/api.ts';
import { type BudgetRouteDeps, budgetRoutes } from './routes/budgets.ts';
import { type EventRouteDeps, eventRoutes } from './routes/events.ts';
import { type EvidenceRouteDeps, evidenceRoutes } from './routes/evidence.ts';
import { type ExportRouteDeps, exportRoutes } from './routes/export.ts';
import { type FreezeRouteDeps, freezeRoutes } from './routes/freezes.ts';
import { type GrantRouteDeps, grantRoutes } from './routes/grants.ts';
import { type HoldRouteDeps, holdRoutes } from './routes/holds.ts';
import { type LoginRouteDeps, loginRoutes } from './routes/login.ts';
import { meRoutes } from './routes/me.ts';
import { type OperateRouteDeps, operateRoutes } from './routes/operate.ts';
import { type PasskeyRouteDeps, passkeyRoutes } from './routes/passkeys.ts';
import { type ReplayRouteDeps, replayRoutes } from './routes/replay.ts';
import { type ReportRouteDeps, reportRoutes } from './routes/reports.ts';
import { reviewRoutes } from './routes/review.ts';
import { type SearchRouteDeps, searchRoutes } from './routes/search.ts';
import { type SessionRouteDeps, sessionRoutes } from './routes/sessions.ts';
import { type StepUpRouteDeps, stepUpRoutes } from './routes/stepup.ts';
import { createSelectorWords } from './selectorWords.ts';
import { createTold } from './told.ts';
import type { Viewing } from './viewing.ts';

export type PortalDeps = Pick<PortalAppDeps, 'portalOrigin' | 'staticDir'> & {
  readonly version: string;
  readonly consoles: readonly (OperateRouteDeps['consoles'][number] & LoginRouteDeps['consoles'][number])[];
  /** ms */
  readonly idle: number;
  readonly pulse: Pick<Pulse, 'clock' | 'epoch' | 'onChange'>;
  readonly words: ConsoleWords;
  readonly rights: Rights;
  readonly viewing: Viewing;
  readonly asking: Asking;
  readonly oidc: LoginRouteDeps['oidc'];
  readonly handoff: LoginRouteDeps['handoff'];
  readonly sessions: LoginRouteDeps['sessions'] &
    PortalAppDeps['sessions'] & { get(id: string): Promise<Session | undefined> };
  readonly passkeys: PasskeyRouteDeps['passkeys'] &
    StepUpRouteDeps['passkeys'] &
    GrantRouteDeps['passkeys'] & { count(person: string): Promise<number> };
  readonly grants: GrantRouteDeps['grants'] & HoldRouteDeps['grants'] & GrantReview;
  readonly freezes: FreezeRouteDeps['freezes'];
  readonly budgets: BudgetRouteDeps['budgets'];
  readonly holds: HoldRouteDeps['holds'];
  /** those in force now */
  readonly rules: HoldRouteDeps['rules'];
  readonly index: Pick<SessionIndex, 'history'> &
    SessionRouteDeps['index'] &
    SearchRouteDeps['index'] &
    ReplayRouteDeps['index'];
  readonly replay: Pick<ReplayRouteDeps, 'replayOrigin' | 'events' | 'readable'>;
  readonly evidence: Pick<EvidenceRouteDeps, 'prepare' | 'legalHolds'>;
  readonly journal: Pick<Journal, 'append' | 'forExchange'>;
  readonly reports: ReportRouteDeps['reports'];
  readonly exportReport: ExportRouteDeps['exportReport'];
  readonly operate: Pick<OperateRouteDeps, 'policySet' | 'observed' | 'notices'>;
  readonly track: NonNullable<EventRouteDeps['track']>;
  readonly log: LoginRouteDeps['log'] & PortalAppDeps['log'];
};

export function createPortal(deps: PortalDeps): Express {
  const { portalOrigin, staticDir, log, consoles, pulse, sessions, passkeys, grants, journal } = deps;
  const { may, mayWithGrant, mayEnter, asksFor } = deps.rights;
  const { clock } = pulse;
  const { describe } = deps.words;
  const words = createSelectorWords({ words: deps.words, consoles });
  const notes = createNotes({ history: deps.index.history, describe, clock });
  const { viewing } = deps;
  const told = createTold(journal, { reasonOf: viewing.reasonOf });
  const alive = async ({ id }: Session): Promise<boolean> => (await sessions.get(id)) !== undefined;
  return createPortalApp({
    ...{ portalOrigin, staticDir, sessions, may, viewing, log },
    replayOrigin: deps.replay.replayOrigin,
    routes: [
      loginRoutes({
        portalOrigin,
        oidc: deps.oidc,
        handoff: deps.handoff,
        sessions,
        consoles,
        append: journal.append,
        log,
      }),
      meRoutes({ may, mayWithGrant, mayEnter, asksFor, consoles, idle: deps.idle, countPasskeys: passkeys.count }),
      passkeyRoutes({ passkeys }),
      stepUpRoutes({ passkeys }),
      grantRoutes({ grants, passkeys, may, asking: deps.asking, describe, now: pulse, notesOf: notes.ofGrant }),
      holdRoutes({
        ...{ holds: deps.holds, grants, passkeys, may, rules: deps.rules, consoles, clock },
        notesOf: notes.ofHold,
      }),
      freezeRoutes({ freezes: deps.freezes, may, words, consoles, clock }),
      budgetRoutes({ budgets: deps.budgets, mayEnter, consoles, words }),
      reviewRoutes({ grants, describe, told, clock }),
      sessionRoutes({ index: deps.index, journal, told }),
      searchRoutes({ index: deps.index, consoles, told, viewing, clock }),
      replayRoutes({ ...deps.replay, index: deps.index, journal, told, clock }),
      evidenceRoutes({ ...deps.evidence, journal, clock, log }),
      operateRoutes({ ...deps.operate, consoles, told, words: deps.words, clock }),
      reportRoutes({ reports: deps.reports, told, clock }),
      exportRoutes({ exportReport: deps.exportReport }),
      apiRoutes({ version: deps.version }),
      eventRoutes({ pulse, alive, may, track: deps.track }),
    ],
  });
}
