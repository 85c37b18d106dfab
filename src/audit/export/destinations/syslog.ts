// Syslog over TLS (RFC 5425). The protocol has no receipts: bytes that were written may lie in a buffer of a receiver that has
// died. So each batch has a connection of its own, we close first, and only when the receiver closes after us (it has read to the
// end) the batch counts as taken. The certificate is always checked.
import { connect } from 'node:tls';
import type { Delivery, Destination } from '../destination.ts';
import { wordOf } from './post.ts';
import { type SyslogHeader, syslogMessage } from './syslogMessage.ts';

export type SyslogSettings = {
  readonly id: string;
  readonly kind: 'syslog';
  readonly host: string;
  readonly port: number;
  /** PEM; null: the authorities that node trusts */
  readonly ca: string | null;
  /** our own certificate and key, for receivers that ask; null: none */
  readonly client: { readonly cert: string; readonly key: string } | null;
  /** bytes that one message may have */
  readonly longest: number;
};

const TIMEOUT = 20_000;

/** @param timeout ms for one batch */
export function createSyslog(settings: SyslogSettings & Omit<SyslogHeader, 'longest'>, timeout = TIMEOUT): Destination {
  const { id, kind, host, port, ca, client } = settings;
  let stop: (() => void) | undefined;
  return {
    id,
    kind,
    send: (batch) =>
      new Promise<Delivery>((resolve) => {
        const bytes = Buffer.concat(batch.map((one) => syslogMessage(one, settings)));
        const socket = connect({
          host,
          port,
          servername: /^[\d.]+$|:/.test(host) ? '' : host,
          minVersion: 'TLSv1.2',
          ...(ca === null ? {} : { ca }),
          ...client,
        });
        let written = false;
        const end = (delivery: Delivery): void => {
          clearTimeout(late);
          stop = undefined;
          socket.destroy();
          resolve(delivery);
        };
        const later = (why: string): void => end({ word: 'later', why });
        const late = setTimeout(
          () =>
            later(written ? 'it did not close after us: nobody knows whether it has read all' : 'no answer in time'),
          timeout,
        );
        stop = () => later('stopped');
        socket.once('error', (error) => later(wordOf(error)));
        socket.once('secureConnect', () => {
          socket.end(bytes, () => {
            written = true;
          });
        });
        socket.once('end', () => {
          if (!written) later('it closed before it had all');
        });
        socket.once('close', (failed) => (written && !failed ? end({ word: 'taken' }) : later('the connection broke')));
        socket.resume();
      }),
    close: async () => stop?.(),
  };
}
