// How long recordings are kept. The ledger is never cut, the index is derived; only recordings are ever deleted, a whole session
// at a time, because half of one shows nothing. In doubt a recording stays.

export type RetentionClass = 'recordings' | 'recordings.dangerous' | 'recordings.plain';

export type RetentionRule = {
  /** dangerous: sessions with at least one act of high or destructive risk; plain: all others; recordings: both */
  readonly class: RetentionClass;
  /** absent: every console */
  readonly console?: string | undefined;
  /** ms after the end of the recording */
  readonly keep: number;
};

export type RecordedSession = {
  readonly session: string;
  /** null: not known, so it may have been any */
  readonly consoles: readonly string[] | null;
  readonly dangerous: boolean;
  /** ms: the last moment that was recorded */
  readonly until: number;
};

/** @returns the rule after which it may be deleted; null: it stays, because no rule speaks of all of it */
export function ruleOf(
  rules: readonly RetentionRule[],
  { consoles, dangerous }: RecordedSession,
): RetentionRule | null {
  const own = rules.filter(
    (rule) => rule.class === 'recordings' || (rule.class === 'recordings.dangerous') === dangerous,
  );
  const found =
    consoles === null || consoles.length === 0 ? ofAny(own) : consoles.map((console) => ruleFor(own, console));
  let longest: RetentionRule | null = null;
  for (const rule of found) {
    if (rule === null) return null;
    if (longest === null || rule.keep > longest.keep) longest = rule;
  }
  return longest;
}

/** The one that says most: of this console before of any, of this class before of both. */
function ruleFor(rules: readonly RetentionRule[], console: string): RetentionRule | null {
  const fitting = rules.filter((rule) => rule.console === undefined || rule.console === console);
  return fitting.sort((a, b) => weight(b) - weight(a))[0] ?? null;
}
const weight = (rule: RetentionRule): number =>
  (rule.console === undefined ? 0 : 2) + (rule.class === 'recordings' ? 0 : 1);

/** Of a console that nobody knows: every rule may be the one, and without a rule for all consoles none is. */
const ofAny = (rules: readonly RetentionRule[]): readonly (RetentionRule | null)[] =>
  rules.some((rule) => rule.console === undefined) ? rules : [null];

const DAY = 86_400_000;
export const ruleWords = (rule: RetentionRule): string => {
  const what = {
    recordings: 'recordings',
    'recordings.dangerous': 'recordings with dangerous acts',
    'recordings.plain': 'recordings without dangerous acts',
  };
  const days = Math.round(rule.keep / DAY);
  return `${what[rule.class]}${rule.console === undefined ? '' : ` of ${rule.console}`} are kept for ${days} ${days === 1 ? 'day' : 'days'}`;
};
