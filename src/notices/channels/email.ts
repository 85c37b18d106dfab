// E-mail, one message a person, plain text only: nothing in it is markup. The only importer of nodemailer.
import { createTransport } from 'nodemailer';
import type { Clock } from '../../kernel/clock.ts';
import { type Message, messageOf } from '../message.ts';
import type { Channel, Sent } from '../notice.ts';
import { failureOf, TIMEOUT } from './post.ts';
import { smtpOptions } from './smtpOptions.ts';

export type EmailSettings = {
  /** `smtps://user:password@host:465` or `smtp://host:587`: a secret */
  readonly smtp: string;
  readonly from: string;
  /** PEM of the authority that signed the server's certificate; null: the ones that node trusts */
  readonly ca: string | null;
};

/** @param timeout ms for each step of the talk */
export function createEmail(
  deps: EmailSettings & {
    readonly id: string;
    readonly portalOrigin: string;
    readonly clock: Clock;
    readonly timeout?: number;
  },
): Channel {
  const { id, from, portalOrigin, clock, timeout = TIMEOUT } = deps;
  const options = smtpOptions(deps.smtp, deps.ca, timeout);
  const host = new URL(portalOrigin).hostname;
  return {
    id,
    kind: 'email',
    personal: true,
    async send(parcel) {
      const { title, ...rest } = messageOf(parcel.notices, parcel.more, portalOrigin, clock.now());
      // A connection each: nothing that one person's server said is left over for the next one's message.
      const transport = createTransport(options);
      const overdue = AbortSignal.timeout(timeout * 2);
      const late = new Promise<Sent>((resolve) => {
        overdue.onabort = () => resolve({ done: false, again: true, why: 'no answer in time' });
      });
      const sending = transport
        .sendMail({
          from,
          to: { name: '', address: parcel.to },
          subject: `Sallyport: ${title}`,
          text: mailText({ title, ...rest }),
          messageId: `<${parcel.id}@${host}>`,
          date: new Date(clock.now()),
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          disableFileAccess: true,
          disableUrlAccess: true,
        })
        .then(
          (): Sent => ({ done: true, answer: 'the mail server took it' }),
          (error: unknown): Sent => mailFailure(error),
        );
      try {
        return await Promise.race([sending, late]);
      } finally {
        transport.close();
      }
    },
  };
}

export function mailText({ title, lines, link, footer }: Message): string {
  const width = Math.max(0, ...lines.map(({ label }) => label.length)) + 2;
  const rows = lines.map(({ label, value }) => `${label.padEnd(width)}${value}`);
  return [`${title}.`, '', ...rows, '', `Open in Sallyport: ${link}`, '', footer, ''].join('\n');
}

/** Server's words stay out: they may quote addresses. RFC 5321 section 4.2.1: 5yz is for good, 4yz may be tried again. */
function mailFailure(error: unknown): Sent {
  const { responseCode, code } = (error ?? {}) as { responseCode?: unknown; code?: unknown };
  if (code === 'EAUTH') return { done: false, again: true, why: 'the mail server refused the user or password' };
  if (code === 'ETLS' || code === 'ESOCKET')
    return {
      done: false,
      again: true,
      why: code === 'ETLS' ? 'the mail server offers no TLS' : 'no secure connection',
    };
  if (typeof responseCode === 'number')
    return { done: false, again: responseCode < 500, why: `the mail server answered ${responseCode}` };
  return { done: false, again: true, why: code === 'ETIMEDOUT' ? 'no answer in time' : failureOf(error) };
}
