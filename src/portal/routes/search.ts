// Searching what was recorded. Every search is in the journal BEFORE the answer leaves, with the text of it; typing is not:
// suggestions are told once in a while, because they show names.
import { Router } from 'express';
import type { Hit, SearchWish } from '../../audit/index/search.ts';
import type { SessionIndex } from '../../audit/index/sessionIndex.ts';
import type { Session } from '../../kernel/session.ts';
import { download } from '../api/download.ts';
import { serve, serveDone, serveStream } from '../api/serve.ts';
import type { SearchPage } from '../contract/search.ts';
import { readSearch } from '../contract/searchQuery.ts';
import { csvLine, csvTime } from '../csv.ts';
import { explainViewing, searchCsv, searchSessions, suggestSearch } from '../endpoints/search.ts';
import { PortalProblem } from '../problem.ts';
import type { Told } from '../told.ts';
import type { Viewing } from '../viewing.ts';

export type SearchRouteDeps = {
  readonly index: Pick<SessionIndex, 'search' | 'suggest' | 'getSession'>;
  readonly consoles: readonly { readonly id: string; readonly name: string }[];
  readonly told: Told;
  readonly viewing: Pick<Viewing, 'explain' | 'open'>;
  readonly clock: { now(): number };
};

const CSV_ACTS = 10_000;
/** Pages of a file: most of them may be parts that have nothing. */
const CSV_PAGES = 2_000;
const CSV_HEAD = csvLine([
  ...['time (UTC)', 'person', 'person id', 'console', 'action', 'risk', 'verdict', 'reason', 'title', 'request'],
  ...['status', 'session', 'exchange'],
]);

type Asked = { readonly [K in keyof typeof searchCsv.query.shape]?: unknown };

export function searchRoutes({ index, consoles, told, viewing, clock }: SearchRouteDeps): Router {
  const router = Router();
  const lower = (text: string): string => text.toLowerCase();
  const consoleOf = (asked: string): string =>
    consoles.find(({ id, name }) => id === asked || lower(name) === lower(asked))?.id ?? asked;

  /** @throws PortalProblem input.invalid with what of it cannot be understood */
  const wishOf = (asked: ReturnType<typeof searchCsv.query.parse>): SearchWish => {
    const { wish, faults } = readSearch(asked.q ?? '', { now: clock.now(), offset: asked.offset ?? 0 });
    if (faults.length > 0)
      throw new PortalProblem('input.invalid', { faults: faults.map((what) => ({ at: 'q', what })) });
    const also = <T>(all: readonly T[], one: T | undefined): readonly T[] => (one === undefined ? all : [one, ...all]);
    return {
      ...wish,
      person: also(wish.person, asked.person),
      console: also(wish.console, asked.console).map(consoleOf),
      action: also(wish.action, asked.action),
      device: also(wish.device, asked.device),
      target: also(wish.target, asked.target),
      verdict: also(wish.verdict, asked.verdict),
      risk: also(wish.risk, asked.risk),
      reason: also(wish.reason, asked.reason),
      from: asked.from ?? wish.from,
      to: asked.to ?? wish.to,
    };
  };
  const saidOf = ({ q, person, console, action, device, target, verdict, risk, reason, from, to }: Asked) =>
    Object.fromEntries(
      Object.entries({ q, person, console, action, device, target, verdict, risk, reason, from, to }).filter(
        (member): member is [string, string | number] => member[1] !== undefined,
      ),
    );

  /** Before its viewer has said why, a session shows that something was found in it and what kind of act, not what stood there. */
  async function veiled(by: Session, hits: readonly Hit[]): Promise<Hit[]> {
    const sessions = [...new Set(hits.map(({ session }) => session))];
    const open = new Set<string>();
    for (const session of sessions) if (await viewing.open(by, session)) open.add(session);
    return hits.map((hit) => {
      if (open.has(hit.session)) return hit;
      return hit.kind === 'screen' ? { ...hit, text: '' } : { ...hit, title: hit.action, target: '' };
    });
  }

  serve(router, searchSessions, async (call) => {
    const { cursor, ...asked } = call.query;
    const wish = wishOf(asked);
    const page = await found(() => index.search(wish, cursor ?? null));
    await told(call, 'sessions.searched', { ...saidOf(asked), ...(cursor === undefined ? {} : { further: true }) });
    return {
      groups: groupsOf(await veiled(call.session, page.hits)),
      next: page.next,
      searchedTo: page.searchedTo,
      marks: [...wish.words, ...wish.phrases, ...wish.screen, ...wish.device, ...wish.target].slice(0, 40),
    };
  });

  serve(router, suggestSearch, async (call) => {
    const { field, typed } = call.query;
    const suggestions = await found(() => index.suggest(field, typed));
    await told(call, 'sessions.searched', { suggestions: field });
    return { suggestions };
  });

  async function* csv(session: Session, wish: SearchWish, first: Awaited<ReturnType<typeof index.search>>) {
    // The mark tells spreadsheets that it is UTF-8.
    yield `\ufeff${CSV_HEAD}`;
    let page = first;
    let written = 0;
    for (let pages = 1; ; pages += 1) {
      const lines = (await veiled(session, page.hits.slice(0, CSV_ACTS - written))).map(csvOf);
      written += lines.length;
      yield lines.join('');
      if (page.next === null || written >= CSV_ACTS || pages >= CSV_PAGES) return;
      page = await index.search(wish, page.next);
    }
  }
  serveStream(router, searchCsv, async (call) => {
    const wish = wishOf(call.query);
    const first = await found(() => index.search(wish, null));
    await told(call, 'sessions.searched', { ...saidOf(call.query), form: 'csv' });
    await download(call.res, searchCsv.answer, csv(call.session, wish, first));
  });

  serveDone(router, explainViewing, async (call) => {
    const row = index.getSession(call.params.id);
    if (!row) throw new PortalProblem('not.found');
    await viewing.explain(call.session, { id: row.id, of: row.person.id }, call.body.reason);
  });
  return router;
}

function groupsOf(hits: readonly Hit[]): SearchPage['groups'] {
  const groups = new Map<string, SearchPage['groups'][number]>();
  for (const { person, ...hit } of hits) {
    const group = groups.get(hit.session) ?? { session: hit.session, person: { ...person }, hits: [] };
    groups.set(hit.session, group);
    group.hits.push(hit);
  }
  return [...groups.values()];
}

const csvOf = (hit: Hit): string =>
  hit.kind === 'screen'
    ? csvLine([
        csvTime(hit.at),
        hit.person.name,
        hit.person.id,
        hit.console,
        'on screen',
        '',
        '',
        '',
        hit.text,
        hit.page,
        null,
        hit.session,
        '',
      ])
    : csvLine([
        ...[csvTime(hit.at), hit.person.name, hit.person.id, hit.console, hit.action, hit.risk],
        ...[hit.verdict === 'go' ? 'allowed' : 'refused', hit.reason, hit.title, `${hit.method} ${hit.target}`],
        ...[hit.status, hit.session, hit.id],
      ]);

async function found<T>(search: () => Promise<T>): Promise<T> {
  try {
    return await search();
  } catch (error) {
    if (error instanceof Error && error.name === 'BadCursor')
      throw new PortalProblem('input.invalid', {
        faults: [{ at: 'cursor', what: 'This is not a place in this search' }],
      });
    if (error instanceof Error && error.name === 'SearchFailed') throw new PortalProblem('search.failed');
    throw error;
  }
}
