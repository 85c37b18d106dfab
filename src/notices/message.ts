// One message for people, from one notice or from many: a title, labelled lines, one link into the portal. Everything in it has
// passed text.ts; a channel only adds its own escaping. It never holds a button that approves: answers are given in the portal.
import type { Notice } from './notice.ts';
import { counted, moment, plain } from './text.ts';

export type Message = {
  readonly title: string;
  readonly lines: readonly { readonly label: string; readonly value: string }[];
  readonly link: string;
  readonly footer: string;
};

/** Notices of a burst that are named one by one. */
const LISTED = 10;
const FOOTER = 'Answers are given in the portal, with a passkey. This message approves nothing.';

/**
 * @param more notices that are only counted @param now ms, for "in 42 minutes"
 * @throws RangeError for no notice at all
 */
export function messageOf(notices: readonly Notice[], more: number, portalOrigin: string, now: number): Message {
  const [first] = notices;
  if (!first) throw new RangeError('a message about nothing');
  if (notices.length === 1 && more === 0) return single(first, portalOrigin, now);
  const listed = notices.slice(0, LISTED);
  const rest = notices.length - listed.length + more;
  const lines = listed.map((notice) => ({ label: shortMoment(notice), value: summary(notice, now) }));
  if (rest > 0) lines.push({ label: '', value: `and ${rest.toLocaleString('en-GB')} more` });
  const questions = notices.filter(({ audience }) => audience.role === 'approvers').length;
  const all = notices.length + more;
  const alarm = notices.find(({ event }) => event === 'freeze.set');
  const title = alarm
    ? `${headlineOf(alarm)}, and ${all - 1} more`
    : questions === notices.length
      ? `${counted(all, 'request')} for you`
      : counted(all, 'notice');
  // One link: the common page, when they share one.
  const path = notices.every((notice) => notice.path === first.path)
    ? first.path
    : questions === notices.length
      ? '/approvals'
      : '/';
  return { title, lines, link: `${portalOrigin}${path}`, footer: FOOTER };
}

function single(notice: Notice, portalOrigin: string, now: number): Message {
  const { until } = notice;
  const all = [
    { label: 'Who', value: plain(notice.who, 100) },
    { label: 'What', value: plain(notice.what, 200) },
    { label: 'Where', value: plain(notice.where, 100) },
    { label: 'Devices', value: notice.devices ?? '' },
    { label: 'Why', value: plain(notice.why, 500) },
    { label: 'Ticket', value: plain(notice.ticket, 60) },
    { label: until?.label ?? '', value: until === null ? '' : moment(until.at, now) },
  ];
  const lines = all.filter(({ value }) => value !== '');
  return { title: headlineOf(notice), lines, link: `${portalOrigin}${notice.path}`, footer: FOOTER };
}

const headlineOf = ({ headline }: Notice): string => plain(headline, 160);

const shortMoment = ({ at }: Notice): string => `${new Date(at).toISOString().slice(11, 16)} UTC`;

function summary(notice: Notice, now: number): string {
  const { until } = notice;
  const parts = [
    headlineOf(notice),
    plain(notice.what, 100),
    notice.devices ?? '',
    until === null ? '' : `${until.label.toLowerCase()} ${moment(until.at, now)}`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
