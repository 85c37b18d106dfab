// How much of one text a recording keeps (trap 25: 8 KiB, then the digest).
import { sha256Base64url } from '../../kernel/ids.ts';

export const TEXT_LIMIT = 8 * 1024;
export const BODY_LIMIT = 256 * 1024;

/** At most `limit` characters; what is left out is told by its length and digest. */
export function clip(text: string, limit = TEXT_LIMIT): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit)}… [${text.length - limit} more characters; SHA-256 of all: ${sha256Base64url(text)}]`;
}
