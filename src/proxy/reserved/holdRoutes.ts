// The holds of a session, from its console's page: read, taken back, and put before others. Signing is the portal's alone.
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import type { Hold } from '../../kernel/hold.ts';
import type { Session } from '../../kernel/session.ts';
import { AskHold } from '../../portal/contract/holds.ts';
import { type Fault, ReservedProblem, sendJson } from './answer.ts';
import { readJson } from './change.ts';
import type { Route, Routes } from './route.ts';
import { holdView } from './views.ts';

type Outcome = { readonly done: true; readonly hold: Hold } | { readonly done: false; readonly why: string };

export type HoldRouteParts = {
  readonly holds: {
    get(id: string): Promise<Hold | null>;
    cancel(id: string, by: Session): Promise<Outcome>;
    ask(id: string, by: Session, words: z.infer<typeof AskHold>): Promise<Outcome>;
  };
  /** What of a reason and a ticket does not fit the rule of this hold. */
  readonly askFaults: (hold: Hold, words: z.infer<typeof AskHold>) => readonly Fault[];
  /** Redis's clock */
  readonly clock: Clock;
};

const Nothing = z.strictObject({});
const Ask = AskHold.strict();

export function holdRoutes({ holds, askFaults, clock }: HoldRouteParts): Routes {
  /** Somebody else's is as unknown as none. */
  async function own(id: string, session: Session): Promise<Hold> {
    const hold = await holds.get(id);
    if (hold === null || hold.session !== session.id) throw new ReservedProblem('not.found');
    return hold;
  }

  const read: Route = {
    method: 'GET',
    async run({ session }, { res, id }) {
      sendJson(res, holdView(await own(id, session), clock.now()));
    },
  };

  const cancel: Route = {
    method: 'POST',
    async run({ session }, { req, res, id }) {
      await readJson(req, Nothing);
      await own(id, session);
      const outcome = await holds.cancel(id, session);
      if (!outcome.done) throw new ReservedProblem('conflict');
      res.writeHead(204).end();
    },
  };

  const ask: Route = {
    method: 'POST',
    async run({ session }, { req, res, id }) {
      const words = await readJson(req, Ask);
      const faults = askFaults(await own(id, session), words);
      if (faults.length > 0) throw new ReservedProblem('input.invalid', { faults });
      const outcome = await holds.ask(id, session, words);
      if (outcome.done) return sendJson(res, holdView(outcome.hold, clock.now()));
      if (outcome.why === 'session.revoked') throw new ReservedProblem('session.revoked');
      throw new ReservedProblem('conflict');
    },
  };

  return { 'holds/*': read, 'holds/*/cancel': cancel, 'holds/*/ask': ask };
}
