// Each kind of destination against a receiver that behaves as its maker documents.
import { mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFile } from '../../src/audit/export/destinations/file.ts';
import { createOtlp } from '../../src/audit/export/destinations/otlp.ts';
import { createSplunk } from '../../src/audit/export/destinations/splunk.ts';
import { createSyslog } from '../../src/audit/export/destinations/syslog.ts';
import { until } from '../kit/arrivals.ts';
import { ACT, AT, PRODUCT } from './events.ts';
import {
  CERT,
  CERT_FILE,
  frames,
  type HttpReceiver,
  openHouse,
  outgoing,
  seqsOf,
  startHttp,
  startSyslog,
  upTo,
} from './kit.ts';

const three = [1, 2, 3].map((seq) => outgoing(seq));
let there: HttpReceiver;
beforeEach(async () => {
  there = await startHttp(() => ({ status: 200, body: {} }));
});
afterEach(() => there.close());

describe('Splunk HEC', () => {
  const splunk = () =>
    createSplunk({
      id: 's',
      kind: 'splunk',
      url: `${there.url}/services/collector/event`,
      token: 'tok',
      index: 'mdm',
      ca: null,
    });

  test('gets one JSON object after the other, with time, sourcetype and index', async () => {
    there.behave(() => ({ status: 200, body: { text: 'Success', code: 0 } }));
    expect(await splunk().send(three)).toEqual({ word: 'taken' });
    const [post] = there.posts;
    expect(post?.headers.authorization).toBe('Splunk tok');
    const rows = (post?.body ?? '').split('\n').map((line) => JSON.parse(line));
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatchObject({
      time: AT / 1000,
      sourcetype: 'ocsf:json',
      index: 'mdm',
      event: { metadata: { sequence: 2 } },
    });
  });

  test.each([
    [{ status: 503, body: { text: 'Server is busy', code: 9 } }, { word: 'later' }],
    [{ status: 403, body: { text: 'Invalid token', code: 4 } }, { word: 'later' }],
    [{ status: 400, body: { text: 'Incorrect index', code: 7 } }, { word: 'later' }],
    [{ status: 400, body: { text: 'Invalid data format', code: 6, 'invalid-event-number': 1 } }, { word: 'never' }],
    [
      { status: 429, body: {}, headers: { 'retry-after': '7' } },
      { word: 'later', after: 7000 },
    ],
    [{ status: 200, body: { hello: 'I am a proxy' } }, { word: 'later' }],
  ] as const)('%j is read as the documentation says', async (reply, word) => {
    there.behave(() => reply);
    expect(await splunk().send(three)).toMatchObject(word);
  });
});

describe('syslog over TLS', () => {
  const syslog = (port: number, more: object = {}, timeout?: number) =>
    createSyslog(
      {
        id: 'y',
        kind: 'syslog',
        host: 'localhost',
        port,
        ca: CERT,
        client: null,
        longest: 8192,
        hostname: 'access.example.com',
        version: '1.2.3',
        ...more,
      },
      timeout,
    );

  test('messages are RFC 5424, framed by their length (RFC 5425), in ASCII', async () => {
    const receiver = await startSyslog();
    const odd = outgoing(2, { ...ACT, actorName: 'Zoë "] <164>1 \n' });
    expect(await syslog(receiver.port).send([outgoing(1), odd])).toEqual({ word: 'taken' });
    const all = Buffer.concat(receiver.streams);
    expect(frames(all).rest).toBe('');
    expect(all.every((byte) => byte >= 0x20 && byte < 0x7f)).toBe(true);
    for (const message of receiver.messages()) {
      // HEADER SP STRUCTURED-DATA SP MSG, RFC 5424 section 6
      const [, pri, , time, host, app, proc, id, data, json = ''] =
        /^<(\d{1,3})>(1) (\S+) (\S+) (\S+) (\S+) (\S+) ((?:\[[^\]]+\])+) (.+)$/.exec(message) ?? [];
      expect([pri, host, app, proc, id]).toEqual(['107', 'access.example.com', 'sallyport', '-', 'act.intent']);
      expect(time).toBe('2026-11-23T08:00:00.000Z');
      expect(data).toMatch(/^\[meta sequenceId="[12]"\]\[origin software="sallyport" swVersion="1\.2\.3"\]$/);
      expect(JSON.parse(json)).toMatchObject({ class_uid: 6003, resources: [{ uid: 'd-0142' }, { uid: 'd-0143' }] });
    }
    expect(JSON.parse(receiver.messages()[1]?.replace(/^.*?\] /, '') ?? '').actor.user.name).toBe('Zoë "] <164>1 \n');
    await receiver.close();
  });

  test('a long event loses details, and stays JSON that can be read', async () => {
    const receiver = await startSyslog();
    const targets = Array.from({ length: 90 }, (_, index) => `device:${'d'.repeat(80)}${index}`);
    const long = outgoing(1, { ...ACT, facts: { ...ACT.facts, targets } });
    expect(long.json.length).toBeGreaterThan(8192);
    expect(await syslog(receiver.port).send([long])).toEqual({ word: 'taken' });
    const [message = ''] = receiver.messages();
    expect(message.length).toBeLessThanOrEqual(8192);
    expect(JSON.parse(message.replace(/^.*?\] /, ''))).toMatchObject({
      class_uid: 6003,
      unmapped: { seq: 1, cut: true },
    });
    await receiver.close();
  });

  test('a certificate that nobody vouches for, or of another host, gets nothing', async () => {
    const receiver = await startSyslog();
    expect(await syslog(receiver.port, { ca: null }).send(three)).toMatchObject({
      word: 'later',
      why: expect.stringContaining('DEPTH_ZERO'),
    });
    const elsewhere = await startSyslog(undefined, '127.0.0.3');
    const other = await syslog(elsewhere.port, { host: '127.0.0.3' }).send(three);
    expect(other).toMatchObject({ word: 'later', why: 'not reachable (ERR_TLS_CERT_ALTNAME_INVALID)' });
    expect(receiver.messages()).toEqual([]);
    await receiver.close();
    await elsewhere.close();
  });

  test('bytes that were written are no receipt: only a receiver that has read to the end counts', async () => {
    const dying = await startSyslog((socket) => socket.once('data', () => socket.destroy()));
    const many = upTo(2000).map((seq) => outgoing(seq));
    expect(await syslog(dying.port).send(many)).toMatchObject({ word: 'later' });
    await dying.close();
    const deaf = await startSyslog((socket) => {
      socket.allowHalfOpen = true;
      socket.pause();
    });
    expect(await syslog(deaf.port, {}, 300).send(many)).toMatchObject({ word: 'later' });
    await syslog(1, {}, 300)
      .send(three)
      .then((delivery) => expect(delivery).toMatchObject({ word: 'later', why: 'not reachable (ECONNREFUSED)' }));
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-export-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const file = (maxSize = 1_000_000) => createFile({ id: 'lake', kind: 'file', folder, maxSize });
  const on = (seq: number, at: number) => {
    const one = outgoing(seq);
    return { ...one, at };
  };

  test('begin anew each day and when they are full; nobody else may read them', async () => {
    const destination = file(one().json.length * 2);
    await destination.send(upTo(5).map((seq) => outgoing(seq)));
    await destination.send([on(6, AT + 86_400_000), on(7, AT + 86_400_000)]);
    await destination.close();
    const names = (await readdir(folder)).sort();
    expect(names).toEqual([
      'lake-2026-11-23-0001.ndjson',
      'lake-2026-11-23-0002.ndjson',
      'lake-2026-11-23-0003.ndjson',
      'lake-2026-11-24-0001.ndjson',
    ]);
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    expect(texts.flatMap(seqsOf)).toEqual(upTo(7));
    expect((await stat(join(folder, names[0] ?? ''))).mode & 0o777).toBe(0o600);
  });

  test('a line that a crash tore is cut off, and its event comes again whole', async () => {
    const before = file();
    await before.send([outgoing(1), outgoing(2)]);
    await before.close();
    const name = join(folder, 'lake-2026-11-23-0001.ndjson');
    await truncate(name, (await stat(name)).size - 7);
    const after = file();
    expect(await after.send([outgoing(2), outgoing(3)])).toEqual({ word: 'taken' });
    await after.close();
    const lines = (await readFile(name, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).metadata.sequence)).toEqual([1, 2, 3]);
  });

  test('a folder that cannot be written is tried again later', async () => {
    const destination = createFile({ id: 'lake', kind: 'file', folder: join(CERT_FILE, 'x'), maxSize: 1000 });
    expect(await destination.send(three)).toMatchObject({ word: 'later', why: expect.stringContaining('ENOTDIR') });
  });
});

describe('OpenTelemetry', () => {
  const otlp = () =>
    createOtlp({ id: 'o', kind: 'otlp', url: `${there.url}/v1/logs`, authorization: null, ca: null, ...PRODUCT });
  type Value = { [kind: string]: unknown };

  /** The oneof of common.v1.AnyValue in proto3's JSON: one member, 64-bit integers as text. */
  function read(value: Value): unknown {
    const [[kind, inner] = ['', null], ...more] = Object.entries(value);
    expect(more).toEqual([]);
    switch (kind) {
      case '':
        return null;
      case 'stringValue':
        expect(typeof inner).toBe('string');
        return inner;
      case 'intValue':
        expect(inner).toMatch(/^-?\d+$/);
        return Number(inner);
      case 'boolValue':
      case 'doubleValue':
        return inner;
      case 'arrayValue':
        return (inner as { values: Value[] }).values.map(read);
      case 'kvlistValue':
        return Object.fromEntries(
          (inner as { values: { key: string; value: Value }[] }).values.map(({ key, value: v }) => [key, read(v)]),
        );
      default:
        throw new Error(`AnyValue has no member ${kind}`);
    }
  }

  test('gets log records whose body is the event (logs.v1 of opentelemetry-proto)', async () => {
    expect(await otlp().send(three)).toEqual({ word: 'taken' });
    const { resourceLogs } = JSON.parse(there.posts[0]?.body ?? '');
    const [{ resource, scopeLogs }] = resourceLogs;
    expect(read({ kvlistValue: { values: resource.attributes } })).toMatchObject({ 'service.name': 'sallyport' });
    const { logRecords } = scopeLogs[0];
    expect(logRecords).toHaveLength(3);
    for (const [index, record] of logRecords.entries()) {
      const known = [
        'timeUnixNano',
        'observedTimeUnixNano',
        'severityNumber',
        'severityText',
        'eventName',
        'body',
        'attributes',
      ];
      expect(Object.keys(record).sort()).toEqual(known.sort());
      expect(record).toMatchObject({
        timeUnixNano: `${AT}000000`,
        severityNumber: 17,
        severityText: 'High',
        eventName: 'ocsf.api_activity',
      });
      expect(read(record.body)).toEqual(three[index]?.event);
    }
  });

  test('what the collector says that it rejected is not sent again (OTLP, partial success)', async () => {
    there.behave(() => ({
      status: 200,
      body: { partialSuccess: { rejectedLogRecords: '2', errorMessage: 'too old' } },
    }));
    expect(await otlp().send(three)).toEqual({
      word: 'taken',
      rejected: { count: 2, why: 'the collector rejected some' },
    });
    there.behave(() => ({ status: 200, body: { partialSuccess: {} } }));
    expect(await otlp().send(three)).toEqual({ word: 'taken' });
    there.behave(() => ({ status: 503 }));
    expect(await otlp().send(three)).toMatchObject({ word: 'later' });
  });

  test('through the whole way: what was rejected is told in the journal', async () => {
    const house = await openHouse();
    await house.acts(4);
    there.behave(() => ({
      status: 200,
      body: there.posts.length === 1 ? { partialSuccess: { rejectedLogRecords: '1' } } : {},
    }));
    const exports = house.gateway({
      id: 'o',
      kind: 'otlp',
      url: `${there.url}/v1/logs`,
      authorization: null,
      ca: null,
      from: 'start',
    });
    await until(async () => (await exports.report()).destinations[0]?.at === 5);
    expect((await exports.report()).destinations[0]).toMatchObject({ at: 5, sent: 4, skipped: 1 });
    expect((await house.redis.journalEvents()).at(-1)).toMatchObject({
      kind: 'export.skipped',
      facts: { from: 1, to: 4, count: 1 },
    });
    await house.close();
  });
});

const one = () => outgoing(1);
