// Values that are secrets whatever they are called, known by how they look: private keys, signed tokens, disk recovery keys,
// credentials behind their scheme, passwords in URLs. Few and exact: a serial number or an id must not be taken for one.

export const REDACTED = '[redacted]';

/** RFC 7468: the text between the lines, or to the end when there is no last line. */
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|$)/g;
/** RFC 7519: three parts, the first of which begins with `{"` */
const JWT = /\beyJ[\w-]{13,}\.[\w-]{8,}\.[\w-]*/g;
/** FileVault's personal recovery key: six groups of four. */
const FILEVAULT = /(?<![\w-])[A-Z0-9]{4}(?:-[A-Z0-9]{4}){5}(?![\w-])/g;
/** BitLocker's: eight groups of six digits. Apple's bypass code: 5-5-4-4-4-4. */
const BITLOCKER = /(?<![\w-])\d{6}(?:-\d{6}){7}(?![\w-])/g;
const BYPASS = /(?<![\w-])[A-Z0-9]{5}-[A-Z0-9]{5}(?:-[A-Z0-9]{4}){4}(?![\w-])/g;
const SCHEME = /\b(Bearer|Basic|Digest|Negotiate|NTLM)(\s+)(?=[\w+/~.-]{8})(?=\S*[\d=_A-Z])[\w+/=~.-]+/gi;
/** RFC 3986, 3.2.1: user and password before the host */
const USER = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#@"'<>\\]+@/gi;

const MAY_BE_ONE = /-----BEGIN|\beyJ|(?:[A-Z0-9]{4}-){5}|(?:\d{6}-){3}|bearer|basic|digest|negotiate|ntlm|:\/\/[^/]*@/i;

/** @returns the text, with such values replaced */
export function withoutShapes(text: string): string {
  if (text.length < 12 || !MAY_BE_ONE.test(text)) return text;
  return text
    .replace(PRIVATE_KEY, REDACTED)
    .replace(JWT, REDACTED)
    .replace(FILEVAULT, REDACTED)
    .replace(BITLOCKER, REDACTED)
    .replace(BYPASS, REDACTED)
    .replace(SCHEME, `$1$2${REDACTED}`)
    .replace(USER, `$1${REDACTED}@`);
}
