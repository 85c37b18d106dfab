// Every request of the research catalogue is recognised by the pack of its console, as the action that it is, with at least
// its risk, and with all its targets. `catalogue/<pack>.json` is the catalogue, trimmed; what a pack cannot say stands there
// with the reason.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Risk } from '../../src/kernel/action.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { createRecogniser } from '../../src/proxy/recognise/recognise.ts';
import { runSample, type Sample } from '../../src/proxy/recognise/samples.ts';

type Values = Readonly<Record<string, string>>;
type Row = {
  /** WS: a socket is opened */
  readonly method: string;
  /** what is said on it */
  readonly message?: unknown;
  /** `{name}` is filled from `values`, of the row or of the file */
  readonly path: string;
  /** what tells it apart from others on the same path; also what else must be in the request */
  readonly query?: Values;
  readonly headers?: Values;
  /** without it, a JSON body is built from the targets */
  readonly body?: unknown;
  readonly values?: Values;
  readonly action: string;
  readonly risk: Risk;
  /** where the targets stand: `{in: json, at: /ids/-, kind: device}`; `id` when it is not the one of the kind */
  readonly targets?: readonly {
    readonly in: string;
    readonly at: string;
    readonly kind: string;
    readonly id?: string;
  }[];
  /** the catalogue says another action; why this one is right */
  readonly because?: string;
  /** the pack cannot say it; why */
  readonly not?: string;
};
type Catalogue = {
  readonly pack: string;
  /** placeholder of a path, or kind of a target -> an id of it */
  readonly values: Values;
  readonly rows: readonly Row[];
};

const FOLDER = join(import.meta.dirname, 'catalogue');
const PACKS = join(import.meta.dirname, '../../config/packs');
const RISKS: readonly Risk[] = ['read', 'low', 'high', 'destructive'];
const MULTIPART = '--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n1\r\n--x--\r\n';

/** A value put where a pointer says; `-` is a list with one element. */
function put(pointer: string, value: string, into: unknown = undefined): unknown {
  const [, step, ...rest] = pointer.split('/');
  if (step === undefined) return value;
  const below = rest.length === 0 ? '' : `/${rest.join('/')}`;
  if (step === '-') return [put(below, value, Array.isArray(into) ? into[0] : undefined)];
  const object = typeof into === 'object' && into !== null ? into : {};
  return { ...object, [step]: put(below, value, (object as Record<string, unknown>)[step]) };
}

function sampleOf(row: Row, values: Values): Sample {
  const idOf = (name: string) => row.values?.[name] ?? values[name] ?? `no-${name}`;
  const url = row.path.replace(/\{([^}]+)\}/g, (_all, name: string) => encodeURIComponent(idOf(name)));
  const query = new Map(Object.entries(row.query ?? {}));
  let built: unknown = row.body;
  for (const target of row.targets ?? []) {
    const id = target.id ?? idOf(target.kind);
    if (target.in === 'query' && !query.has(target.at)) query.set(target.at, id);
    if (target.in === 'json' && row.body === undefined) built = put(target.at, id, built);
  }
  const search = [...query]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const text = typeof built === 'string';
  const body =
    built === undefined ? '' : built === 'multipart' ? MULTIPART : text ? (built as string) : JSON.stringify(built);
  const headers = Object.entries(row.headers ?? {});
  if (built !== undefined && !headers.some(([name]) => name === 'content-type'))
    headers.push(['content-type', built === 'multipart' ? 'multipart/form-data; boundary=x' : 'application/json']);
  return {
    ...{ line: 0, name: '', headers, upgrade: row.method === 'WS', method: row.method === 'WS' ? 'GET' : row.method },
    message: row.message === undefined ? null : JSON.stringify(row.message),
    expected: { action: row.action, refused: null, entry: null, targets: [], title: null },
    url: search === '' ? url : `${url}?${search}`,
    body: Buffer.from(body),
  };
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
  const { pack, values, rows } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Catalogue;
  const recogniser = createRecogniser(loadPacks(PACKS, { only: [pack] }));

  describe(`the catalogue of ${pack}`, () => {
    const told = rows.filter((row) => row.not === undefined);

    test('says why a request stands there and nothing recognises it', () => {
      for (const row of rows) if (row.not !== undefined) expect(row.not.length).toBeGreaterThan(20);
      expect(told.length).toBeGreaterThan(rows.length * 0.9);
    });

    test.each(told.map((row, index) => [`${index} ${row.method} ${row.path} is ${row.action}`, row] as const))(
      '%s',
      async (_name, row) => {
        const sample = sampleOf(row, values);
        const found = await runSample(sample, pack, recogniser);
        if (!('action' in found)) throw new Error(`${sample.url} was refused: ${found.reason}, ${found.detail}`);
        const { name, risk, targets } = found.action;
        expect(`${sample.method} ${sample.url} is ${name}`).toBe(`${sample.method} ${sample.url} is ${row.action}`);
        expect(RISKS.indexOf(risk)).toBeGreaterThanOrEqual(RISKS.indexOf(row.risk));
        const ids = targets.map(({ id }) => id.toLowerCase());
        for (const target of name.startsWith('unknown.') || name === 'device.channel' ? [] : (row.targets ?? [])) {
          const named = target.in === 'path' ? target.at : target.kind;
          const id = target.id ?? row.values?.[named] ?? values[named] ?? values[target.kind] ?? '';
          expect(ids).toContain(id.toLowerCase());
        }
      },
    );
  });
}
