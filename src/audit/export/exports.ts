// Export as the rest of the product sees it: started and stopped with the gateway, looked at in the portal and on the command line.
// Without destinations nothing runs.
import type { Json } from '../../kernel/canonicalJson.ts';
import type { Clock } from '../../kernel/clock.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import type { Cursors } from './cursors.redis.ts';
import type { Delivery, Destination, DestinationKind } from './destination.ts';
import { createElastic, type ElasticSettings } from './destinations/elastic.ts';
import { createFile, type FileSettings } from './destinations/file.ts';
import { createHttp, type HttpSettings } from './destinations/http.ts';
import { createOtlp, type OtlpSettings } from './destinations/otlp.ts';
import { createSplunk, type SplunkSettings } from './destinations/splunk.ts';
import { createSyslog, type SyslogSettings } from './destinations/syslog.ts';
import { createHistory, type ReadEntries } from './history.ts';
import { type Product, uidOf } from './ocsf/event.ts';
import { toOcsf } from './ocsf/ocsf.ts';
import { createSender, type SenderState, type SenderTiming } from './sender.ts';

/** One destination as the configuration gives it, its secrets read. */
export type DestinationSettings = (
  | SyslogSettings
  | SplunkSettings
  | ElasticSettings
  | HttpSettings
  | OtlpSettings
  | FileSettings
) & {
  /** where it begins when it never got anything */
  readonly from: 'start' | 'now';
};

export type ExportSettings = {
  readonly destinations: readonly DestinationSettings[];
  /** too far behind: so many entries, or the oldest of them so many ms old */
  readonly alarm: { readonly entries: number; readonly after: number };
};

export type ExportRow = {
  readonly id: string;
  readonly kind: DestinationKind;
  /** last entry of the journal that it has got; null: none */
  readonly at: number | null;
  /** entries that it has not got yet */
  readonly lag: number;
  /** when the oldest of them was written, ms; null: nothing waits */
  readonly waitingSince: number | null;
  readonly sent: number;
  readonly skipped: number;
  readonly sentAt: number | null;
  /** why the last try failed; '' since the last success */
  readonly error: string;
  readonly errorAt: number | null;
  /** more than the alarm allows */
  readonly behind: boolean;
};

export type Exports = {
  start(): void;
  stop(): Promise<void>;
  /** How far each destination is. Names no address. @throws StateUnavailable */
  report(): Promise<{ readonly head: number; readonly destinations: readonly ExportRow[] }>;
  /** The last entry that every destination has got; entries after it are still needed. null: there is no destination. */
  sentTo(): Promise<number | null>;
  /** What this gateway knows without asking: the destinations that it sends to, as they were when it last looked. */
  state(): readonly SenderState[];
};

export type ExportDeps = {
  readonly settings: ExportSettings;
  readonly cursors: Cursors;
  readonly journal: { read: ReadEntries; head(): Promise<{ readonly seq: number }> };
  readonly product: Product;
  /** of the portal: the sender's name in syslog */
  readonly hostname: string;
  readonly me: string;
  /** Redis's clock */
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  readonly timing?: Partial<SenderTiming>;
  /** ms for one batch */
  readonly timeout?: number;
};

type Named = Pick<ExportDeps, 'product' | 'hostname' | 'timeout'>;

export function createDestination(settings: DestinationSettings, { product, hostname, timeout }: Named): Destination {
  switch (settings.kind) {
    case 'syslog':
      return createSyslog({ ...settings, hostname, version: product.version }, timeout);
    case 'splunk':
      return createSplunk(settings, timeout);
    case 'elastic':
      return createElastic(settings, timeout);
    case 'http':
      return createHttp(settings, timeout);
    case 'otlp':
      return createOtlp({ ...settings, ...product }, timeout);
    case 'file':
      return createFile(settings);
  }
}

export function createExports(deps: ExportDeps): Exports {
  const { settings, cursors, journal, product, me, clock, onError, timing } = deps;
  const read = createHistory(journal.read);
  const senders = settings.destinations.map((one) =>
    createSender({
      ...{ cursors, read, head: journal.head, product, alarm: settings.alarm, me, clock, onError },
      ...(timing === undefined ? {} : { timing }),
      destination: createDestination(one, deps),
      begin: one.from,
    }),
  );
  return {
    start() {
      for (const sender of senders) sender.start();
    },
    async stop() {
      await Promise.all(senders.map((sender) => sender.stop()));
    },
    report: () => exportReport(settings, { cursors, journal }),
    state: () => senders.map((sender) => sender.state()).filter((one) => one !== null),
    async sentTo() {
      if (settings.destinations.length === 0) return null;
      const places = await Promise.all(settings.destinations.map(({ id }) => cursors.read(id)));
      return Math.min(...places.map(({ seq }) => seq ?? 0));
    },
  };
}

/** @throws StateUnavailable */
export async function exportReport(
  settings: ExportSettings,
  { cursors, journal }: Pick<ExportDeps, 'cursors' | 'journal'>,
): ReturnType<Exports['report']> {
  const read = createHistory(journal.read);
  const { seq: head } = await journal.head();
  const rows = settings.destinations.map(async ({ id, kind }): Promise<ExportRow> => {
    const { seq: at, sent, skipped, sentAt, error, errorAt, behind } = await cursors.read(id);
    const lag = Math.max(0, head - (at ?? 0));
    const waiting = lag === 0 ? undefined : (await read((at ?? 0) + 1, 1)).entries[0];
    return { id, kind, at, lag, waitingSince: waiting?.at ?? null, sent, skipped, sentAt, error, errorAt, behind };
  });
  return { head, destinations: await Promise.all(rows) };
}

/** Sends one event that says that it is a test. It is of no journal: its number is 0. */
export function sendTestEvent(destination: Destination, product: Product, now: number): Promise<Delivery> {
  const event = JSON.stringify({ kind: 'export.test', actor: null, facts: { destination: destination.id } });
  const digest = sha256Hex(`${event}${now}`);
  const entry = { seq: 0, at: now, event, digest, fact: '', hash: digest };
  const ocsf: { readonly [member: string]: Json } = toOcsf(entry, product, null);
  return destination.send([{ seq: 0, uid: uidOf(product, entry), at: now, event: ocsf, json: JSON.stringify(ocsf) }]);
}
