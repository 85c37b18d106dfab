// The sentences of a replay. Pure.
import type { Replay, ReplayMark, ReplayPage } from '../../../../src/portal/contract/replay.ts';
import { countdown } from '../../lib/time.ts';
import { RISK_WORDS } from '../../lib/words.ts';
import { isStrange } from './clock.ts';
import type { Fault } from './protocol.ts';

/** How far into the session: "12:05", "1:02:05". */
export const offsetOf = (at: number, from: number): string =>
  countdown(Math.floor(Math.max(0, at - from) / 1000) * 1000);

const KINDS: Record<ReplayMark['kind'], string> = {
  act: 'Done',
  refusal: 'Refused',
  signature: 'Signed',
  approval: 'Approved',
  denial: 'Denied',
};
export const kindWord = ({ kind, by }: Pick<ReplayMark, 'kind' | 'by'>): string =>
  by === null ? KINDS[kind] : `${KINDS[kind]} by ${by}`;

export const STRANGE = 'No click or key came before this';

export const markSentence = (mark: ReplayMark, from: number): string =>
  [
    `${offsetOf(mark.at, from)}: ${mark.title}`,
    kindWord(mark),
    mark.kind === 'act' || mark.kind === 'refusal' ? RISK_WORDS[mark.risk] : '',
    isStrange(mark) ? STRANGE : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

/** The end of an address, which is what differs between the pages of a console. */
export const pageName = ({ url }: Pick<ReplayPage, 'url'>): string => {
  const path = url.replace(/^https?:\/\/[^/]+/, '');
  return path === '' ? '/' : path;
};

/** Why there is nothing to look at at this moment. */
export function whyNoLook(
  { pages, readable }: Pick<Replay, 'pages' | 'readable'>,
  at: number,
): { title: string; text: string } {
  if (!readable)
    return {
      title: 'Recordings cannot be read here',
      text: 'This gateway has no key to decrypt them with. Open this session on a portal that has one.',
    };
  const open = pages.filter((page) => page.from <= at && at <= page.to);
  const fallen = open.find(({ mode }) => mode === 'exchanges') ?? pages.find(({ mode }) => mode === 'exchanges');
  if (pages.length === 0)
    return {
      title: 'Only requests were recorded',
      text: 'No page of a browser took part: a program made these requests, or the look of this console is not recorded.',
    };
  if (
    pages.every(({ mode }) => mode === 'exchanges') ||
    (open.length > 0 && open.every(({ mode }) => mode === 'exchanges'))
  )
    return { title: 'Only requests were recorded', text: fallen?.why ?? 'The look of this page was not recorded.' };
  return { title: 'No page was open', text: 'At this moment no page of a console was open in the browser.' };
}

const FAULTS: Record<Fault, string> = {
  empty: 'What this page looked like was not recorded from its beginning. It shows from its next whole picture on.',
  large: 'This page is too large to be shown. Its requests are beside it.',
  cut: 'A part of this page could not be shown.',
  broken: 'This page cannot be rebuilt: its recording is damaged. Its requests are beside it.',
};
export const faultWords = (fault: Fault): string => FAULTS[fault] ?? FAULTS.broken;

/** live: read again and again; lost: that fails and is tried again; refused: it is refused now; left: nobody is at the page */
export type Watch = 'live' | 'lost' | 'refused' | 'left';
const WATCHES: Record<Exclude<Watch, 'live'>, string> = {
  lost: 'Sallyport cannot be reached. This page tries again by itself.',
  refused: 'What is new is not shown any more.',
  left: 'Nobody was at this page for ten minutes. Move the pointer or press a key to go on.',
};
export const liveWords = (watch: Watch, following: boolean): string =>
  watch !== 'live' ? WATCHES[watch] : following ? 'You follow this session.' : 'This session goes on.';
