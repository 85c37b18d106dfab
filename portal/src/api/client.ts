// The portal's API, one function an endpoint, typed by the contract. How a call is made is transport.ts's.
import type { z } from 'zod';
import {
  type ExportEvidence,
  LegalHoldEnd,
  LegalHoldList,
  LegalHoldView,
  SessionRetention,
  type SetLegalHold,
} from '../../../src/portal/contract/evidence.ts';
import { ExportReport } from '../../../src/portal/contract/export.ts';
import { BudgetList, FreezeList, FreezeView, type SetFreeze } from '../../../src/portal/contract/freezes.ts';
import {
  type ApproveTerms,
  type AskGrant,
  AskRule,
  GrantPage,
  GrantView,
} from '../../../src/portal/contract/grants.ts';
import { type AskHold, HoldList, HoldView } from '../../../src/portal/contract/holds.ts';
import { NoticeReport, ObservedReport, PolicyView } from '../../../src/portal/contract/operate.ts';
import { Passkey, PasskeyList } from '../../../src/portal/contract/passkeys.ts';
import { Replay, ReplayRequests } from '../../../src/portal/contract/replay.ts';
import { ActivityReport, ApprovalsReport } from '../../../src/portal/contract/reports.ts';
import { ReviewPage } from '../../../src/portal/contract/review.ts';
import { SearchPage, Suggestions } from '../../../src/portal/contract/search.ts';
import { ExchangeDetail, ExchangePage, SessionPage, SessionRow } from '../../../src/portal/contract/sessions.ts';
import { createTransport, type Download, query } from './transport.ts';

export type { CeremonyJson } from './transport.ts';
export type GrantsView = 'mine' | 'inbox' | 'all';
export type HoldsView = 'mine' | 'inbox';
export type ExchangeKind = 'acts' | 'refused' | 'all';
export type Terms = z.infer<typeof ApproveTerms>;
export type SessionFilter = {
  readonly person?: string;
  readonly console?: string;
  readonly action?: string;
  readonly verdict?: string;
  readonly risk?: string;
  readonly from?: string;
  readonly to?: string;
};
export type ReviewFilter = {
  readonly person?: string;
  readonly console?: string;
  readonly from?: string;
  readonly to?: string;
};

export type ReportBy = ActivityReport['by'];

export type Api = ReturnType<typeof createApi>;

const seg = encodeURIComponent;

/** Where every single one of a report's acts or requests is downloaded from. */
export const reportFile = (report: 'activity' | 'approvals', filter: ReviewFilter): string =>
  `/api/reports/${report}.csv${query(filter)}`;

/** Where the whole review of a period is downloaded from, as a file. */
export const reviewFile = (as: 'csv' | 'json', filter: ReviewFilter): string => `/api/review.${as}${query(filter)}`;

/** Minutes that the reader's clock is behind UTC: days in a search are the reader's days. */
const offset = (): string => String(new Date().getTimezoneOffset());

/** Where what a search finds is downloaded from, as a file. */
export const searchFile = (q: string): string => `/api/search.csv${query({ q, offset: offset() })}`;
export const sessionsFile = (filter: SessionFilter): string => `/api/sessions.csv${query({ ...filter })}`;

export const createApi = () => {
  const { get, post, change, options, lines, file, me, logout } = createTransport();
  return {
    me,
    logout,

    grants: (view: GrantsView, cursor?: string) => get(GrantPage, `/api/grants${query({ view, cursor })}`),
    grant: (id: string) => get(GrantView, `/api/grants/${seg(id)}`),
    askRule: (console: string, action: readonly string[]) =>
      get(AskRule, `/api/grants/rule${query({ console, action })}`),
    ask: (wish: AskGrant) => change(GrantView, '/api/grants', wish),
    approveOptions: (id: string, terms: Terms) => options(`/api/grants/${seg(id)}/approve/options`, terms),
    approve: (id: string, terms: Terms, assertion: unknown) =>
      change(GrantView, `/api/grants/${seg(id)}/approve`, { ...terms, assertion }),
    deny: (id: string, reason: string) => change(GrantView, `/api/grants/${seg(id)}/deny`, { reason }),
    withdraw: (id: string) => change(GrantView, `/api/grants/${seg(id)}/withdraw`),
    end: (id: string) => change(GrantView, `/api/grants/${seg(id)}/end`),

    holds: (view: HoldsView) => get(HoldList, `/api/holds${query({ view })}`),
    hold: (id: string) => get(HoldView, `/api/holds/${seg(id)}`),
    holdOptions: (id: string) => options(`/api/holds/${seg(id)}/options`),
    signHold: (id: string, assertion: unknown) => change(HoldView, `/api/holds/${seg(id)}/sign`, { assertion }),
    cancelHold: (id: string) => change(HoldView, `/api/holds/${seg(id)}/cancel`),
    askHold: (id: string, wish: z.infer<typeof AskHold>) => change(HoldView, `/api/holds/${seg(id)}/ask`, wish),
    approveHold: (id: string, assertion: unknown) => change(HoldView, `/api/holds/${seg(id)}/approve`, { assertion }),
    denyHold: (id: string, reason: string) => change(HoldView, `/api/holds/${seg(id)}/deny`, { reason }),

    freezes: () => get(FreezeList, '/api/freezes'),
    freeze: (wish: z.infer<typeof SetFreeze>) => change(FreezeView, '/api/freezes', wish),
    releaseFreeze: (id: string) => change(FreezeView, `/api/freezes/${seg(id)}/release`),
    budgets: () => get(BudgetList, '/api/budgets'),

    review: (filter: ReviewFilter, cursor?: string) => get(ReviewPage, `/api/review${query({ ...filter, cursor })}`),

    activityReport: (filter: ReviewFilter, by: ReportBy) =>
      get(ActivityReport, `/api/reports/activity${query({ ...filter, by })}`),
    approvalsReport: (filter: ReviewFilter) => get(ApprovalsReport, `/api/reports/approvals${query(filter)}`),

    policy: () => get(PolicyView, '/api/policy'),
    observed: (from: string, to: string, console?: string) =>
      get(ObservedReport, `/api/policy/observed${query({ from, to, console })}`),
    exportReport: () => get(ExportReport, '/api/export'),
    notices: () => get(NoticeReport, '/api/notices'),
    async retryNotice(id: string): Promise<void> {
      await post(`/api/notices/${seg(id)}/retry`);
    },

    passkeys: () => get(PasskeyList, '/api/passkeys'),
    enrolOptions: () => options('/api/passkeys/options'),
    enrol: (name: string, credential: unknown) => change(Passkey, '/api/passkeys', { name, credential }),
    renamePasskey: (id: string, name: string) => change(Passkey, `/api/passkeys/${seg(id)}/rename`, { name }),
    async removePasskey(id: string): Promise<void> {
      await post(`/api/passkeys/${seg(id)}/remove`);
    },

    stepUpOptions: () => options('/api/stepup/options'),
    async stepUp(assertion: unknown): Promise<void> {
      await post('/api/stepup', { assertion });
    },

    search: (q: string, cursor?: string) => get(SearchPage, `/api/search${query({ q, offset: offset(), cursor })}`),
    suggest: (field: string, typed: string) => get(Suggestions, `/api/search/suggest${query({ field, typed })}`),
    async giveReason(session: string, reason: string): Promise<void> {
      await post(`/api/sessions/${seg(session)}/reason`, { reason });
    },

    sessions: (filter: SessionFilter, cursor?: string) =>
      get(SessionPage, `/api/sessions${query({ ...filter, cursor })}`),
    session: (id: string) => get(SessionRow, `/api/sessions/${seg(id)}`),
    exchanges: (id: string, kind: ExchangeKind, cursor?: string) =>
      get(ExchangePage, `/api/sessions/${seg(id)}/exchanges${query({ kind, cursor })}`),
    retention: (id: string) => get(SessionRetention, `/api/sessions/${seg(id)}/retention`),
    evidence: (wish: z.infer<typeof ExportEvidence>, download: Download) => file('/api/evidence', wish, download),
    legalHolds: () => get(LegalHoldList, '/api/legal-holds'),
    keep: (wish: z.infer<typeof SetLegalHold>) => change(LegalHoldView, '/api/legal-holds', wish),
    releaseLegalHold: (id: string, reason: string) =>
      change(LegalHoldEnd, `/api/legal-holds/${seg(id)}/release`, { reason }),
    replay: (id: string) => get(Replay, `/api/sessions/${seg(id)}/replay`),
    replayRequests: (id: string, from: number, to: number) =>
      get(ReplayRequests, `/api/sessions/${seg(id)}/replay/requests${query({ from: String(from), to: String(to) })}`),
    replayEvents: (
      { session, page }: { readonly session: string; readonly page: string },
      { from, to, after }: { readonly from: number; readonly to: number; readonly after?: number },
      signal: AbortSignal,
    ) => {
      const asked = { from: String(from), to: String(to), after: after === undefined ? undefined : String(after) };
      return lines(`/api/sessions/${seg(session)}/replay/${seg(page)}/events${query(asked)}`, signal);
    },
    exchange: (id: string, exchange: string) =>
      get(ExchangeDetail, `/api/sessions/${seg(id)}/exchanges/${seg(exchange)}`),
  };
};
