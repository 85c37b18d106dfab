// `sallyport pack coverage` on a real recorded session: what was unknown, what became of it, for whom, from which page.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openingsIn } from '../../src/audit/index/openings.ts';
import { identitiesIn } from '../../src/audit/recording/age.ts';
import { type Coverage, coverageOf, packCoverage } from '../../src/cli/packCoverage.ts';
import { recordTraffic, sallyport, type Traffic } from './recordedTraffic.ts';

let traffic: Traffic;
let data: string;
beforeAll(async () => {
  traffic = await recordTraffic();
  data = traffic.stack.dataDir;
}, 60_000);
afterAll(() => traffic?.close());

const recordedIn = (folder: string) => ({
  dir: join(folder, 'recordings'),
  identities: identitiesIn(readFileSync(join(folder, 'recording.key'), 'utf8')),
});

describe('coverage', () => {
  test('counts requests by form, with what became of them, people and page', async () => {
    const { code, out } = await sallyport('pack', 'coverage', '--data', data, '--json');
    expect(code).toBe(0);
    const { shapes, people, unknown } = JSON.parse(out) as Coverage;
    expect(people).toBe(2);
    expect(shapes.map(({ requests }) => requests).reduce((a, b) => a + b)).toBe(unknown);
    const of = (method: string, path: string) => shapes.find((one) => one.method === method && one.path === path);
    expect(of('GET', '/api/stats')).toMatchObject({
      ...{ action: 'unknown.read', requests: 3, refused: 0, letThrough: 3, people: 2 },
      ...{ page: '/', otherPages: 0, console: 'acme' },
    });
    expect(of('POST', '/api/devices/{}/lock')).toMatchObject({
      ...{ action: 'unknown.write', requests: 2, refused: 2, letThrough: 0, people: 1, page: '/devices/{}' },
    });
    expect(of('POST', '/api/devices/bulk')).toMatchObject({ requests: 2, refused: 2, page: null });
    expect(of('GET', '/api/devices')).toBeUndefined();
  });

  test('names the newest exchange of each form, and puts what may change something first', async () => {
    const { shapes } = await coverageOf(recordedIn(data), 0);
    const actions = shapes.map(({ action }) => action);
    expect(actions).toEqual([...actions].sort().reverse());
    const lock = shapes.find(({ path }) => path.endsWith('/lock'));
    expect(lock?.newest.id).toMatch(/^exc_/);
    const later = await coverageOf(recordedIn(data), (lock?.newest.at ?? 0) + 1);
    expect(later.shapes.some(({ path }) => path.endsWith('/lock'))).toBe(false);
    expect(later.shapes.some(({ path }) => path.endsWith('/bulk'))).toBe(true);
  });

  test('prints a table without ids, and leaves out what is older than --since', async () => {
    const { code, out } = await sallyport('pack', 'coverage', '--data', data, '--since', '7d');
    expect(code).toBe(0);
    expect(out).toMatch(/unknown\.write +2 +2 +0 +1 +POST \/api\/devices\/\{\}\/lock +\/devices\/\{\} +acme +exc_/);
    expect(out).toMatch(/unknown\.read +3 +0 +3 +2 +GET \/api\/stats +\/ +acme +exc_/);
    expect(out).not.toMatch(/d-000\d|483920/);
    const [line = ''] = out.split('\n');
    expect(line).toMatch(/^\d+ of \d+ requests in the last 7d unknown, in \d+ forms$/);
    const year = 365 * 86_400_000;
    const lines: string[] = [];
    const write = process.stdout.write;
    process.stdout.write = ((text: string) => lines.push(text) > 0) as typeof write;
    try {
      expect(await packCoverage({ config: '', data, since: '7d' }, { now: () => Date.now() + year })).toBe(0);
    } finally {
      process.stdout.write = write;
    }
    expect(lines).toEqual(['Nothing was recorded in the last 7d.\n']);
  });

  test('says in words that everything was known', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'sp-data-'));
    try {
      mkdirSync(join(empty, 'recordings'));
      expect((await sallyport('pack', 'coverage', '--data', empty)).out).toBe('Nothing was recorded.\n');
      const known: string[] = [];
      for await (const line of openingsIn(recordedIn(data)))
        if (!line.action.startsWith('unknown.')) known.push(JSON.stringify(line));
      writeFileSync(join(empty, 'recordings/one.jsonl'), `${known.join('\n')}\n`);
      const { code, out } = await sallyport('pack', 'coverage', '--data', empty);
      expect(code).toBe(0);
      expect(out).toMatch(/^Every request is known to its pack: \d+ requests of 2 people\.$/m);
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  test('says what to do when there is nothing to look at or the time is odd', async () => {
    const nowhere = await sallyport('pack', 'coverage', '--data', join(data, 'nowhere'));
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('is not there')]);
    const odd = await sallyport('pack', 'coverage', '--data', data, '--since', 'yesterday');
    expect([odd.code, odd.err]).toEqual([2, expect.stringContaining('7d, 12h, 30m')]);
  });
});
