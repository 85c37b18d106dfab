// `sallyport pack coverage`: from the recordings, which requests no pack entry described, how often, what became of them, by how
// many people and from which page. Ids in paths are left out; one exchange of each is named, to look it up in the portal.
// Exit codes: 0 told, also when there is nothing; 2 no recordings could be looked at.
import { stat } from 'node:fs/promises';
import { openingsIn, type Recorded } from '../audit/index/openings.ts';
import { ChunkFault, NoIdentity } from '../audit/recording/reader.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { shapeOf } from './learn/shapes.ts';
import { createProgress } from './progress.ts';
import { CLOSED, recordingsOf } from './recordedSpan.ts';
import { bold, complain, dim, print, red, table } from './report.ts';

export type CoverageOptions = {
  /** the configuration; used when `data` is not given */
  config: string;
  data?: string;
  /** files with age identities, instead of the configured ones */
  identity?: string[];
  /** such as 7d, 12h, 30m */
  since?: string;
  json?: boolean;
};

export type UnknownShape = {
  readonly console: string;
  readonly action: string;
  readonly method: string;
  /** ids as `{}` */
  readonly path: string;
  readonly requests: number;
  readonly refused: number;
  readonly letThrough: number;
  readonly people: number;
  /** the page that most came from; null: none was named */
  readonly page: string | null;
  readonly otherPages: number;
  readonly newest: { readonly id: string; readonly at: number };
};

export type Coverage = {
  readonly requests: number;
  readonly unknown: number;
  /** refused before it was asked what they are */
  readonly unread: number;
  readonly people: number;
  readonly shapes: readonly UnknownShape[];
};

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHOWN = 40;

/** @returns the exit code */
export async function packCoverage(options: CoverageOptions, clock: Clock = systemClock): Promise<0 | 2> {
  const [, number = '', unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(options.since ?? '1d') ?? [];
  if (unit === '') return cannot(options, 'Write --since as a number of days, hours or minutes: 7d, 12h, 30m.');
  const recorded = await recordingsOf(options);
  if (recorded === null) return 2;
  if (typeof recorded === 'string') return cannot(options, recorded);
  const folder = recorded.dir;
  if (!(await stat(folder).catch(() => null))?.isDirectory())
    return cannot(options, `${folder} is not there: nothing was recorded yet, or the data is elsewhere.`);
  const from = options.since === undefined ? 0 : clock.now() - Number(number) * (UNITS[unit] ?? 0);
  let coverage: Coverage;
  try {
    coverage = await coverageOf(recorded, from);
  } catch (error) {
    if (!(error instanceof NoIdentity || error instanceof ChunkFault)) throw error;
    return cannot(options, CLOSED);
  }
  if (options.json) print(JSON.stringify({ since: options.since === undefined ? null : from, ...coverage }));
  else tell(coverage, options.since);
  return 0;
}

function cannot(options: CoverageOptions, what: string): 2 {
  if (options.json) print(JSON.stringify({ cannot: what }));
  else complain(`${red(bold('Cannot tell.'))} ${what}`);
  return 2;
}

type Sum = {
  console: string;
  action: string;
  method: string;
  path: string;
  requests: number;
  refused: number;
  people: Set<string>;
  pages: Map<string, number>;
  newest: { id: string; at: number };
};

/** @param from ms; what began earlier does not count */
export async function coverageOf(recorded: Recorded, from: number): Promise<Coverage> {
  const progress = createProgress((done) => `${done} recorded requests read`);
  const sums = new Map<string, Sum>();
  const people = new Set<string>();
  let requests = 0;
  let unread = 0;
  let unknown = 0;
  for await (const line of openingsIn(recorded, from)) {
    if (line.at < from) continue;
    requests += 1;
    progress.at(requests);
    people.add(line.principal.id);
    if (!line.action.startsWith('unknown.')) continue;
    const { note } = line.requestBody;
    if (note === 'not read' || note === 'not recognised') {
      unread += 1;
      continue;
    }
    unknown += 1;
    const { console, action, method } = line;
    const path = pathShape(line.target);
    const key = JSON.stringify([console, action, method, path]);
    const sum: Sum = sums.get(key) ?? {
      ...{ console, action, method, path, requests: 0, refused: 0 },
      ...{ people: new Set(), pages: new Map(), newest: { id: line.id, at: line.at } },
    };
    sums.set(key, sum);
    sum.requests += 1;
    if (line.verdict !== 'go') sum.refused += 1;
    sum.people.add(line.principal.id);
    if (line.at >= sum.newest.at) sum.newest = { id: line.id, at: line.at };
    const page = pageOf(line.requestHeaders.find(([name]) => name === 'referer')?.[1]);
    if (page !== null) sum.pages.set(page, (sum.pages.get(page) ?? 0) + 1);
  }
  progress.end();
  const shapes = [...sums.values()].map(({ people: who, pages, ...sum }): UnknownShape => {
    const [first] = [...pages].sort(([, a], [, b]) => b - a);
    return {
      ...sum,
      letThrough: sum.requests - sum.refused,
      people: who.size,
      page: first?.[0] ?? null,
      otherPages: Math.max(0, pages.size - 1),
    };
  });
  // What may change something first, then what is in people's way most.
  shapes.sort((a, b) => b.action.localeCompare(a.action) || b.requests - a.requests);
  return { requests, unknown, unread, people: people.size, shapes };
}

/** The path without query; ids as `{}`. */
function pathShape(target: string): string {
  const path = target.split('?', 1)[0] ?? '';
  const segments = path
    .slice(1)
    .split('/')
    .map((segment) => {
      try {
        return decodeURIComponent(segment);
      } catch {
        return '{}';
      }
    });
  return `/${shapeOf(segments).join('/')}`;
}

function pageOf(referer: string | undefined): string | null {
  const url = referer === undefined ? null : URL.parse(referer);
  return url === null ? null : pathShape(url.pathname);
}

function tell({ requests, unknown, unread, people, shapes }: Coverage, since: string | undefined): void {
  const when = since === undefined ? '' : ` in the last ${since}`;
  const few = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
  if (requests === 0) print(`Nothing was recorded${when}.`);
  else if (unknown === 0)
    print(
      `Every request${when} is known to its pack: ${few(requests, 'request', 'requests')} of ${few(people, 'person', 'people')}.`,
    );
  else {
    print(
      bold(
        `${unknown} of ${few(requests, 'request', 'requests')}${when} unknown, in ${few(shapes.length, 'form', 'forms')}`,
      ),
    );
    const rows = shapes
      .slice(0, SHOWN)
      .map((shape) => [
        shape.action,
        String(shape.requests),
        String(shape.refused),
        String(shape.letThrough),
        String(shape.people),
        plain(`${shape.method} ${shape.path}`, 70),
        shape.page === null
          ? 'not said'
          : `${plain(shape.page, 40)}${shape.otherPages > 0 ? ` and ${shape.otherPages} more` : ''}`,
        plain(shape.console, 20),
        plain(shape.newest.id, 60),
      ]);
    print(
      table([
        ['Taken for', 'Count', 'Refused', 'Let through', 'People', 'Request', 'From page', 'Console', 'Newest'],
        ...rows,
      ]),
    );
    if (shapes.length > SHOWN) print(dim(`and ${shapes.length - SHOWN} more: --json tells all`));
    print(dim('sallyport pack learn <recordings> --pack <id> proposes entries for them.'));
  }
  if (unread > 0)
    print(
      dim(
        `${few(unread, 'request was', 'requests were')} refused before it was asked what they are; they do not count here.`,
      ),
    );
}

/** Nothing from a recording may move a terminal's cursor or turn its text around (trap 25). */
const plain = (text: string, most: number): string => {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return clean.length > most ? `${clean.slice(0, most - 3)}...` : clean;
};
