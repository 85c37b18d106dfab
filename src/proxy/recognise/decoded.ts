// Documents inside strings of a JSON body: a property list in base64, JSON in JSON. They are read as strictly as a body.

import { type JsonValue, readJson } from './bodyReaders/json.ts';
import { readPlist } from './bodyReaders/plist.ts';
import { type BodyView, Unreadable } from './bodyReaders/unreadable.ts';
import { viewTree } from './bodyReaders/viewBody.ts';
import type { Entry } from './pack.ts';

/** The body as an entry sees it. @throws Unreadable */
export function viewFor({ body }: Entry, view: BodyView): BodyView {
  const places = Object.entries(body?.decode ?? {});
  if (places.length === 0 || view.type !== 'json' || view.root === undefined) return view;
  let root: JsonValue = view.root;
  for (const [place, how] of places) {
    const steps = place.slice(1).split('/');
    root = replaced(
      root,
      steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
      how,
    );
  }
  return viewTree('json', root);
}

type How = 'base64-plist' | 'plist' | 'base64-json' | 'json';

function replaced(value: JsonValue, steps: readonly string[], how: How): JsonValue {
  const [step, ...rest] = steps;
  if (step === undefined) return typeof value === 'string' ? decode(value, how) : value;
  if (!(value instanceof Map)) return value;
  const member: JsonValue | undefined = value.get(step);
  return member === undefined ? value : new Map([...value, [step, replaced(member, rest, how)]]);
}

function decode(text: string, how: How): JsonValue {
  const bytes = how.startsWith('base64-') ? fromBase64(text) : Buffer.from(text);
  return how.endsWith('plist') ? readPlist(bytes) : readJson(bytes);
}

/** The one way in which these bytes can be written; node skips over what is none (RFC 4648, 3.3). */
function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new Unreadable('has something else than base64 in a member');
  return bytes;
}
