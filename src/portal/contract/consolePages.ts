// What console pages get under `<console>/.sallyport/`: no more than the status line and the overlay need, because every
// script of the console can read it too.
import { z } from 'zod';
import { GrantState } from './grants.ts';
import { HoldState } from './holds.ts';
import { id, NamedTarget, Problem, time } from './nouns.ts';

/** The problem JSON of a refused request, with header `X-Sallyport-Refused: <reason>`. */
export const RefusalProblem = Problem.extend({
  action: z
    .object({
      name: z.string(),
      title: z.string(),
      effect: z.string(),
      risk: z.enum(['read', 'low', 'high', 'destructive']),
    })
    .optional(),
  /** of a batch: the names of the acts in it, which access must be asked for */
  acts: z.array(z.string()).optional(),
  targets: z.array(NamedTarget).optional(),
  /** devices it would hit in truth */
  devices: z.number().int().optional(),
  console: z.object({ id, name: z.string() }).optional(),
  /** what would turn it into go, least effort first; empty or missing: nothing would */
  remedies: z.array(z.enum(['stepup.fresh', 'stepup.bound', 'grant', 'approval'])).optional(),
  /** with the remedy approval: how many other people must sign */
  approvals: z.number().int().optional(),
  /** with grant or approval: whom it goes to, in words: "1 of mdm-approvers" */
  whom: z.string().optional(),
  /** the decision in sentences, as `policy explain` says it */
  sentences: z.array(z.string()).optional(),
  /** for budget.spent: when enough of it is free again, and whom to ask */
  freesAt: time.optional(),
  ask: z.string().optional(),
  /** the hold to sign or to have signed, when signatures are the only thing missing */
  hold: id.optional(),
  why: z.string().optional(),
  policies: z.array(z.string()).optional(),
  /** the portal's origin */
  portal: z.string().optional(),
});

// GET /.sallyport/me -> ShimMe
export const ShimMe = z.object({
  person: z.object({ name: z.string() }),
  console: z.object({ id, name: z.string() }),
  portal: z.string(),
  may: z.object({ ask: z.boolean() }),
  steppedUpAt: time.nullable(),
});

// POST /.sallyport/grants AskGrant -> ShimGrant     GET /.sallyport/grants/:id -> ShimGrant (the holder's own)
export const ShimGrant = z.object({
  id,
  state: GrantState,
  title: z.string(),
  askedAt: time,
  answerUntil: time,
  minutes: z.number().int().nullable(),
  activeUntil: time.nullable(),
  decidedBy: z.object({ name: z.string() }).nullable(),
  denyReason: z.string().nullable(),
});

// GET /.sallyport/holds/:id -> ShimHold (this session's own)     POST /.sallyport/holds/:id/cancel {} -> 204     POST /.sallyport/holds/:id/ask AskHold -> ShimHold
export const ShimHold = z.object({
  id,
  state: HoldState,
  expiresAt: time,
  needs: z.object({ signed: z.boolean(), approvals: z.number().int() }),
  /** whether its own person has signed, and who else has, by name */
  signed: z.boolean(),
  approvedBy: z.array(z.string()),
  asked: z.boolean(),
  denied: z.object({ by: z.string(), reason: z.string() }).nullable(),
});

// POST /.sallyport/preflight {method, target, contentType} -> 204, or the RefusalProblem that the request would get: for uploads, which are asked for the signature first
export const Preflight = z.object({
  method: z.string().max(20),
  target: z.string().max(8000),
  contentType: z.string().max(200),
});

// GET /.sallyport/events (SSE): `event: grant|hold {id}`, `event: stepup {}` and `event: resync {}` mean "read it again"; `event: ended` means the session is over;
// `event: refused` carries the RefusalProblem of a message on one of this console's sockets.
export type RefusalProblem = z.infer<typeof RefusalProblem>;

export type ShimMe = z.infer<typeof ShimMe>;

export type ShimGrant = z.infer<typeof ShimGrant>;

export type ShimHold = z.infer<typeof ShimHold>;

export type Preflight = z.infer<typeof Preflight>;
