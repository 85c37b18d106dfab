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

/** One mail to one address, as plain text. */
export type Mail = { readonly to: string; readonly subject: string; readonly text: string; readonly id: string };
export type Mailer = (mail: Mail) => Promise<Sent>;

/** @param host names us in message ids @param timeout ms for each step of the talk. What it returns never throws. */
export function createMailer(
  deps: EmailSettings & { readonly host: string; readonly clock: Clock; readonly timeout?: number },
): Mailer {
  const { from, host, clock, timeout = TIMEOUT } = deps;
  const options = smtpOptions(deps.smtp, deps.ca, timeout);
  return async ({ to, subject, text, id }) => {
    // A connection each: nothing that one person's server said is left over for the next one's message.
    const transport = createTransport(options);
    const overdue = AbortSignal.timeout(timeout * 2);
    const late = new Promise<Sent>((resolve) => {
      overdue.onabort = () => resolve({ done: false, again: true, why: 'no answer in time' });
    });
    const sending = transport
      .sendMail({
        from,
        to: { name: '', address: to },
        subject,
        text,
        messageId: `<${id}@${host}>`,
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
  };
}

/** @param timeout ms for each step of the talk */
export function createEmail(
  deps: EmailSettings & {
    readonly id: string;
    readonly portalOrigin: string;
    readonly clock: Clock;
    readonly timeout?: number;
  },
): Channel {
  const { id, portalOrigin, clock } = deps;
  const mail = createMailer({ ...deps, host: new URL(portalOrigin).hostname });
  return {
    id,
    kind: 'email',
    personal: true,
    send(parcel) {
      const { title, ...rest } = messageOf(parcel.notices, parcel.more, portalOrigin, clock.now());
      return mail({ to: parcel.to, subject: `Sallyport: ${title}`, text: mailText({ title, ...rest }), id: parcel.id });
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
