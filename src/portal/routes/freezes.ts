// The brake: what is frozen, freezing and releasing. Everybody sees what is frozen; changing it needs the right and a passkey
// within the last minutes. That two different people release is decided by the script.
import { Router } from 'express';
import type { Freezes } from '../../access/freezes/freezes.redis.ts';
import { type WhyNotRelease, whyNotRelease } from '../../access/freezes/release.ts';
import type { Freeze } from '../../kernel/freeze.ts';
import type { Principal } from '../../kernel/principal.ts';
import { serve } from '../api/serve.ts';
import type { May } from '../authenticate.ts';
import type { FreezeView } from '../contract/freezes.ts';
import { listFreezes, releaseFreeze, setFreeze } from '../endpoints/freezes.ts';
import { needFreshStepUp } from '../freshStepUp.ts';
import { PortalProblem } from '../problem.ts';
import type { SelectorWords } from '../selectorWords.ts';

export type FreezeRouteDeps = {
  readonly freezes: Freezes;
  readonly may: May;
  readonly words: SelectorWords;
  readonly consoles: readonly { readonly id: string }[];
  /** Redis's */
  readonly clock: { now(): number };
};

export function freezeRoutes({ freezes, may, words, consoles, clock }: FreezeRouteDeps): Router {
  const router = Router();

  const view = (freeze: Freeze, reader: Principal): FreezeView => {
    const why = may(reader, 'freeze.change') ? whyNotRelease(freeze, reader.id) : 'right';
    const { id, budget, by, reason, since, releases, match } = freeze;
    return {
      ...{ id, budget, by, reason, since },
      title: words.whole(match),
      console: words.console(match),
      releases: [...releases],
      may: { release: why === null },
      whyNot: why === null || why === 'right' ? null : WORDS[why],
    };
  };

  serve(router, listFreezes, async ({ principal }) =>
    (await freezes.current()).map((freeze) => view(freeze, principal)),
  );

  serve(router, setFreeze, async ({ session, principal, body }) => {
    needFreshStepUp(session, clock.now());
    if (body.console !== null && !consoles.some(({ id }) => id === body.console))
      throw new PortalProblem('input.invalid', {
        faults: [{ at: 'console', what: 'There is no such console: choose one from the list' }],
      });
    const outcome = await freezes.set(session, body);
    if (outcome.done) return view(outcome.freeze, principal);
    if (outcome.why === 'session.revoked') throw new PortalProblem('session.revoked');
    throw new PortalProblem('conflict', { detail: 'There are too many freezes. Release some, then freeze again.' });
  });

  serve(router, releaseFreeze, async ({ session, principal, params }) => {
    needFreshStepUp(session, clock.now());
    const before = (await freezes.current()).find(({ id }) => id === params.id);
    const outcome = await freezes.release(params.id, session);
    if (!outcome.done) throw problemOf(outcome.why);
    if (outcome.freeze !== null) return view(outcome.freeze, principal);
    if (before === undefined) throw problemOf('unknown');
    // It is over: shown once more with this person's word, so that the page can say who released it.
    const releases = [...before.releases, { id: principal.id, name: principal.name }];
    return { ...view({ ...before, releases }, principal), may: { release: false }, whyNot: null };
  });
  return router;
}

const WORDS: { readonly [why in WhyNotRelease]: string } = {
  unknown: 'This is not frozen any more.',
  own: 'Your own acts tripped this. Two other people must release it.',
  twice: 'You have released this already. Somebody else must, too.',
  'session.revoked': 'Your session was ended.',
};

function problemOf(why: WhyNotRelease): PortalProblem {
  switch (why) {
    case 'unknown':
      return new PortalProblem('not.found', { detail: WORDS[why] });
    case 'own':
      return new PortalProblem('forbidden', { detail: WORDS[why] });
    case 'twice':
      return new PortalProblem('conflict', { detail: WORDS[why] });
    case 'session.revoked':
      return new PortalProblem('session.revoked');
  }
}
