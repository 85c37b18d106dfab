// The language of the search box, read alike by the portal and by its pages:
//   person:ada action:device.wipe device:"iPad of Marie" verdict:refused after:2026-11-01 lost taxi -test
// Pure. What it does not know as a field is a word like any other.

export const SEARCH_FIELDS = [
  'person',
  'console',
  'action',
  'device',
  'target',
  'verdict',
  'risk',
  'reason',
  'screen',
  'session',
  'after',
  'before',
  'on',
] as const;
export type SearchField = (typeof SEARCH_FIELDS)[number];

export type SearchTerm = {
  readonly field: SearchField | null;
  readonly value: string;
  readonly quoted: boolean;
  readonly without: boolean;
  /** its place in the text */
  readonly start: number;
  readonly end: number;
};

export type SearchText = {
  readonly words: string[];
  readonly phrases: string[];
  readonly without: string[];
  readonly screen: string[];
  readonly person: string[];
  readonly console: string[];
  readonly action: string[];
  readonly device: string[];
  readonly target: string[];
  readonly verdict: ('go' | 'refuse')[];
  readonly risk: ('read' | 'low' | 'high' | 'destructive')[];
  readonly reason: string[];
  readonly session: string[];
  /** ms */
  from: number | null;
  to: number | null;
};

const TERM = /(-?)(?:([a-z]+):(?:"([^"]*)"?|(\S*))|"([^"]*)"?|(\S+))/gu;
const isField = (name: string | undefined): name is SearchField =>
  name !== undefined && (SEARCH_FIELDS as readonly string[]).includes(name);

/** The parts of what somebody typed, in order. A quotation that has no end goes on to the end of the text. */
export function searchTerms(text: string): SearchTerm[] {
  return [...text.matchAll(TERM)].map(({ 0: whole, 1: minus, 2: name, 3: inQuotes, 4: plain, 5: phrase, index }) => {
    const place = { without: minus === '-', start: index, end: index + whole.length };
    if (isField(name))
      return { field: name, value: (inQuotes ?? plain ?? '').trim(), quoted: inQuotes !== undefined, ...place };
    const value = phrase === undefined ? whole.slice(minus === '-' ? 1 : 0) : phrase.trim();
    return { field: null, value, quoted: phrase !== undefined, ...place };
  });
}

const VERDICTS: Readonly<Record<string, 'go' | 'refuse'>> = {
  refused: 'refuse',
  refuse: 'refuse',
  allowed: 'go',
  go: 'go',
};
const RISKS = ['read', 'low', 'high', 'destructive'] as const;
const DAY = 86_400_000;
const BACK: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY, w: 7 * DAY };

export type SearchClock = {
  /** ms */
  readonly now: number;
  /** minutes that the reader's clock is behind UTC, as Date.getTimezoneOffset tells */
  readonly offset: number;
};

/** A moment as people write it, ms: `2026-11-01`, `2026-11-01T14:30`, `7d` ago. `days` after it, for a whole day. null: none */
export function momentOf(text: string, { now, offset }: SearchClock, days = 0): number | null {
  const ago = /^(\d{1,4})([mhdw])$/.exec(text);
  if (ago) return now - Number(ago[1]) * (BACK[ago[2] ?? ''] ?? 0);
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?$/.test(text)) return null;
  const at = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text}:00Z`);
  // Date.parse takes the 31st of February for a day in March.
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(text.slice(0, 10))) return null;
  return at + offset * 60_000 + days * DAY;
}

/** What is asked for, and what of it cannot be understood, in words. */
export function readSearch(text: string, clock: SearchClock): { readonly wish: SearchText; readonly faults: string[] } {
  const wish: SearchText = {
    ...{ words: [], phrases: [], without: [], screen: [], person: [], console: [], action: [], device: [], target: [] },
    ...{ verdict: [], risk: [], reason: [], session: [], from: null, to: null },
  };
  const faults: string[] = [];
  const moment = (name: string, value: string, days = 0): number | null => {
    const at = momentOf(value, clock, days);
    if (at === null)
      faults.push(`${name}: takes a day such as 2026-11-01, a time such as 2026-11-01T14:30, or 7d for a week ago.`);
    return at;
  };
  const later = (at: number | null): void => {
    if (at !== null) wish.from = Math.max(at, wish.from ?? at);
  };
  const sooner = (at: number | null): void => {
    if (at !== null) wish.to = Math.min(at, wish.to ?? at);
  };

  for (const { field, value, quoted, without } of searchTerms(text)) {
    if (value === '') continue;
    if (without && field !== null) {
      faults.push(`-${field}: cannot be left out; only words can.`);
      continue;
    }
    switch (field) {
      case null:
        (without ? wish.without : quoted ? wish.phrases : wish.words).push(value);
        break;
      case 'verdict': {
        const verdict = VERDICTS[value.toLowerCase()];
        if (verdict === undefined) faults.push('verdict: is refused or allowed.');
        else wish.verdict.push(verdict);
        break;
      }
      case 'risk': {
        const risk = RISKS.find((one) => one === value.toLowerCase());
        if (risk === undefined) faults.push('risk: is low, high or destructive.');
        else wish.risk.push(risk);
        break;
      }
      case 'after':
        later(moment('after', value));
        break;
      case 'before':
        sooner(moment('before', value));
        break;
      case 'on':
        later(moment('on', value));
        sooner(momentOf(value, clock, 1));
        break;
      default:
        wish[field].push(value);
    }
  }
  return { wish, faults };
}
