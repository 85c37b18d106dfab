// The bulk API of Elasticsearch and OpenSearch, as its makers document it and as OpenSearch was seen to answer (test/receivers).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createElastic } from '../../src/audit/export/destinations/elastic.ts';
import type { Ocsf } from '../../src/audit/export/ocsf/event.ts';
import { until } from '../kit/arrivals.ts';
import { AT } from './events.ts';
import { type HttpReceiver, openHouse, outgoing, seqsOf, startHttp, upTo } from './kit.ts';

const three = [1, 2, 3].map((seq) => outgoing(seq));
let there: HttpReceiver;
beforeEach(async () => {
  there = await startHttp(() => ({ status: 200, body: {} }));
});
afterEach(() => there.close());

describe('Elastic bulk', () => {
  const elastic = () =>
    createElastic({
      id: 'e',
      kind: 'elastic',
      url: there.url,
      index: 'sallyport',
      authorization: 'ApiKey abc',
      ca: null,
    });
  const item = (status: number, type?: string) => ({ create: { status, ...(type ? { error: { type } } : {}) } });

  test('gets create operations under ids of ours, so that what comes twice is there once', async () => {
    const kept = new Set<string>();
    there.behave(({ body }) => {
      const ids = body
        .split('\n')
        .flatMap((line) => (line.startsWith('{"create"') ? [JSON.parse(line).create._id as string] : []));
      const items = ids.map((id) => (kept.has(id) ? item(409, 'version_conflict_engine_exception') : item(201)));
      for (const id of ids) kept.add(id);
      return { status: 200, body: { errors: items.some((one) => one.create.status > 299), items } };
    });
    expect(await elastic().send(three)).toEqual({ word: 'taken' });
    expect(await elastic().send(three)).toEqual({ word: 'taken' });
    expect(kept.size).toBe(3);
    const [post] = there.posts;
    expect(post?.path).toMatch(/^\/sallyport\/_bulk\?/);
    expect(post?.headers['content-type']).toBe('application/x-ndjson');
    const [, document = ''] = (post?.body ?? '').split('\n');
    expect(JSON.parse(document)).toMatchObject({ '@timestamp': '2026-11-23T08:00:00.000Z', class_uid: 6003 });
    expect(post?.body.endsWith('\n')).toBe(true);
  });

  /** What the bulk says to each document. */
  const each = (answer: (document: Ocsf) => ReturnType<typeof item>) =>
    there.behave(({ body }) => {
      const documents = body.split('\n').filter((line) => line.startsWith('{"@timestamp"'));
      return { status: 200, body: { errors: true, items: documents.map((line) => answer(JSON.parse(line))) } };
    });
  const seqOf = ({ metadata }: Ocsf): number => (metadata as { sequence: number }).sequence;

  test('partial failures: each item has its own fate', async () => {
    const fates = [item(201), item(429, 'es_rejected_execution_exception'), item(400, 'document_parsing_exception')];
    each((document) => fates[seqOf(document) - 1] ?? item(500));
    expect(await elastic().send(three)).toEqual({
      word: 'each',
      items: ['taken', 'later', 'never'],
      why: 'answered 429 for one (es_rejected_execution_exception)',
    });
  });

  // As OpenSearch answers: 200, and for each document that the role lacks a right.
  test('a role that may not write leaves nothing out', async () => {
    each(() => item(403, 'security_exception'));
    const why = 'answered 403 for one (security_exception)';
    expect(await elastic().send(three)).toEqual({ word: 'each', items: ['later', 'later', 'later'], why });
  });

  test('what does not fit the fields of the index is kept as text, under its id, with its class and its time', async () => {
    const kept: Ocsf[] = [];
    each((document) => {
      if (seqOf(document) === 2 && document.message !== undefined) return item(400, 'mapper_parsing_exception');
      kept.push(document);
      return item(201);
    });
    expect(await elastic().send(three)).toEqual({ word: 'taken' });
    expect(kept.map(seqOf)).toEqual([1, 3, 2]);
    const { raw_data, '@timestamp': at, ...bare } = kept.at(-1) ?? {};
    expect(raw_data).toBe(three[1]?.json);
    expect(at).toBe('2026-11-23T08:00:00.000Z');
    expect(bare).toMatchObject({ class_uid: 6003, time: AT, metadata: { uid: three[1]?.uid } });
    expect(there.posts.at(-1)?.body.split('\n')[0]).toBe(JSON.stringify({ create: { _id: three[1]?.uid } }));
  });

  test('an answer that does not speak of each item is no receipt', async () => {
    for (const body of [{ errors: false }, { errors: false, items: [item(201)] }, 'fine']) {
      there.behave(() => ({ status: 200, body }));
      expect(await elastic().send(three)).toMatchObject({ word: 'later' });
    }
  });

  test('through the whole way: busy items come again alone, refused ones are left out, each is there once', async () => {
    const house = await openHouse();
    const stored: number[] = [];
    const busy = new Set([4, 9]);
    there.behave(({ body }) => ({
      status: 200,
      body: {
        errors: true,
        items: seqsOf(body.replaceAll(/^\{"create".*$/gm, '')).map((seq) => {
          if (seq === 6) return item(400, 'document_parsing_exception');
          if (busy.delete(seq)) return item(429);
          stored.push(seq);
          return item(201);
        }),
      },
    }));
    await house.acts(12);
    const settings = {
      id: 'e',
      kind: 'elastic',
      url: there.url,
      index: 'x',
      authorization: null,
      ca: null,
      from: 'start',
    } as const;
    const exports = house.gateway(settings);
    await until(async () => (await exports.report()).destinations[0]?.lag === 0);
    expect(stored.toSorted((a, b) => a - b)).toEqual(upTo(13).filter((seq) => seq !== 6));
    await house.close();
  });
});
