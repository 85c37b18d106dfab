// What a signature covers of a body whose volatile members may change: the body as it was read, with nothing in their place.
// Everything else stays, in its order, so that two requests with one digest mean the same (docs/pack-format.md, Signatures).

import { sha256Hex } from '../../kernel/ids.ts';
import { foldKey, type JsonValue } from './bodyReaders/json.ts';
import type { BodyView } from './bodyReaders/unreadable.ts';

/** Hex; null: the bytes themselves are signed. */
export function signedDigest(view: BodyView, volatile: readonly string[], caseless: boolean): string | null {
  if (volatile.length === 0) return null;
  if (view.type === 'form' && view.pairs !== undefined) {
    const pairs = view.pairs.map(([name, value]) => [name, volatile.includes(name) ? '' : value]);
    return sha256Hex(`sallyport.signed.v1 form ${JSON.stringify(pairs)}`);
  }
  if (view.type === 'json' && view.root !== undefined) {
    const fold = (key: string) => (caseless ? foldKey(key) : key);
    const left = volatile.map((place) =>
      place
        .slice(1)
        .split('/')
        .map((step) => fold(step.replaceAll('~1', '/').replaceAll('~0', '~'))),
    );
    return sha256Hex(`sallyport.signed.v1 json ${written(view.root, left, fold)}`);
  }
  return null;
}

function written(value: JsonValue, left: readonly (readonly string[])[], fold: (key: string) => string): string {
  if (left.some((steps) => steps.length === 0)) return 'null';
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if ('number' in value) return value.number;
  const below = (key: string) => left.filter(([step]) => step === fold(key)).map((steps) => steps.slice(1));
  if (value instanceof Map)
    return `{${[...value].map(([key, inner]) => `${JSON.stringify(key)}:${written(inner, below(key), fold)}`).join(',')}}`;
  return `[${(value as readonly JsonValue[]).map((inner) => written(inner, [], fold)).join(',')}]`;
}
