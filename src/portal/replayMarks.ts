// The marks of a session's timeline: acts, refusals, and who signed, approved or denied them. Pure.
import type { AuditEvent, JournalEntry } from '../kernel/auditEvent.ts';
import type { ReplayMark } from './contract/replay.ts';

/** An act or refusal of the session; `gesture`: a person's click or key came just before. */
export type Marked = Pick<ReplayMark, 'at' | 'title' | 'risk' | 'reason' | 'page' | 'gesture'> & {
  readonly id: string;
  readonly verdict: 'go' | 'refuse';
  readonly grant: string | null;
  readonly hold: string | null;
};

const KINDS: Partial<Record<AuditEvent['kind'], 'signature' | 'approval' | 'denial'>> = {
  'hold.signed': 'signature',
  'hold.approved': 'approval',
  'grant.step.approved': 'approval',
  'grant.approved': 'approval',
  'hold.denied': 'denial',
  'grant.denied': 'denial',
};

/** The grants and holds that the marked requests rest on. */
export const restsOn = (marked: readonly Marked[]): string[] => [
  ...new Set(marked.flatMap(({ grant, hold }) => [grant, hold]).filter((one): one is string => one !== null)),
];

/** Marks in order of time. `entries`: those of the journal that speak of what restsOn names. */
export function marksOf(marked: readonly Marked[], entries: readonly JournalEntry[]): ReplayMark[] {
  const marks: ReplayMark[] = marked.map(({ id, at, title, risk, verdict, reason, page, gesture }) => ({
    ...{ at, kind: verdict === 'go' ? 'act' : 'refusal', exchange: id, title, risk, verdict, reason, by: null, page },
    gesture,
  }));
  const seen = new Set<number>();
  for (const { seq, at, event } of entries) {
    const told = parsed(event);
    const kind = told === null ? undefined : KINDS[told.kind];
    if (told === null || kind === undefined || seen.has(seq)) continue;
    seen.add(seq);
    const about = marked.find(({ grant, hold }) => told.facts.hold === hold || told.facts.grant === grant);
    if (about === undefined) continue;
    marks.push({
      ...{ at: Math.round(at), kind, exchange: about.id, title: about.title, risk: about.risk },
      ...{ verdict: null, reason: null, by: told.actorName ?? told.actor, page: null, gesture: null },
    });
  }
  return marks.sort((a, b) => a.at - b.at);
}

function parsed(event: string): AuditEvent | null {
  try {
    const value = JSON.parse(event) as AuditEvent;
    return typeof value.facts === 'object' && value.facts !== null ? value : null;
  } catch {
    return null;
  }
}
