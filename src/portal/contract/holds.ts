// Exact requests that wait for signatures.
import { z } from 'zod';
import { id, NamedTarget, person, Risk, time } from './nouns.ts';

export const HoldState = z.enum(['waiting', 'ready', 'used', 'cancelled', 'denied', 'expired']);

// GET /api/holds/:id -> HoldView (its own session's person, approvers once they were asked, and reviewers)
export const HoldView = z.object({
  id,
  state: HoldState,
  title: z.string(),
  effect: z.string(),
  console: z.object({ id, name: z.string(), origin: z.string() }),
  action: z.string(),
  risk: Risk,
  targets: z.array(NamedTarget),
  /** devices it hits in truth, groups counted */
  devices: z.number().int(),
  method: z.string(),
  target: z.string(),
  bodyDigest: z.string(),
  /** the body after redaction, clipped */
  parameters: z.string().nullable(),
  holder: person,
  mine: z.boolean(),
  needs: z.object({ signed: z.boolean(), approvals: z.number().int() }),
  /** in words: "2 of mdm-approvers" */
  whom: z.string(),
  asked: z.object({ reason: z.string(), ticket: z.string(), at: time }).nullable(),
  signedAt: time.nullable(),
  approvals: z.array(z.object({ by: person, at: time })),
  denied: z.object({ by: person, at: time, reason: z.string() }).nullable(),
  createdAt: time,
  expiresAt: time,
  /** the grant that the act will rest on, when one is needed */
  grant: z.object({ id, approver: z.string(), until: time }).nullable(),
  may: z.object({ sign: z.boolean(), ask: z.boolean(), approve: z.boolean(), deny: z.boolean(), cancel: z.boolean() }),
  whyNot: z.string().nullable(),
  /** for approvers, in sentences */
  notes: z.array(z.string()),
});

// GET /api/holds?view=mine|inbox -> HoldView[]   (inbox: what waits for the reader's signature as an approver)
export const HoldList = z.array(HoldView);

// POST /api/holds/:id/options {} -> PublicKeyCredentialRequestOptionsJSON (challenge = digest of the hold's terms; the same for its own person and approvers)
// POST /api/holds/:id/sign Assertion -> HoldView        POST /api/holds/:id/approve Assertion -> HoldView
// POST /api/holds/:id/deny DenyGrant -> HoldView        POST /api/holds/:id/cancel {} -> HoldView
// POST /api/holds/:id/ask AskHold -> HoldView           (also <console>/.sallyport/holds/:id/ask)
export const AskHold = z.object({
  reason: z.string().trim().min(5, 'Say in a few words why').max(500),
  ticket: z.string().trim().max(60).default(''),
});

export type HoldView = z.infer<typeof HoldView>;
