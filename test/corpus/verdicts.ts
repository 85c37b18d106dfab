// Compares what happened with what a case expects. `null`: it holds; else one sentence that says what is wrong.
import type { Case } from './cases.ts';
import { textOf } from './cases.ts';
import type { Seen } from './exchange.ts';
import { headersOf, mayRun, wouldRun } from './lenient.ts';

export type Problem = string | null;

/** Outcomes that are fine: what is expected, and what the case says is safe too. */
export const accepted = (one: Case): readonly string[] => [one.expected, ...(one.altOk ?? [])];

/** The oracle: nothing ran that the context may not, whatever was expected. */
export function oracle(one: Case, seen: Seen): Problem {
  for (const request of seen.requests) {
    const ran = wouldRun(request);
    if (!whoMayBe(one).some((ctx) => mayRun(ctx, ran)))
      return `the upstream would run ${JSON.stringify(ran)} for ${one.ctx}: ${request.line}`;
  }
  return null;
}

/** The case's context, and the one whose cookie its own Cookie header holds. */
const whoMayBe = ({ ctx = 'anon', headers = [] }: Case): readonly string[] => {
  const cookies = headers.filter(([name]) => name.toLowerCase() === 'cookie').map(([, value]) => String(value));
  return [ctx, ...(cookies.some((value) => /__Host-gw=READER(;|$)/.test(value)) ? ['reader'] : [])];
};

export function judge(one: Case, seen: Seen): Problem {
  const beyond = oracle(one, seen);
  if (beyond !== null) return beyond;
  const problems = accepted(one).map((outcome) => judgeOutcome(one, seen, outcome));
  return problems.includes(null) ? null : (problems[0] ?? null);
}

function judgeOutcome(one: Case, seen: Seen, outcome: string): Problem {
  if (outcome.startsWith('allow for the first')) return onlyFirst(seen);
  if (outcome.startsWith('deny')) return denied(seen);
  const arrived = allowed(one, seen);
  if (arrived !== null) return arrived;
  if (outcome === 'allow') return null;
  return canonical(one, seen, outcome.replace(/^canonicalise-to /, ''));
}

function denied({ requests, bytes, statuses, closed }: Seen): Problem {
  if (requests.length > 0) return `reached the upstream: ${requests.map(({ line }) => line).join(' | ')}`;
  if (bytes > 0) return `${bytes} bytes reached the upstream`;
  const odd = statuses.find((status) => status < 400 || status > 499);
  if (odd !== undefined) return `was answered with ${odd}`;
  return statuses.length === 0 && !closed ? 'was neither answered nor closed' : null;
}

const onlyFirst = ({ requests, statuses }: Seen): Problem =>
  requests.length === 1 && statuses[0] === 200 && statuses.slice(1).every((status) => status >= 400)
    ? null
    : `not only the first went through: ${requests.map(({ line }) => line).join(' | ')}, ${statuses.join(' ')}`;

function allowed(one: Case, seen: Seen): Problem {
  const wanted = one.expectedSecond === 'allow' ? 2 : 1;
  if (seen.requests.length !== wanted)
    return `${seen.requests.length} requests reached the upstream instead of ${wanted}; answered ${seen.statuses.join(' ')} ${seen.reply.header('x-sallyport-refused') ?? ''} ${/"detail":"[^"]*"/.exec(seen.reply.body)?.[0] ?? ''}`;
  const [request] = seen.requests;
  if (request === undefined || seen.statuses[0] !== 200) return `was answered with ${seen.statuses.join(' ')}`;
  if (one.kind === 'http' && one.expected === 'allow') {
    const line = `${one.method} ${textOf(one.target, one.targetParts)} HTTP/1.1`;
    if (request.line !== line) return `went up as ${request.line}`;
    const body = Buffer.from(one.body ?? '', one.bodyEncoding === 'base64' ? 'base64' : 'utf8');
    if (!request.body.equals(body)) return `its body went up as ${request.body.toString('latin1').slice(0, 200)}`;
  }
  if (request.head.toLowerCase().includes('__host-sallyport')) return 'our cookie went up';
  return null;
}

/** Of the meaning only what the words say: a request line, a JSON body, a Host, a header that must not keep its value. */
function canonical(one: Case, seen: Seen, meaning: string): Problem {
  const [request] = seen.requests;
  if (request === undefined) return 'nothing went up';
  const line = /^([A-Z]+ \/[^ ]*)/.exec(meaning)?.[1];
  if (line !== undefined && request.line !== `${line} HTTP/1.1`) return `went up as ${request.line}`;
  if (meaning.startsWith('{')) {
    const same =
      JSON.stringify(sorted(JSON.parse(request.body.toString('utf8')))) === JSON.stringify(sorted(JSON.parse(meaning)));
    if (!same) return `its body went up as ${request.body.toString('utf8').slice(0, 200)}`;
  }
  const sent = one.headers ?? [];
  const arrived = headersOf(request.head);
  for (const [name, value] of sent) {
    const folded = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
    // What we write ourselves may happen to be what the client wrote.
    if (HARMLESS.has(folded) || OURS[folded] === value) continue;
    if (
      arrived.some(
        ([other, kept]) => other === folded && (kept === value || kept.split(/[, ]+/).includes(String(value))),
      )
    )
      return `the client's ${name} went up with its value`;
  }
  return null;
}
const OURS: Readonly<Record<string, string>> = {
  xforwardedfor: '127.0.0.1',
  xforwardedhost: 'mdm.corp.test',
  xforwardedproto: 'https',
};
const HARMLESS = new Set([
  ...['upgrade', 'secwebsocketversion', 'secwebsocketkey'],
  'accept',
  'cookie',
  'contenttype',
  'contentlength',
  'host',
  'origin',
  'useragent',
  'connection',
]);

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
