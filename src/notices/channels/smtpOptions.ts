// How to talk to a mail server. TLS is not a choice: smtps:// speaks it from the first byte, smtp:// must upgrade before anything
// is said, except to a relay on this machine. Also used to check the configuration, so it loads nothing.

export type SmtpOptions = {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly requireTLS: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
  readonly tls: { readonly minVersion: 'TLSv1.2'; readonly ca?: string; readonly rejectUnauthorized?: false };
  readonly connectionTimeout: number;
  readonly greetingTimeout: number;
  readonly socketTimeout: number;
  readonly dnsTimeout: number;
  readonly logger: false;
};

/** @throws TypeError for what is no smtp:// or smtps:// URL; its message holds nothing of it */
export function smtpOptions(smtp: string, ca: string | null, timeout: number): SmtpOptions {
  const url = URL.parse(smtp);
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    throw new TypeError('an address such as smtps://user:password@mail.example.com');
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const here = ['localhost', '127.0.0.1', '::1'].includes(host);
  const user = decodeURIComponent(url.username);
  // A relay on this machine may offer STARTTLS with a certificate of its own making; it could be spoken to without any.
  const trust = ca !== null ? { ca } : here && !secure ? ({ rejectUnauthorized: false } as const) : {};
  return {
    host,
    port: url.port === '' ? (secure ? 465 : here ? 25 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && !here,
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
    tls: { minVersion: 'TLSv1.2', ...trust },
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    logger: false,
  };
}
