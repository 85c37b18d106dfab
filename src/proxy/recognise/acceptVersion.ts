// The API version that a request asks for, where a console chooses it by a parameter of the media types in Accept. One
// version, written plainly, or a refusal: which of two counts is known to the console only.

import type { HeaderList } from '../../kernel/exchange.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';

const LONGEST = 1000;

export function readVersion(
  headers: HeaderList,
  rule: { readonly parameter: string; readonly default: string },
): Verdict<string> {
  const accept = headers.filter(([name]) => name === 'accept').map(([, value]) => value);
  const text = accept.join(',');
  if (text.length > LONGEST || text.includes('"')) return refuse('request.ambiguous', 'an odd Accept header');
  const versions = new Set<string>();
  // The same media type with a version and without one asks for two: it counts as the default one then.
  const ofType = new Map<string, Set<string>>();
  for (const media of text.split(',')) {
    const [type = '', ...parameters] = media.split(';');
    const own = ofType.get(type.trim().toLowerCase()) ?? new Set();
    ofType.set(type.trim().toLowerCase(), own);
    let version = rule.default;
    for (const parameter of parameters) {
      const [name = '', value = '', ...rest] = parameter.split('=');
      if (name.trim().toLowerCase() !== rule.parameter.toLowerCase()) continue;
      if (rest.length > 0 || !/^[A-Za-z0-9.]{1,20}$/.test(value.trim()))
        return refuse('request.ambiguous', 'an odd version in Accept');
      version = value.trim();
      versions.add(version);
    }
    if (own.add(version).size > 1) return refuse('request.ambiguous', 'several versions in Accept');
  }
  const [version = rule.default, ...others] = versions;
  return others.length === 0 ? go(version) : refuse('request.ambiguous', 'several versions in Accept');
}
