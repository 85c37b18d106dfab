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
  for (const media of text.split(','))
    for (const parameter of media.split(';').slice(1)) {
      const [name = '', value = '', ...rest] = parameter.split('=');
      if (name.trim().toLowerCase() !== rule.parameter.toLowerCase()) continue;
      if (rest.length > 0 || !/^[A-Za-z0-9.]{1,20}$/.test(value.trim()))
        return refuse('request.ambiguous', 'an odd version in Accept');
      versions.add(value.trim());
    }
  const [version = rule.default, ...others] = versions;
  return others.length === 0 ? go(version) : refuse('request.ambiguous', 'several versions in Accept');
}
