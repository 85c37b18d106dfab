// What screens read, by name. Keys are made here only, so that live events know what to read again.
import { MutationCache, QueryCache, QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createContext, use } from 'react';
import type { Replay } from '../../../src/portal/contract/replay.ts';
import type { Api, ExchangeKind, GrantsView, HoldsView, ReportBy, ReviewFilter, SessionFilter } from './client.ts';
import { useConnection } from './connection.ts';
import { ApiError } from './problems.ts';

export const ApiContext = createContext<Api | null>(null);

export const useApi = (): Api => {
  const api = use(ApiContext);
  if (api === null) throw new Error('no API provided');
  return api;
};

export const keys = {
  me: ['me'],
  grants: ['grants'],
  passkeys: ['passkeys'],
  holds: ['holds'],
  freezes: ['freezes'],
  budgets: ['budgets'],
  review: ['review'],
  policy: ['policy'],
  notices: ['notices'],
  search: ['search'],
  suggestions: ['suggestions'],
  sessions: ['sessions'],
  sessionLists: ['sessions', 'list'],
  legalHolds: ['legal-holds'],
} as const;

/** Every look at recordings and at who had which access is written to the journal: only looks that a person took. */
const LOOKS = { refetchOnWindowFocus: false, refetchOnReconnect: false, staleTime: 60_000 } as const;

/** Refusals are answers, not accidents: only what may pass by itself is tried again. */
export const mayPass = (error: unknown): boolean =>
  !(error instanceof ApiError) || error.problem.status === 0 || error.problem.status >= 500;

export const createQueryClient = (): QueryClient => {
  // A session that ended is noticed by whatever asked first; the page then leads to the sign-in.
  const onError = (error: unknown) => {
    if (error instanceof ApiError && error.problem.status === 401) void client.invalidateQueries({ queryKey: keys.me });
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 2 && mayPass(error),
        staleTime: 5_000,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
  return client;
};

/** Events bring every change, and asking all the time would keep an abandoned session alive: ask only while no events come. */
const useInterval = (): number | false => (useConnection() === 'live' ? false : 30_000);

export const useMeQuery = () => {
  const api = useApi();
  return useQuery({ queryKey: keys.me, queryFn: () => api.me() });
};

export const useGrants = (view: GrantsView, enabled = true) => {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: [...keys.grants, view],
    queryFn: ({ pageParam }) => api.grants(view, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled,
    refetchInterval: useInterval(),
  });
};

export const useGrant = (id: string) => {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.grants, 'one', id],
    queryFn: () => api.grant(id),
    refetchInterval: useInterval(),
  });
};

export const usePasskeys = () => {
  const api = useApi();
  return useQuery({ queryKey: keys.passkeys, queryFn: () => api.passkeys() });
};

export const useAskRule = (console: string, actions: readonly string[]) => {
  const api = useApi();
  return useQuery({
    queryKey: ['ask-rule', console, ...actions],
    queryFn: () => api.askRule(console, actions),
    enabled: console !== '' && actions.length > 0,
    staleTime: 60_000,
  });
};

export const useHolds = (view: HoldsView, enabled = true) => {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.holds, 'list', view],
    queryFn: () => api.holds(view),
    enabled,
    refetchInterval: useInterval(),
  });
};

export const useHold = (id: string) => {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.holds, 'one', id],
    queryFn: () => api.hold(id),
    refetchInterval: useInterval(),
  });
};

export const useFreezes = () => {
  const api = useApi();
  return useQuery({ queryKey: keys.freezes, queryFn: () => api.freezes(), refetchInterval: useInterval() });
};

/** What is used of budgets moves with every act; no event tells of it, so looking again is what the reader's return does. */
export const useBudgets = () => {
  const api = useApi();
  return useQuery({ queryKey: keys.budgets, queryFn: () => api.budgets() });
};

export const useReview = (filter: ReviewFilter, enabled = true) => {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: [...keys.review, filter],
    queryFn: ({ pageParam }) => api.review(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled,
    placeholderData: (before) => before,
    ...LOOKS,
  });
};

export const useActivityReport = (filter: ReviewFilter, by: ReportBy) => {
  const api = useApi();
  return useQuery({
    queryKey: ['reports', 'activity', filter, by],
    queryFn: () => api.activityReport(filter, by),
    ...LOOKS,
  });
};

export const useApprovalsReport = (filter: ReviewFilter) => {
  const api = useApi();
  return useQuery({ queryKey: ['reports', 'approvals', filter], queryFn: () => api.approvalsReport(filter), ...LOOKS });
};

export const usePolicy = () => {
  const api = useApi();
  return useQuery({ queryKey: keys.policy, queryFn: () => api.policy() });
};

export const useObserved = (from: string, to: string, enabled = true) => {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.policy, 'observed', from, to],
    queryFn: () => api.observed(from, to),
    enabled,
    placeholderData: (before) => before,
    ...LOOKS,
  });
};

export const useExport = () => {
  const api = useApi();
  return useQuery({ queryKey: ['export'], queryFn: () => api.exportReport(), refetchInterval: 10_000 });
};

export const useNotices = () => {
  const api = useApi();
  return useQuery({ queryKey: keys.notices, queryFn: () => api.notices() });
};

/** Searches are written down: only those a person asked for, and once. */
export const useSearch = (q: string) => {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: [...keys.search, q],
    queryFn: ({ pageParam }) => api.search(q, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: q !== '',
    ...LOOKS,
  });
};

export const useSuggestions = (field: string, typed: string, wanted: boolean) => {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.suggestions, field, typed],
    queryFn: () => api.suggest(field, typed),
    enabled: wanted && field !== '',
    retry: false,
    ...LOOKS,
  });
};

export const useSessions = (filter: SessionFilter, enabled = true) => {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: [...keys.sessionLists, filter],
    queryFn: ({ pageParam }) => api.sessions(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled,
    placeholderData: (before) => before,
    ...LOOKS,
  });
};

export const useSession = (id: string) => {
  const api = useApi();
  return useQuery({ queryKey: [...keys.sessions, 'one', id], queryFn: () => api.session(id), ...LOOKS });
};

/** What became of its recording. */
export const useRetention = (id: string) => {
  const api = useApi();
  return useQuery({ queryKey: [...keys.sessions, 'one', id, 'retention'], queryFn: () => api.retention(id), ...LOOKS });
};

export const useLegalHolds = () => {
  const api = useApi();
  return useQuery({ queryKey: keys.legalHolds, queryFn: () => api.legalHolds() });
};

export const useExchanges = (id: string, kind: ExchangeKind) => {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: [...keys.sessions, 'one', id, 'exchanges', kind],
    queryFn: ({ pageParam }) => api.exchanges(id, kind, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    ...LOOKS,
  });
};

export const useExchange = (session: string, exchange: string | null) => {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.sessions, 'one', session, 'exchange', exchange],
    queryFn: () => api.exchange(session, exchange ?? ''),
    enabled: exchange !== null,
    ...LOOKS,
  });
};

/** What was refused will be refused again; what may pass is tried again. */
const goesOn = (error: unknown): boolean => error === null || mayPass(error);

/** The timeline of a replay; pages of it are read by the player itself. @param again ms after which it is read again; false: never */
export const useReplayTimeline = (id: string, again: (replay: Replay) => number | false) => {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.sessions, 'one', id, 'replay'],
    queryFn: () => api.replay(id),
    ...LOOKS,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => (state.data !== undefined && goesOn(state.error) ? again(state.data) : false),
  });
};

/** @param again ms after which they are read again; false: never */
export const useReplayRequests = (id: string, from: number, to: number, again: number | false) => {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.sessions, 'one', id, 'replay', 'requests', from, to],
    queryFn: () => api.replayRequests(id, from, to),
    placeholderData: (before) => before,
    ...LOOKS,
    refetchInterval: ({ state }) => (goesOn(state.error) ? again : false),
  });
};
