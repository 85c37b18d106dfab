// Access: asked for, answered, ended.
import { z } from 'zod';
import { actionName, id, NamedTarget, person, Risk, Target, time } from './nouns.ts';

export const GrantState = z.enum(['asked', 'active', 'denied', 'withdrawn', 'lapsed', 'ended']);

export const GrantView = z.object({
  id,
  state: GrantState,
  holder: person,
  mine: z.boolean(),
  console: z.object({ id, name: z.string() }),
  /** with their plain words: "Wipe devices" */
  actions: z.array(z.object({ action: z.string(), label: z.string() })),
  /** the gravest of its actions */
  risk: Risk,
  targets: z.array(NamedTarget),
  /** more than `targets` when an approver left some out */
  askedTargets: z.array(NamedTarget),
  title: z.string(),
  effect: z.string(),
  reason: z.string(),
  ticket: z.string(),
  askedMinutes: z.number().int(),
  askedUses: z.number().int(),
  minutes: z.number().int().nullable(),
  uses: z.number().int().nullable(),
  usesLeft: z.number().int().nullable(),
  /** first.use: the minutes run from the first use */
  clock: z.enum(['approval', 'first.use']),
  startAt: time.nullable(),
  rule: z.string(),
  /** who must say yes, in order, and who has */
  steps: z.array(
    z.object({
      groups: z.array(z.string()),
      count: z.number().int(),
      approvals: z.array(
        z.object({
          by: person,
          at: time,
          minutes: z.number().int(),
          uses: z.number().int(),
          targets: z.number().int(),
        }),
      ),
    }),
  ),
  /** true: a rule approved it, nobody was asked */
  automatic: z.boolean(),
  askedAt: time,
  answerUntil: time,
  decidedAt: time.nullable(),
  decidedBy: person.nullable(),
  denyReason: z.string().nullable(),
  activeFrom: time.nullable(),
  activeUntil: time.nullable(),
  firstUsedAt: time.nullable(),
  lastUsedAt: time.nullable(),
  endedAt: time.nullable(),
  endedBecause: z.enum(['time', 'uses', 'holder', 'revoked', 'session', 'lockdown']).nullable(),
  endedBy: person.nullable(),
  /** what the reader may do with it now, decided by the server */
  may: z.object({ approve: z.boolean(), deny: z.boolean(), withdraw: z.boolean(), end: z.boolean() }),
  /** why the reader may not approve, in words, when they are an approver and may not: "You cannot approve your own request." */
  whyNot: z.string().nullable(),
  /** for approvers: what is unusual or good to know, in sentences: "Her first wipe in 90 days." */
  notes: z.array(z.string()),
});

// GET /api/grants?view=mine|inbox|all&cursor= -> GrantPage   (mine: the reader's own; inbox: what waits for the reader; all: reviewers and approvers)
export const GrantPage = z.object({ grants: z.array(GrantView), next: z.string().nullable() });

// GET /api/grants/:id -> GrantView
// POST /api/grants AskGrant -> GrantView   (also served to the shim as POST <console>/.sallyport/grants)
export const MINUTES = [5, 15, 30, 60, 120, 240] as const;

export const AskGrant = z.object({
  console: id,
  actions: z.array(actionName).min(1).max(20),
  /** `any:*`: every target, and acts that name none */
  targets: z.array(Target).min(1).max(500),
  reason: z.string().trim().min(5, 'Say in a few words why').max(500),
  ticket: z.string().trim().max(60).default(''),
  minutes: z.number().int().min(1).max(480),
  uses: z.number().int().min(1).max(100).default(1),
  clock: z.enum(['approval', 'first.use']).default('approval'),
  /** not before; at most 30 days ahead */
  startAt: time.nullable().default(null),
});

// GET /api/grants/rule?console=&action=&action= -> AskRule: what the form must know before somebody asks (also <console>/.sallyport/rule)
export const AskRule = z.object({
  rule: z.string(),
  /** regular expression for the whole text, and what to say when it does not fit */
  reason: z.object({ pattern: z.string(), say: z.string() }).nullable(),
  ticket: z.object({ pattern: z.string(), say: z.string() }).nullable(),
  longest: z.number().int(),
  mostUses: z.number().int(),
  /** in words: "1 of mdm-approvers, then 1 of mdm-leads" */
  whom: z.string(),
  /** true: this person needs nobody */
  automatic: z.boolean(),
});

// POST /api/grants/:id/approve/options ApproveTerms -> PublicKeyCredentialRequestOptionsJSON (its challenge is the digest of the terms)
export const ApproveTerms = z.object({
  minutes: z.number().int().min(1),
  uses: z.number().int().min(1),
  /** the ones that are left; absent: all that it covers now */
  targets: z.array(Target).min(1).max(500).optional(),
});

// POST /api/grants/:id/approve ApproveGrant -> GrantView
export const ApproveGrant = ApproveTerms.extend({ assertion: z.looseObject({ id: z.string() }) });

// POST /api/grants/:id/deny DenyGrant -> GrantView     POST /api/grants/:id/withdraw {} -> GrantView     POST /api/grants/:id/end {} -> GrantView
export const DenyGrant = z.object({ reason: z.string().trim().min(1, 'Say why, so that they know').max(500) });

export type GrantView = z.infer<typeof GrantView>;

export type GrantPage = z.infer<typeof GrantPage>;

export type AskGrant = z.infer<typeof AskGrant>;

export type AskRule = z.infer<typeof AskRule>;
