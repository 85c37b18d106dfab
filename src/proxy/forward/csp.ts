// Whether a page's own Content-Security-Policy lets our script run, and by which nonce. The policy is never changed.
type Directives = ReadonlyMap<string, readonly string[]>;

/** The nonce to put on the script; null: none is needed; false: the page's policy does not let us in. */
export function scriptNonce(policyHeaders: readonly string[]): string | null | false {
  const policies = policyHeaders.flatMap((header) => header.split(',')).map(directivesOf);
  let common: string | null = null;
  for (const directives of policies) {
    const sources = directives.get('script-src-elem') ?? directives.get('script-src') ?? directives.get('default-src');
    if (sources === undefined) continue;
    const nonces = sources.flatMap((source) => /^'nonce-([A-Za-z0-9+/_-]+={0,2})'$/i.exec(source)?.[1] ?? []);
    const bySelf = sources.some((source) => source.toLowerCase() === "'self'");
    const strict = sources.some((source) => source.toLowerCase() === "'strict-dynamic'");
    if (common !== null && nonces.includes(common)) continue;
    if (bySelf && !strict && (nonces.length === 0 || common !== null)) continue;
    // Two policies with different nonces: one script cannot carry both.
    if (nonces[0] === undefined || common !== null) return false;
    common = nonces[0];
  }
  return common;
}

/** Whether scripts of the page may talk to their own origin, which its recorder must. @param origin the page's */
export function connectsToSelf(policyHeaders: readonly string[], origin: string): boolean {
  const policies = policyHeaders.flatMap((header) => header.split(',')).map(directivesOf);
  const { host, protocol } = new URL(origin);
  const named = new Set(["'self'", '*', host, `${host}/`, origin, `${origin}/`, protocol, `*:${new URL(origin).port}`]);
  return policies.every((directives) => {
    const sources = directives.get('connect-src') ?? directives.get('default-src');
    return sources === undefined || sources.some((source) => named.has(source.toLowerCase()));
  });
}

function directivesOf(policy: string): Directives {
  const directives = new Map<string, readonly string[]>();
  for (const part of policy.split(';')) {
    const [name, ...sources] = part.trim().split(/\s+/);
    const key = name?.toLowerCase() ?? '';
    // The first of a name counts (CSP 3, 2.2.1).
    if (key !== '' && !directives.has(key)) directives.set(key, sources);
  }
  return directives;
}
