// Which names mean a secret, whatever a pack says: in JSON members, form fields, query parameters. Compared without case,
// separators and brackets, so that `wipePin`, `wipe_pin` and `device[WIPE-PIN]` are one. Rather one name too many.

/** Secret wherever the name contains it. */
const WITHIN = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'token',
  'authorization',
  'credential',
  'cookie',
  'apikey',
  'privatekey',
  'secretkey',
  'accesskey',
  'recoverykey',
  'bypasscode',
  'unlockcode',
  'lockcode',
  'accesscode',
  'authcode',
  'securitycode',
  'verificationcode',
  'recoverycode',
  'activationcode',
  'assertion',
  'codeverifier',
  'csrf',
  'xsrf',
  'jwt',
  'sessionid',
] as const;

/** Secret only as the whole name or its last word: `pin` is, `shipping` is not. */
const WORDS: ReadonlySet<string> = new Set(['pin', 'otp', 'totp', 'pwd', 'puk', 'psk', 'auth', 'nonce', 'sid']);
/** Secret only as the whole name: `code` is, `countryCode` is not. */
const WHOLE: ReadonlySet<string> = new Set(['code', 'pass', 'session', 'signature', 'sig']);

/** The same few names come with every request; taking one apart costs more than all the rest of a query. */
const judged = new Map<string, boolean>();
const MOST_JUDGED = 2_000;
const LONGEST_JUDGED = 64;

export function isSecretName(name: string): boolean {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const secret = judge(name);
  if (name.length > LONGEST_JUDGED) return secret;
  if (judged.size >= MOST_JUDGED) judged.clear();
  judged.set(name, secret);
  return secret;
}

function judge(name: string): boolean {
  const words = name
    .normalize('NFKC')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  const whole = words.join('');
  if (WITHIN.some((part) => whole.includes(part))) return true;
  const last = words.at(-1) ?? '';
  return WORDS.has(last) || WHOLE.has(whole) || (words.length > 1 && name.endsWith(']') && WHOLE.has(last));
}
