// Search over what was done and what was on screen, for reviewers.
import { z } from 'zod';
import { id, person, time } from './nouns.ts';
import { ExchangeRow } from './sessions.ts';

// GET /api/search?q=&person=&console=&action=&device=&target=&verdict=&risk=&reason=&from=&to=&offset=&cursor= -> SearchPage
export const ActHit = ExchangeRow.omit({ sent: true, received: true, took: true }).extend({
  kind: z.literal('act'),
  session: id,
});
/** a moment of a page: the text that it showed then, as far as the words are in it */
export const ScreenHit = z.object({
  kind: z.literal('screen'),
  at: time,
  session: id,
  console: z.string(),
  page: z.string(),
  text: z.string(),
});
export const SearchHit = z.discriminatedUnion('kind', [ActHit, ScreenHit]);

export const SearchPage = z.object({
  /** by session, the one with the newest finding first; a session may come again on a later page */
  groups: z.array(z.object({ session: id, person, hits: z.array(SearchHit) })),
  next: z.string().nullable(),
  /** ms: so far back was looked; null: everything was */
  searchedTo: time.nullable(),
  /** words to mark in titles, targets and texts */
  marks: z.array(z.string()),
});

// GET /api/search/suggest?field=&typed= -> Suggestions
export const SuggestField = z.enum(['person', 'console', 'action', 'device', 'reason', 'word']);
export const Suggestions = z.object({
  suggestions: z.array(z.object({ value: z.string(), says: z.string().nullable() })),
});

// POST /api/sessions/:id/reason { reason } -> 204: why the caller looks at this session; kept for their login
export const GiveReason = z.object({ reason: z.string().trim().min(3, 'Say in a few words why').max(500) });

export type ActHit = z.infer<typeof ActHit>;
export type ScreenHit = z.infer<typeof ScreenHit>;
export type SearchHit = z.infer<typeof SearchHit>;
export type SearchPage = z.infer<typeof SearchPage>;
export type SuggestField = z.infer<typeof SuggestField>;
