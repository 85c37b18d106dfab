// The standing parts of the panel: what was refused, what is needed, why, and the technical truth one click behind.
import type { Refused, Remedy } from '../refused.ts';
import { countOf, isForbidden, needOf, ORDER, RISK_WORDS, titleOf, untilInWords } from '../words.ts';
import { h, ICONS, icon } from './dom.ts';

export function brandLine(refused: Refused): HTMLElement {
  const risk = refused.action?.risk;
  return h(
    'div',
    { class: 'brand' },
    icon(ICONS.gate),
    refused.console?.name ?? 'Sallyport',
    risk !== undefined && risk !== 'read' && h('span', { class: `risk ${risk}` }, RISK_WORDS[risk]),
  );
}

export const effectLine = (refused: Refused): HTMLElement | null => {
  const effect = isForbidden(refused) ? refused.action?.title : refused.action ? refused.action.effect : refused.detail;
  return !effect ? null : h('p', { class: 'effect' }, effect);
};

/** One target stands in the title; more of them can be opened in place. */
export function targetList(refused: Refused): HTMLElement | null {
  if (refused.targets.length < 2) return null;
  return h(
    'details',
    {},
    h('summary', {}, `Show the ${countOf(refused.targets)}`),
    h(
      'ul',
      { class: 'ids', tabindex: '0', 'aria-label': countOf(refused.targets) },
      ...refused.targets.map(({ name, id }) => h('li', {}, name === '' ? id : `${name} (${id})`)),
    ),
  );
}

/** @param done remedies that the person has been through already */
export function needList(refused: Refused, done: ReadonlySet<Remedy>): HTMLElement | null {
  const all = ORDER.filter((remedy) => done.has(remedy) || refused.remedies.includes(remedy));
  if (all.length === 0) return null;
  const isOpen = (remedy: Remedy) => refused.remedies.includes(remedy) && !done.has(remedy);
  const now = all.find(isOpen);
  return h(
    'ul',
    { class: 'needs', 'aria-label': 'What you need' },
    ...all.map((remedy) => {
      const open = isOpen(remedy);
      const doneWord = remedy === 'approval' && refused.remedies.includes(remedy) ? 'asked' : 'done';
      const state = !open ? 'done' : remedy === now ? 'now' : 'later';
      return h(
        'li',
        { class: state },
        h('i', {}, !open && icon(ICONS.check)),
        h('b', {}, needOf(remedy, refused)),
        h('span', {}, !open ? doneWord : remedy === now ? 'not yet' : 'after that'),
      );
    }),
  );
}

/** What was refused now, when the title says what was wanted; else the policy's own words. */
export function whyLine(refused: Refused): HTMLElement | null {
  const { action, reason, remedies, why } = refused;
  if (isForbidden(refused)) return refused.detail === '' ? null : h('p', { class: 'why' }, refused.detail);
  const failed =
    action !== null &&
    (remedies.length === 0 || /^(hold|lockdown|budget)\.|^grant\.ended|^approval\.denied/.test(reason));
  const words = failed ? `${refused.title}.${why === '' ? '' : ` ${why}`}` : why;
  return words === '' ? null : h('p', { class: 'why' }, h('b', {}, 'Why: '), words);
}

/** A spent budget says when to come back and whom to ask. */
export function waitLine({ freesAt, ask }: Refused): HTMLElement | null {
  const when = freesAt === null ? '' : `Enough is free again ${untilInWords(freesAt, Date.now())}.`;
  const whom = ask === '' ? '' : `It cannot wait: ask ${ask}.`;
  const words = [when, whom].filter(Boolean).join(' ');
  return words === '' ? null : h('p', { class: 'why' }, words);
}

export function technicalDetails(refused: Refused): HTMLElement {
  const rows: [string, string][] = [
    ['Reason', refused.reason],
    ['Status', String(refused.status)],
    ['Action', refused.action?.name ?? ''],
    ['Policies', refused.policies.join(', ')],
    ['Request', refused.request],
  ];
  return h(
    'details',
    {},
    h('summary', {}, 'Technical details'),
    refused.sentences.length > 0 &&
      h('ul', { class: 'sentences' }, ...refused.sentences.map((one) => h('li', {}, one))),
    h(
      'dl',
      {},
      ...rows.filter(([, value]) => value !== '').flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
    ),
  );
}

export const heading = (refused: Refused, id: string): HTMLElement => h('h1', { id, tabindex: '-1' }, titleOf(refused));

/** A discreet line that stays. */
export const note = (words: string): HTMLElement => h('p', { class: 'note', role: 'status' }, words);
