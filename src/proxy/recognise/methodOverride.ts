// Consoles that let a POST name another method in a form field or a query key: the request is then of that method. Only
// where the pack says so; elsewhere such a field or key is refused (pitfall 9).

import type { HeaderList } from '../../kernel/exchange.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import { foldKey } from './bodyReaders/json.ts';
import { type BodyView, Unreadable } from './bodyReaders/unreadable.ts';
import { EMPTY_BODY, viewPairs } from './bodyReaders/viewBody.ts';

const METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** The method that the query names, and the query without it. */
export function overrideByQuery(
  method: string,
  query: HeaderList,
  key: string | undefined,
): Verdict<{ readonly method: string; readonly query: HeaderList }> {
  const named = key === undefined ? [] : query.filter(([name]) => foldKey(name) === foldKey(key));
  const [one, ...more] = named;
  if (one === undefined) return go({ method, query });
  const wanted = one[1].toUpperCase();
  if (more.length > 0 || one[0] !== key || method !== 'POST' || !METHODS.has(wanted))
    return refuse('request.ambiguous', 'a query key that names another method');
  return go({ method: wanted, query: query.filter(([name]) => name !== key) });
}

/** The method that a form names, and the form without it. @throws Unreadable */
export function overrideByForm(view: BodyView, field: string): { readonly method: string; readonly view: BodyView } {
  if (view.type !== 'form' && view.type !== 'multipart') return { method: 'POST', view };
  const [value, ...more] = view.at(field);
  if (value === undefined) return { method: 'POST', view };
  const method = typeof value === 'string' ? value.toUpperCase() : '';
  if (more.length > 0 || !METHODS.has(method)) throw new Unreadable('names an unknown method');
  if (view.pairs !== undefined) {
    const pairs = view.pairs.filter(([name]) => name !== field);
    return { method, view: pairs.length === 0 ? EMPTY_BODY : { ...viewPairs(pairs), pairs: view.pairs } };
  }
  const names = (view.names ?? []).filter((name) => name !== field);
  return { method, view: names.length === 0 ? EMPTY_BODY : { ...view, names } };
}
