// Return values: through the product's own function, and through a whole sign-in whose last step says where it goes.
import { CLOSED_ON_CONSOLES, CLOSED_ON_PORTAL, safeReturnPath } from '../../../src/auth/returnPath.ts';
import { type Case, textOf } from '../cases.ts';
import { type CorpusStack, PORTAL } from '../stack.ts';
import type { Problem } from '../verdicts.ts';

export async function runRedirect(stack: CorpusStack, one: Case): Promise<Problem> {
  // The corpus calls the reserved prefix `/.gw`.
  const value = textOf(one.returnTo, one.returnToParts).replaceAll('/.gw/', '/.sallyport/');
  const wanted = one.expected === 'allow' ? value : '/';
  for (const closed of [CLOSED_ON_CONSOLES, CLOSED_ON_PORTAL]) {
    const safe = safeReturnPath(value, closed);
    if (safe !== wanted && !(closed === CLOSED_ON_CONSOLES && safe === '/'))
      return `is taken for ${JSON.stringify(safe)}`;
  }
  const agent = stack.newAgent();
  const out = await agent.send(`${PORTAL}/login?to=${encodeURIComponent(value)}`, { navigate: true });
  // A request that is too long for one is refused before anything reads it.
  if (out.status >= 400 && out.status < 500) return one.expected === 'deny' ? null : `was answered with ${out.status}`;
  const back = stack.idp.answer(String(out.headers.location), { claims: { sub: 'redirected', groups: [] } });
  const came = await agent.send(back.href, { navigate: true });
  return came.headers.location === `${PORTAL}${wanted}` ? null : `the sign-in ended at ${came.headers.location}`;
}
