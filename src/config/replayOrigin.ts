// Where recorded pages are rebuilt, when the operator does not say: an origin of its own, beside the portal.
import { isIP } from 'node:net';
import type { Settings } from './schema.ts';

/**
 * `https://access.example.com` -> `https://replay.example.com`. A host that has no label to spare keeps all of its own
 * (`example.com` -> `replay.example.com`): what is left of it might be somebody else's.
 */
export function replayOriginOf({ portal, replay }: Pick<Settings, 'portal' | 'replay'>): string {
  if (replay.origin !== undefined) return replay.origin;
  const url = new URL(portal.origin);
  const labels = url.hostname.split('.');
  const spare = labels.length > 2 || url.hostname.endsWith('.localhost');
  const host = isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0 ? 'localhost' : labels.slice(spare ? 1 : 0).join('.');
  return `${url.protocol}//replay.${host}${url.port === '' ? '' : `:${url.port}`}`;
}
