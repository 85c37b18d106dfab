// Who the reader is and what they may do.
import { z } from 'zod';
import { id, person, time } from './nouns.ts';

// GET /api/me -> Me, or 401 session.missing     POST /api/logout {} -> 204: ends the session everywhere
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
  may: z.object({
    ask: z.boolean(),
    approve: z.boolean(),
    /** look at recorded sessions, by themselves or with access that somebody approves */
    review: z.boolean(),
    /** freeze acts, and release them */
    freeze: z.boolean(),
    /** see who has had which access */
    reviewAccess: z.boolean(),
    /** see policies, what they would refuse on consoles that only observe, and undelivered notices */
    operate: z.boolean(),
  }),
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

// GET /api/events (SSE): `event: grants|holds|freezes|session|sessions` with data {} mean "read it again"; `event: ended` means the
// session is over.
export type Me = z.infer<typeof Me>;
