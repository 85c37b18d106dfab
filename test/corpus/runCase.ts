// One case of any kind, run against the real gateway. What cannot be run says why; nothing passes by not being run.
import type { Case } from './cases.ts';
import { runCsrf } from './kinds/csrf.ts';
import { grantNotRun, runGrant } from './kinds/grant.ts';
import { runH2, runHttp, runRaw } from './kinds/http.ts';
import { runLog } from './kinds/log.ts';
import { runOidc } from './kinds/oidc.ts';
import { runRedirect } from './kinds/redirect.ts';
import { runStory } from './kinds/story.ts';
import { runWebauthn } from './kinds/webauthn.ts';
import { runWs } from './kinds/ws.ts';
import type { CorpusStack } from './stack.ts';
import type { Problem } from './verdicts.ts';

export type Outcome = 'passed' | { readonly failed: string } | { readonly notRun: string };
type Runner = (stack: CorpusStack, one: Case) => Promise<Problem | { readonly notRun: string }>;

const RUNNERS: Readonly<Record<string, Runner>> = {
  http: (stack, one) => (one.class === 'csrf' ? runCsrf(stack, one) : runHttp(stack, one)),
  ...{ raw: runRaw, h2: runH2, ws: runWs, redirect: runRedirect, oidc: runOidc },
  ...{ webauthn: runWebauthn, grant: runGrant, log: runLog, story: runStory },
};
/** Kinds whose part of the product is not there. */
const NOT_THERE: Readonly<Record<string, string>> = {
  rrweb: 'pages are not recorded yet, so there is nothing to post to and nothing to replay',
};

/** Why this case cannot be run whatever happens; null: it can be tried. */
export function whyNotRun(one: Case): string | null {
  return NOT_THERE[one.kind] ?? (one.kind === 'grant' ? grantNotRun(one) : null);
}

export async function runCase(stack: CorpusStack, one: Case): Promise<Outcome> {
  const missing = whyNotRun(one);
  if (missing !== null) return { notRun: missing };
  const run = RUNNERS[one.kind];
  if (run === undefined) return { notRun: `the kind ${one.kind} is not known` };
  try {
    const problem = await run(stack, one);
    if (problem === null) return (await alive(stack)) ? 'passed' : { failed: 'the gateway does not answer any more' };
    return typeof problem === 'string' ? { failed: problem } : problem;
  } catch (error) {
    return { failed: `the case could not be played: ${error instanceof Error ? error.stack : String(error)}` };
  }
}

/** A whole answer for somebody unknown: the process lives, and so do listener and pipeline. */
async function alive(stack: CorpusStack): Promise<boolean> {
  const answer = await stack.newAgent().send('https://mdm.corp.test/api/v1/devices');
  return answer.status === 401;
}
