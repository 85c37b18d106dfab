// Which names mean a secret, whatever a pack says: in JSON members, form fields, query parameters. Compared without case, accents,
// separators, brackets and invisible characters, with letters of other scripts taken for the Latin ones that they look like, so that
// `wipePin`, `wipe_pin` and `device[WIPE-PIN]` are one. Rather one name too many.

/** Secret wherever the name contains it. */
const WITHIN = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'passkey',
  'secret',
  'token',
  'authorization',
  'credential',
  'cookie',
  'apikey',
  'privatekey',
  'secretkey',
  'accesskey',
  'sharedkey',
  'presharedkey',
  'encryptionkey',
  'signingkey',
  'masterkey',
  'recoverykey',
  'escrowkey',
  'filevaultkey',
  'filevault2key',
  'bitlockerkey',
  'enrollmentkey',
  'enrolmentkey',
  'networkkey',
  'wifikey',
  'wepkey',
  'wpakey',
  'keymaterial',
  'bypasscode',
  'unlockcode',
  'unlockkey',
  'lockcode',
  'accesscode',
  'authcode',
  'securitycode',
  'verificationcode',
  'recoverycode',
  'backupcode',
  'activationcode',
  'enrollmentcode',
  'enrolmentcode',
  'invitationcode',
  'invitecode',
  'pairingcode',
  'onetimecode',
  'mfacode',
  'smscode',
  'pincode',
  'pinconfirm',
  'confirmpin',
  'newpin',
  'oldpin',
  'wipepin',
  'lockpin',
  'devicepin',
  'userpin',
  'adminpin',
  'simpin',
  'albc',
  'qrcode',
  'failoverurl',
  'enrollurl',
  'enrollmenturl',
  'enrolmenturl',
  'inviteurl',
  'invitationurl',
  'webhookurl',
  'magiclink',
  'assertion',
  'samlresponse',
  'codeverifier',
  'challenge',
  'csrf',
  'xsrf',
  'jwt',
  'sessionid',
] as const;

/** Secret as any word of the name: `pin` is, `shipping` is not. */
const ANYWHERE: ReadonlySet<string> = new Set([
  'pin',
  'pins',
  'otp',
  'otps',
  'totp',
  'hotp',
  'pwd',
  'puk',
  'psk',
  'bearer',
]);
/** Secret only as the whole name or its last word. */
const WORDS: ReadonlySet<string> = new Set(['auth', 'nonce', 'sid']);
/** Secret only as the whole name: `code` is, `countryCode` is not. */
const WHOLE: ReadonlySet<string> = new Set(['code', 'pass', 'session', 'signature', 'sig', 'mfa', 'tan']);

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

/** Letters of other scripts (lower case) behind the Latin one that they look like. */
const LIKE: readonly string[] = [
  ...['aаαɑ', 'bвƅ', 'cсϲ', 'dԁ', 'eеєε', 'gɡց', 'hһнհ', 'iіıιɩ', 'jј', 'kкκ', 'lӏ', 'mм', 'nո', 'oоοօ'],
  ...['pрρ', 'qԛ', 'rᴦг', 'sѕꜱ', 'tтτ', 'uυս', 'vѵν', 'wԝω', 'xхχ', 'yуγ', 'zᴢ'],
];
const LATIN: ReadonlyMap<string, string> = new Map(
  LIKE.flatMap(([latin = '', ...others]) => others.map((other): [string, string] => [other, latin])),
);
const PLAIN = /^[\x20-\x7e]*$/;

/** As people read it: compatibility forms, accents, invisible characters and look-alikes are gone. */
function asRead(name: string): string {
  if (PLAIN.test(name)) return name;
  const bare = name.normalize('NFKD').replace(/[\p{M}\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/gu, '');
  return Array.from(bare, (letter) => {
    const low = letter.toLowerCase();
    const latin = LATIN.get(low);
    return latin === undefined ? letter : low === letter ? latin : latin.toUpperCase();
  }).join('');
}

function judge(name: string): boolean {
  const words = asRead(name)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  const whole = words.join('');
  if (WITHIN.some((part) => whole.includes(part))) return true;
  // `pin2` is a pin
  if (words.some((word) => ANYWHERE.has(word.replace(/\d+$/, '')))) return true;
  // `WIFIPSK`: no word of people ends so
  if (/(?:psk|otp|puk|pwd)\d*$/.test(whole)) return true;
  const last = words.at(-1) ?? '';
  return WORDS.has(last) || WHOLE.has(whole) || (words.length > 1 && name.endsWith(']') && WHOLE.has(last));
}

/** Whether a name that is secret wherever it stands is in this text, also over several words: `Recovery Key`. */
export function holdsSecretName(text: string): boolean {
  const bare = asRead(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
  return WITHIN.some((part) => bare.includes(part));
}

/**
 * One of these, in Latin letters, stands in every text in which a name of above stands in one piece or between separators: texts
 * without them cost next to nothing. The last ones begin values that are secret without a name.
 */
export const STEMS = [
  ...['pass', 'pwd', 'secret', 'token', 'auth', 'cred', 'cookie', 'key', 'code', 'pin', 'otp', 'puk', 'psk', 'nonce'],
  ...[
    'sid',
    'challeng',
    'csrf',
    'xsrf',
    'jwt',
    'session',
    'sig',
    'mfa',
    'tan',
    'assert',
    'saml',
    'bearer',
    'albc',
    'qrcode',
    'magic',
    'url',
  ],
  ...['basic', 'digest', 'negotiate', 'ntlm'],
] as const;

export const MAY_NAME_A_SECRET = new RegExp(`${STEMS.join('|')}|[^ -~\\s]`, 'i');
