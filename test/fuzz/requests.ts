// Fuzzing with a fixed time: `npm run fuzz -- --seconds 30 [--seed 7]`. Requests of the corpus, changed, against the real
// gateway; a forgiving model of an upstream says what each that went up would run. What its sender may not run is a failure:
// the seed and the very bytes are printed, as a case for extra.json.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, readCases } from '../corpus/cases.ts';
import { talk } from '../corpus/exchange.ts';
import { rawBytes, requestBytes } from '../corpus/kinds/http.ts';
import { headersOf, mayRun, wouldRun } from '../corpus/lenient.ts';
import { type CorpusStack, startCorpusStack } from '../corpus/stack.ts';
import type { RawRequest } from '../kit/rawUpstream.ts';
import { createRandom, mutate } from './mutate.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
/** sent at the same time, all by one context: what goes up can then be judged without knowing which it was */
const AT_ONCE = 12;
const MOST_FAILURES = 5;
const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok';

const random = createRandom(seed);
const stack = await startCorpusStack();
const inputs = inputsByContext(stack);
const contexts = [...inputs.keys()];
const counts = { inputs: 0, wentUp: 0, refused: 0, closed: 0, failures: 0 };
const statuses = new Map<number, number>();
const until = performance.now() + seconds * 1000;

while (performance.now() < until && counts.failures < MOST_FAILURES) {
  const ctx = random.pick(contexts);
  const texts = inputs.get(ctx);
  if (texts === undefined) break;
  const batch = Array.from({ length: AT_ONCE }, () =>
    mutate(random.pick(texts[random() < 0.6 ? 'good' : 'all']), texts.all, random),
  );
  await stack.refill(AT_ONCE * 2);
  const wrong = await send(ctx, batch);
  if (wrong === null) continue;
  counts.failures += 1;
  await tell(ctx, batch, wrong);
}
await stack.close();
console.log(
  `seed ${seed}, ${seconds} s: ${JSON.stringify(counts)}; answers ${JSON.stringify(Object.fromEntries([...statuses].sort()))}`,
);
console.log(`${counts.inputs} passed, ${counts.failures} failed`);
process.exitCode = counts.failures === 0 && counts.inputs > 0 ? 0 : 1;

/** `good`: what is let through as it stands, so that single changes are tried on their own. */
function inputsByContext(at: CorpusStack): Map<string, { good: string[]; all: string[] }> {
  const found = new Map<string, { good: string[]; all: string[] }>();
  for (const one of readCases(join(import.meta.dirname, '../corpus/corpus.json'))) {
    if (!['http', 'raw'].includes(one.kind) || ['csrf', 'cookie'].includes(one.class)) continue;
    const bytes = bytesOf(at, one);
    if (bytes.length > 4000) continue;
    const ctx = one.ctx ?? 'anon';
    const texts = found.get(ctx) ?? { good: [], all: [] };
    found.set(ctx, texts);
    texts.all.push(bytes.toString('latin1'));
    if (one.expected !== 'deny') texts.good.push(bytes.toString('latin1'));
  }
  for (const [ctx, { good, all }] of found) if (good.length === 0) found.set(ctx, { good: all, all });
  return found;
}

function bytesOf(at: CorpusStack, one: Case): Buffer {
  return one.kind === 'raw' ? rawBytes(at, one) : requestBytes(at, one);
}

/** @returns what is wrong, or null */
async function send(ctx: string, batch: readonly string[]): Promise<string | null> {
  const { upstream } = stack;
  upstream.reset();
  upstream.answer(OK);
  const answers = await Promise.all(
    batch.map((text) => talk(stack.port, Buffer.from(text, 'latin1'), { quiet: 15, silence: 250 })),
  );
  counts.inputs += batch.length;
  counts.wentUp += upstream.requests.length;
  for (const { text, closed } of answers) {
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status >= 400) counts.refused += 1;
    else if (status === 0 && closed) counts.closed += 1;
    if (status >= 500) return `was answered with ${status}: ${text.slice(0, 300)}`;
  }
  const whole = upstream.requests.reduce((sum, request) => sum + request.text.length, 0);
  if (whole !== upstream.bytes()) return `${upstream.bytes() - whole} bytes more than whole requests went up`;
  for (const request of upstream.requests) {
    const fault = faultOf(ctx, request);
    if (fault !== null) return `${fault}: ${JSON.stringify(request.text.slice(0, 600))}`;
  }
  const alive = await stack.newAgent().send('https://mdm.corp.test/api/v1/devices');
  return alive.status === 401 ? null : `the gateway answers ${alive.status} to somebody unknown`;
}

function faultOf(ctx: string, request: RawRequest): string | null {
  const ran = wouldRun(request);
  if (!mayRun(ctx, ran)) return `${ctx} may not run ${JSON.stringify(ran)}`;
  if (headersOf(request.head).some(([name, value]) => name === 'xgwuser' && value === 'root'))
    return 'an identity went up';
  if (/__host-sallyport/i.test(request.head)) return 'our cookie went up';
  return null;
}

/** Finds which of them it was, and prints it as a case. */
async function tell(ctx: string, batch: readonly string[], wrong: string): Promise<void> {
  console.log(`FAILED with seed ${seed} after ${counts.inputs} inputs: ${wrong}`);
  for (const text of batch) {
    const again = await send(ctx, [text]);
    if (again === null) continue;
    const plain = [...['READER', 'WIPER', 'BULK']].reduce(
      (raw, word) => raw.replaceAll(stack.withOurCookies(`__Host-gw=${word}`), `__Host-gw=${word}`),
      text,
    );
    console.log(
      JSON.stringify({
        kind: 'raw',
        class: 'fuzz',
        ctx,
        rawEncoding: 'latin1',
        raw: plain,
        expected: 'deny',
        why: again,
      }),
    );
  }
}
