// The portal's HTTP API, as both sides see it: the server checks what comes in against it, the front end what it gets.
// Imports zod and nothing else. All times are ms since the Unix epoch.
// State-changing calls: POST, JSON, `X-Sallyport-Csrf: <me.csrf>`, Origin = the portal's. Errors: RFC 9457 problem JSON (Problem).
import { z } from 'zod';

const id = z.string().min(1).max(200);
const time = z.number().int();
const person = z.object({ id: z.string(), name: z.string() });
export const Target = z.object({
  kind: z
    .string()
    .regex(/^[a-z][a-z_]*$/)
    .max(40),
  id: z.string().min(1).max(200),
});

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  /** a word of src/kernel/reasons.ts, or `input.invalid`, `not.found`, `conflict`, `forbidden`, `csrf` */
  reason: z.string(),
  /** what to do, one sentence */
  next: z.string().optional(),
  /** the id to quote */
  request: z.string().optional(),
  /** for input.invalid: which member, what is wrong */
  faults: z.array(z.object({ at: z.string(), what: z.string() })).optional(),
});

// GET /api/me -> Me, or 401 session.missing
export const Me = z.object({
  person: person.extend({ groups: z.array(z.string()) }),
  session: z.object({
    id,
    startedAt: time,
    authenticatedAt: time,
    absoluteUntil: time,
    idleMinutes: z.number(),
    steppedUpAt: time.nullable(),
  }),
  /** what this person may do in the portal, decided by policy */
  may: z.object({ ask: z.boolean(), approve: z.boolean(), review: z.boolean() }),
  /** true when none of it: the page explains what to do */
  consoles: z.array(
    z.object({
      id,
      name: z.string(),
      origin: z.string(),
      may: z.boolean(),
      /** what this person could do there with access that somebody approves, decided by policy */
      asks: z.array(z.object({ action: z.string(), label: z.string() })),
    }),
  ),
  csrf: z.string(),
  passkeys: z.number().int(),
});
// POST /api/logout {} -> 204: ends the session everywhere

// Passkeys. GET /api/passkeys -> Passkey[]
export const Passkey = z.object({
  id,
  name: z.string(),
  createdAt: time,
  lastUsedAt: time.nullable(),
  backedUp: z.boolean(),
});
export const PasskeyList = z.array(Passkey);
export const passkeyName = z.string().trim().min(1).max(60);
// POST /api/passkeys/options {} -> PublicKeyCredentialCreationOptionsJSON; 403 `login.stale` when the IdP login is older than 5 minutes
// POST /api/passkeys EnrolPasskey -> Passkey
export const EnrolPasskey = z.object({ name: passkeyName, credential: z.looseObject({ id: z.string() }) });
// POST /api/passkeys/:id/rename {name} -> Passkey        POST /api/passkeys/:id/remove {} -> 204; needs a fresh step-up (403 stepup.required)
export const RenamePasskey = z.object({ name: passkeyName });

// Fresh step-up. POST /api/stepup/options {} -> PublicKeyCredentialRequestOptionsJSON     POST /api/stepup Assertion -> { steppedUpAt }
export const Assertion = z.object({ assertion: z.looseObject({ id: z.string() }) });

// Grants
export const GrantState = z.enum(['asked', 'active', 'denied', 'withdrawn', 'lapsed', 'ended']);
export const GrantView = z.object({
  id,
  state: GrantState,
  holder: person,
  mine: z.boolean(),
  console: z.object({ id, name: z.string() }),
  action: z.string(),
  risk: z.enum(['read', 'low', 'high', 'destructive']),
  targets: z.array(Target),
  title: z.string(),
  effect: z.string(),
  reason: z.string(),
  ticket: z.string(),
  askedMinutes: z.number().int(),
  askedUses: z.number().int(),
  minutes: z.number().int().nullable(),
  uses: z.number().int().nullable(),
  usesLeft: z.number().int().nullable(),
  askedAt: time,
  answerUntil: time,
  decidedAt: time.nullable(),
  decidedBy: person.nullable(),
  denyReason: z.string().nullable(),
  activeUntil: time.nullable(),
  endedAt: time.nullable(),
  endedBecause: z.enum(['time', 'uses', 'holder', 'revoked']).nullable(),
  endedBy: person.nullable(),
  /** what the reader may do with it now, decided by the server */
  may: z.object({ approve: z.boolean(), deny: z.boolean(), withdraw: z.boolean(), end: z.boolean() }),
  /** why the reader may not approve, in words, when they are an approver and may not: "You cannot approve your own request." */
  whyNot: z.string().nullable(),
});
// GET /api/grants?view=mine|inbox|all&cursor= -> GrantPage   (mine: the reader's own; inbox: what waits for the reader; all: reviewers and approvers)
export const GrantPage = z.object({ grants: z.array(GrantView), next: z.string().nullable() });
// GET /api/grants/:id -> GrantView
// POST /api/grants AskGrant -> GrantView   (also served to the shim as POST <console>/.sallyport/grants)
export const MINUTES = [5, 15, 30, 60, 120, 240] as const;
export const AskGrant = z.object({
  console: id,
  action: z
    .string()
    .regex(/^[a-z]+(\.[a-z_]+)+$/)
    .max(80),
  targets: z.array(Target).min(1).max(500),
  reason: z.string().trim().min(5, 'Say in a few words why').max(500),
  ticket: z.string().trim().max(60).default(''),
  minutes: z.number().int().min(1).max(480),
  uses: z.number().int().min(1).max(100).default(1),
});
// POST /api/grants/:id/approve/options ApproveTerms -> PublicKeyCredentialRequestOptionsJSON (its challenge is the digest of the terms)
export const ApproveTerms = z.object({ minutes: z.number().int().min(1), uses: z.number().int().min(1) });
// POST /api/grants/:id/approve ApproveGrant -> GrantView
export const ApproveGrant = ApproveTerms.extend({ assertion: z.looseObject({ id: z.string() }) });
// POST /api/grants/:id/deny DenyGrant -> GrantView     POST /api/grants/:id/withdraw {} -> GrantView     POST /api/grants/:id/end {} -> GrantView
export const DenyGrant = z.object({ reason: z.string().trim().min(1, 'Say why, so that they know').max(500) });

// Holds. GET /api/holds/:id -> HoldView (only its own session's person)
export const HoldView = z.object({
  id,
  state: z.enum(['waiting', 'signed', 'used', 'cancelled', 'expired']),
  title: z.string(),
  effect: z.string(),
  console: z.object({ id, name: z.string(), origin: z.string() }),
  action: z.string(),
  risk: z.enum(['read', 'low', 'high', 'destructive']),
  targets: z.array(Target),
  method: z.string(),
  target: z.string(),
  bodyDigest: z.string(),
  expiresAt: time,
  /** the grant that the act will rest on, when one is needed */
  grant: z.object({ id, approver: z.string(), until: time }).nullable(),
});
// POST /api/holds/:id/options {} -> PublicKeyCredentialRequestOptionsJSON (challenge = digest of the hold's terms)
// POST /api/holds/:id/sign Assertion -> HoldView        POST /api/holds/:id/cancel {} -> HoldView

// Sessions, for reviewers. GET /api/sessions?person=&console=&action=&verdict=go|refuse&risk=&from=&to=&cursor= -> SessionPage
export const SessionRow = z.object({
  id,
  person,
  startedAt: time,
  lastAt: time,
  endedAt: time.nullable(),
  consoles: z.array(z.string()),
  exchanges: z.number().int(),
  acts: z.number().int(),
  refusals: z.number().int(),
  /** titles of the gravest acts, at most three */
  highlights: z.array(z.object({ title: z.string(), risk: z.string(), verdict: z.enum(['go', 'refuse']) })),
});
export const SessionPage = z.object({ sessions: z.array(SessionRow), next: z.string().nullable() });
// GET /api/sessions/:id -> SessionRow     GET /api/sessions/:id/exchanges?kind=acts|refused|all&cursor= -> ExchangePage
export const ExchangeRow = z.object({
  id,
  at: time,
  console: z.string(),
  method: z.string(),
  target: z.string(),
  action: z.string(),
  risk: z.enum(['read', 'low', 'high', 'destructive']),
  title: z.string(),
  verdict: z.enum(['go', 'refuse']),
  reason: z.string().nullable(),
  status: z.number().int().nullable(),
  sent: z.number().int(),
  received: z.number().int(),
  took: z.number().int().nullable(),
  grant: z.string().nullable(),
  hold: z.string().nullable(),
});
export const ExchangePage = z.object({ exchanges: z.array(ExchangeRow), next: z.string().nullable() });
// GET /api/sessions/:id/exchanges/:exchange -> ExchangeDetail
export const ExchangeDetail = ExchangeRow.extend({
  targets: z.array(Target),
  policies: z.array(z.string()),
  policySet: z.string(),
  requestHeaders: z.array(z.tuple([z.string(), z.string()])),
  responseHeaders: z.array(z.tuple([z.string(), z.string()])),
  /** text of a judged body after redaction; null: none, or not recorded (then why) */
  requestBody: z.string().nullable(),
  requestBodyNote: z.string().nullable(),
  bodyDigest: z.string(),
  /** journal events that speak of this exchange: grant, signature, intent, outcome */
  events: z.array(
    z.object({
      seq: z.number().int(),
      at: time,
      kind: z.string(),
      actor: z.string().nullable(),
      facts: z.record(z.string(), z.unknown()),
    }),
  ),
  messages: z.array(
    z.object({ at: time, from: z.enum(['client', 'console']), size: z.number().int(), text: z.string().nullable() }),
  ),
});

// GET /api/events (SSE): `event: grants` `event: session` `event: sessions` with data {} mean "read it again"; `event: ended` means the session is over; `event: refused` carries the RefusalProblem of a message on one of this console's sockets.

export type Me = z.infer<typeof Me>;
export type Problem = z.infer<typeof Problem>;
export type Passkey = z.infer<typeof Passkey>;
export type GrantView = z.infer<typeof GrantView>;
export type GrantPage = z.infer<typeof GrantPage>;
export type AskGrant = z.infer<typeof AskGrant>;
export type HoldView = z.infer<typeof HoldView>;
export type SessionRow = z.infer<typeof SessionRow>;
export type SessionPage = z.infer<typeof SessionPage>;
export type ExchangeRow = z.infer<typeof ExchangeRow>;
export type ExchangePage = z.infer<typeof ExchangePage>;
export type ExchangeDetail = z.infer<typeof ExchangeDetail>;

// What console pages get under `<console>/.sallyport/`: no more than the status line and the overlay need, because every
// script of the console can read it too.

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
  targets: z.array(Target).optional(),
  console: z.object({ id, name: z.string() }).optional(),
  /** what would turn it into go, least effort first; empty or missing: nothing would */
  remedies: z.array(z.enum(['stepup.fresh', 'stepup.bound', 'grant'])).optional(),
  /** the hold to sign, when the person's signature is the only thing missing */
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
// GET /.sallyport/holds/:id -> ShimHold (this session's own)     POST /.sallyport/holds/:id/cancel {} -> 204
export const ShimHold = z.object({
  id,
  state: z.enum(['waiting', 'signed', 'used', 'cancelled', 'expired']),
  expiresAt: time,
});
// GET /.sallyport/events (SSE): `event: grant|hold {id}`, `event: stepup {}` and `event: resync {}` mean "read it again"; `event: ended` means the session is over.
export type RefusalProblem = z.infer<typeof RefusalProblem>;
export type ShimMe = z.infer<typeof ShimMe>;
export type ShimGrant = z.infer<typeof ShimGrant>;
export type ShimHold = z.infer<typeof ShimHold>;
